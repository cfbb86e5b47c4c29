"""The hash chain finds what was changed past the triggers; closed months take nothing more."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, date, datetime

import polars as pl
import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from congto.office.control.models import Proposal
from congto.office.ledger import journals, rules
from congto.office.ledger.accounts import LedgerPartner
from congto.office.ledger.choices import JournalKind
from congto.office.ledger.models import Account, ClosedPeriod, Journal, Seal
from congto.office.ledger.operations import ensure_accounts, post, seal
from congto.office.ledger.proposals import PeriodClosing
from congto.office.ledger.verifying import verify
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import InvalidInputError, RefusedError

DAY = date(2026, 7, 3)
AT = datetime(2026, 8, 2, 3, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("books")


def bank_credits(first: int, count: int, amount: int = 100) -> pl.DataFrame:
    ensure_accounts(
        partners=[LedgerPartner("P01", "Ngân hàng Một", is_counter=False, bank_account="0001")]
    )
    numbers = dict(Account.objects.values_list("code", "pk"))
    return rules.bank_credit(
        pl.DataFrame(
            {
                "source": range(first, first + count),
                "amount_vnd": [amount] * count,
                "bank": [numbers["112.0001"]] * count,
                "counterpart": [numbers["3388"]] * count,
            }
        )
    )


def write(first: int, count: int, day: date = DAY) -> None:
    dated = pl.DataFrame({"source": range(first, first + count)}).with_columns(
        accounting_date=pl.lit(day)
    )
    with bulk() as books:
        journals.write(books, JournalKind.BANK_CREDIT, dated, bank_credits(first, count))


def past_the_triggers(statement: str) -> None:
    """Do what somebody with the rights of the database's owner could do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def test_a_seal_is_what_the_page_says_it_is() -> None:
    """By hand: the text of one journal with two legs, as `sealing` describes it."""
    post(JournalKind.BANK_CREDIT, bank_credits(5, 1), accounting_date=DAY)
    number = Journal.objects.get().pk
    made = seal(at=AT)
    text = f"{number}|3|5|2026-07-03\n1|112.0001|||100\n2|3388|||-100"
    digest = sha256(sha256(text))
    assert [(one.number, one.journals, one.legs, one.debit_vnd) for one in made] == [(1, 1, 2, 100)]
    assert made[0].digest == digest
    assert made[0].hash == sha256(f"1|{number}|1|2|100|{digest}|")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_nobody_touched_is_sound_and_sealed_once() -> None:
    write(1, 3)
    first = seal(at=AT)
    assert seal(at=AT) == []
    write(4, 2)
    second = seal(at=AT)
    write(6, 1)
    found = verify(head=first[0].hash)
    assert (found.seals, found.journals, found.legs, found.unsealed) == (2, 5, 10, 1)
    assert (found.head, found.faults) == (second[-1].hash, [])


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE ledger_posting SET amount_vnd = 2 * amount_vnd WHERE journal_id = {}",
            "debit_vnd",
        ),
        ("UPDATE ledger_posting SET party = 7 WHERE journal_id = {}", "not what was sealed"),
        ("UPDATE ledger_journal SET accounting_date = '2026-07-04' WHERE id = {}", "not what"),
        ("DELETE FROM ledger_posting WHERE journal_id = {}", "legs 4, sealed were 6"),
        ("UPDATE ledger_account SET code = '112.0002' WHERE code = '112.0001'", "not what was"),
        ("UPDATE ledger_seal SET debit_vnd = 1 WHERE number = 1", "does not follow"),
        ("DELETE FROM ledger_seal WHERE number = 1", "seal 1 is missing"),
        ("UPDATE ledger_posting SET amount_vnd = 1 WHERE leg = 1", "postings sum to"),
        ("UPDATE ledger_journal SET kind = 1 WHERE id = {}", "is not permitted"),
    ],
)
def test_a_change_past_the_triggers_is_found(statement: str, sentence: str) -> None:
    write(1, 3)
    seal(at=AT)
    write(4, 1)
    seal(at=AT)
    past_the_triggers(statement.format(Journal.objects.order_by("pk")[0].pk))
    assert any(sentence in fault for fault in verify().faults), verify().faults


def test_seals_taken_away_are_found_by_a_head_kept_elsewhere() -> None:
    write(1, 1)
    seal(at=AT)
    write(2, 1)
    head = seal(at=AT)[0].hash
    past_the_triggers(
        "DELETE FROM ledger_seal WHERE number = 2;"
        "DELETE FROM ledger_posting WHERE journal_id = (SELECT max(id) FROM ledger_journal);"
        "DELETE FROM ledger_journal WHERE id = (SELECT max(id) FROM ledger_journal)"
    )
    assert verify().faults == []
    assert verify(head).faults == [
        f"no seal has the hash {head}: seals were taken away or made anew"
    ]


def test_sealing_waits_for_who_has_drawn_a_number_and_is_still_writing(books: str) -> None:
    """The slow writer's number is below one that is committed: it must not fall under a seal."""
    bank_credits(1, 1)
    account = Account.objects.get(code="3388").pk
    with psycopg.connect(books) as slow:
        slow.execute(
            "INSERT INTO ledger_journal (kind, source, accounting_date) VALUES (3, 90, %s)", [DAY]
        )
        write(1, 1)
        with pytest.raises(RefusedError, match="1 transactions have been writing"):
            seal(at=AT, wait_s=0.1)
        waiting = threading.Timer(0.3, finish, [slow, account])
        waiting.start()
        made = seal(at=AT, wait_s=20)
        waiting.join()
    assert sum(one.journals for one in made) == 2
    assert verify().faults == []


def finish(slow: psycopg.Connection, account: int) -> None:
    slow.execute(
        "INSERT INTO ledger_posting (journal_id, leg, account_id, amount_vnd)"
        " SELECT id, leg, %s, amount FROM ledger_journal,"
        " (VALUES (1, 5), (2, -5)) AS legs (leg, amount) WHERE source = 90",
        [account],
    )
    slow.commit()


def test_a_closed_month_takes_nothing_more() -> None:
    write(1, 2)
    close("2026-07")
    with pytest.raises(DatabaseError, match="cannot count on 2026-07-31: that month is closed"):
        post(JournalKind.BANK_CREDIT, bank_credits(8, 1), accounting_date=date(2026, 7, 31))
    with pytest.raises(Exception, match="that month is closed"):
        write(8, 2, date(2026, 6, 30))
    assert post(JournalKind.BANK_CREDIT, bank_credits(8, 1), accounting_date=date(2026, 8, 1))
    assert ClosedPeriod.objects.get().seal == Seal.objects.get(number=1)
    assert verify().faults == []


def close(month: str) -> None:
    kind = PeriodClosing()
    after = kind.validate(month, {"closed": True})
    with transaction.atomic():
        kind.apply(month, after, reason="", at=AT)


def test_months_close_in_order_and_when_they_are_over() -> None:
    write(1, 1)
    with pytest.raises(RefusedError, match="07/2026"):
        close("2026-08")
    close("2026-07")
    with pytest.raises(RefusedError, match="08/2026"):
        close("2026-08")  # it is not over at 2 August
    with pytest.raises(InvalidInputError):
        PeriodClosing().validate("2026-07", {"closed": False})
    assert Proposal.objects.count() == 0


def test_a_journal_written_into_a_closed_month_past_the_triggers_is_found() -> None:
    write(1, 1)
    close("2026-07")
    past_the_triggers(
        "INSERT INTO ledger_journal (kind, source, accounting_date) VALUES (3, 99, '2026-07-09');"
        "INSERT INTO ledger_posting (journal_id, leg, account_id, amount_vnd)"
        " SELECT j.id, leg, a.id, amount FROM ledger_journal j, ledger_account a,"
        " (VALUES (1, 5), (2, -5)) AS legs (leg, amount) WHERE j.source = 99 AND a.code = '3388'"
    )
    assert any("written after it was closed" in fault for fault in verify().faults)
