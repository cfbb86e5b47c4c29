"""The ledger's laws hold in PostgreSQL itself, whoever writes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from django.db import DatabaseError, connection, transaction

from congto.office.ledger import queries, rules
from congto.office.ledger.accounts import LedgerPartner, LedgerUnit
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.models import Account, Journal, PermittedLeg, Posting
from congto.office.ledger.operations import ensure_accounts, post
from congto.vocabulary.errors import RefusedError
from small_utility import units

DAY = date(2026, 11, 3)

pytestmark = pytest.mark.django_db


def chart() -> dict[str, int]:
    unit = units()["PB01"]
    partner = LedgerPartner("P01", "Ngân hàng Một", is_counter=False, bank_account="0001")
    ensure_accounts([LedgerUnit(unit.pk, unit.code, unit.name)], [partner])
    return dict(Account.objects.values_list("code", "pk"))


def bill_legs(source: int = 7, net: int = 282_620, vat: int = 22_610) -> pl.DataFrame:
    numbers = chart()
    return rules.bill(
        pl.DataFrame(
            {
                "source": [source],
                "party": [1],
                "item": [source],
                "net_vnd": [net],
                "vat_vnd": [vat],
                "receivable": [numbers["131.PB01"]],
                "receivable_vat": [numbers["131T.PB01"]],
                "revenue": [numbers["511.PB01"]],
                "vat_payable": [numbers["3331.PB01"]],
            }
        )
    )


def suspense_legs(source: int = 1) -> pl.DataFrame:
    numbers = chart()
    return rules.bank_credit(
        pl.DataFrame(
            {
                "source": [source],
                "amount_vnd": [100],
                "bank": [numbers["112.0001"]],
                "counterpart": [numbers["3388"]],
            }
        )
    )


def execute(statement: str, parameters: tuple[object, ...] = ()) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_accounts_are_opened_once_per_unit_partner_and_bank_account() -> None:
    first = chart()
    assert chart() == first
    assert set(first) == {
        "3388", "131.PB01", "131T.PB01", "511.PB01", "3331.PB01", "131U.PB01",
        "1388.P01", "112.0001", "131L.PB01", "515.PB01", "642.PB01", "344.PB01",
    }  # fmt: skip


def test_a_bill_is_posted_once_with_amount_and_vat_apart() -> None:
    legs = bill_legs()
    assert post(JournalKind.BILL, legs, accounting_date=DAY) is True
    assert post(JournalKind.BILL, legs, accounting_date=DAY) is False
    assert Journal.objects.count() == 1
    assert queries.receivable(1, [7]) == {
        AccountKind.RECEIVABLE: 282_620,
        AccountKind.RECEIVABLE_VAT: 22_610,
    }
    assert queries.total() == 0
    revenue = Account.objects.get(code="511.PB01")
    assert queries.balance(revenue, day=DAY) == -282_620
    assert queries.balance(revenue, day=date(2026, 11, 2)) == 0
    balances = {account.code: amount for account, amount in queries.trial_balance(day=DAY)}
    assert balances["3331.PB01"] == -22_610
    assert sum(balances.values()) == 0
    assert queries.unbalanced_journals() == []
    assert queries.journals_without_legs() == []


def test_a_cancelled_bill_leaves_every_account_as_it_was() -> None:
    legs = bill_legs()
    post(JournalKind.BILL, legs, accounting_date=DAY)
    post(
        JournalKind.BILL_CANCELLED,
        legs.with_columns(-pl.col("amount_vnd")),
        accounting_date=DAY,
    )
    assert {amount for _, amount in queries.trial_balance(day=DAY)} == {0}


def test_a_leg_of_nothing_is_not_written() -> None:
    post(JournalKind.BILL, bill_legs(vat=0), accounting_date=DAY)
    assert [posting.leg for posting in Posting.objects.order_by("leg")] == [1, 3]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_vnd = 0",
        "UPDATE ledger_journal SET accounting_date = '2020-01-01'",
        "DELETE FROM ledger_posting",
        "DELETE FROM ledger_journal",
        "TRUNCATE ledger_posting",
        "TRUNCATE ledger_journal, ledger_posting",
        "UPDATE ledger_posting SET amount_vnd = amount_vnd WHERE false",
    ],
)
def test_postgresql_refuses_to_change_the_past(statement: str) -> None:
    post(JournalKind.BILL, bill_legs(), accounting_date=DAY)
    with pytest.raises(DatabaseError, match="append-only"):
        execute(statement)
    assert queries.total() == 0
    assert Posting.objects.count() == 4


INSERT = "INSERT INTO ledger_posting (journal_id, leg, account_id, amount_vnd) VALUES "


def test_postgresql_refuses_a_journal_that_does_not_balance() -> None:
    account = chart()["3388"]
    with pytest.raises(DatabaseError, match="does not sum to zero: its legs leave 1 dong"):
        execute(INSERT + "(1, 1, %s, 100), (1, 2, %s, -99)", (account, account))
    assert Posting.objects.count() == 0


def test_postgresql_refuses_two_unbalanced_journals_that_balance_together() -> None:
    account = chart()["3388"]
    with pytest.raises(DatabaseError, match="does not sum to zero"):
        execute(INSERT + "(1, 1, %s, 100), (2, 1, %s, -100)", (account, account))


def test_postgresql_refuses_a_half_written_journal() -> None:
    account = chart()["3388"]
    for leg, amount in ((1, 100), (2, -100)):
        with pytest.raises(DatabaseError, match="does not sum to zero"):
            execute(INSERT + "(1, %s, %s, %s)", (leg, account, amount))
    assert Posting.objects.count() == 0


def test_a_leg_is_written_once() -> None:
    post(JournalKind.BANK_CREDIT, suspense_legs(), accounting_date=DAY)
    journal, account = Journal.objects.get().pk, chart()["3388"]
    with pytest.raises(DatabaseError, match="unique"):
        execute(INSERT + "(%s, 1, %s, 100), (%s, 2, %s, -100)", (journal, account) * 2)


def test_a_leg_of_no_journal_is_refused() -> None:
    account = chart()["3388"]
    with pytest.raises(DatabaseError, match=r"journal 1 of kind \(unknown\) may not"):
        execute(INSERT + "(1, 1, %s, 100), (1, 2, %s, -100)", (account, account))


def test_postgresql_refuses_an_account_that_the_kind_may_not_touch() -> None:
    numbers = chart()
    execute("INSERT INTO ledger_journal (kind, source, accounting_date) VALUES (1, 9, %s)", (DAY,))
    journal = Journal.objects.get().pk
    with pytest.raises(DatabaseError, match=r"kind 1 may not have side -1 of account 112\.0001"):
        execute(
            INSERT + "(%s, 1, %s, 100), (%s, 2, %s, -100)",
            (journal, numbers["131.PB01"], journal, numbers["112.0001"]),
        )


def test_postgresql_permits_what_the_posting_rules_say_and_nothing_else() -> None:
    said = {
        (kind.value, account.value, side)
        for kind, legs in rules.PERMITTED.items()
        for account, side in legs
    }
    assert set(PermittedLeg.objects.values_list("kind", "account_kind", "side")) == said


def test_a_balanced_journal_with_a_wrong_account_is_refused() -> None:
    numbers = chart()
    legs = bill_legs().with_columns(
        account_id=pl.col("account_id").replace(numbers["511.PB01"], numbers["112.0001"])
    )
    with pytest.raises(RefusedError, match=r"BILL may not credit 112\.0001"):
        post(JournalKind.BILL, legs, accounting_date=DAY)
    assert Journal.objects.count() == 0


def test_an_account_that_is_not_open_is_refused() -> None:
    legs = bill_legs().with_columns(account_id=pl.lit(999_999, dtype=pl.Int64))
    with pytest.raises(RefusedError, match="999999 is not open"):
        post(JournalKind.BILL, legs, accounting_date=DAY)
