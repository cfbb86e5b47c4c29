"""A billing run: every account once, what cannot be billed parked, what was killed resumed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap

import pytest
from django.db import connection

from congto.interfaces.bench.books import fill
from congto.office.billing import operations, partitions
from congto.office.billing.models import Bill, BillingRun, BillLine, RunPartition
from congto.office.control.models import FindingRecord
from congto.office.customers.models import Agreement, PriceAssignment
from congto.office.ledger import queries as ledger
from congto.office.ledger.choices import AccountKind
from congto.office.meterdata.operations import determine_usage
from congto.office.storage.bulk import read
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError
from small_utility import AT, ISSUED, MONTH, House, assign, build

pytestmark = pytest.mark.usefixtures("books")


def run(**options: object) -> operations.RunReport:
    operations.sync_price_decisions(price_book())
    given = {"at": AT, "issued_on": ISSUED, **options}
    return operations.run_billing(MONTH, **given)


def findings() -> list[tuple[str, str, str]]:
    rows = FindingRecord.objects.order_by("rule", "subject")
    return list(rows.values_list("rule", "subject", "state"))


def test_a_bill_carries_the_lines_of_the_decision_and_is_owed_in_the_ledger() -> None:
    # 50 x 1984 + 50 x 2050 + 34 x 2380 = 282,620; VAT 8 % = 22,609.6 -> 22,610 (1279/QĐ-BCT)
    build(House(1, 134))
    report = run()
    assert (report.bills, report.parked, report.net_vnd, report.gross_vnd) == (
        1, 0, 282_620, 305_230,
    )  # fmt: skip
    bill = Bill.objects.get()
    assert (bill.vat_vnd, bill.vat_rate_bp, bill.energy_wh) == (22_610, 800, 134_000)
    assert (bill.issued_on, bill.due_date) == (ISSUED, ISSUED.replace(day=10))
    lines = BillLine.objects.order_by("line_no").values_list("tier", "price_vnd", "amount_vnd")
    assert list(lines) == [(1, 1984, 99_200), (2, 2050, 102_500), (3, 2380, 80_920)]
    owed = ledger.receivable(bill.agreement_id, [bill.pk])
    assert owed == {AccountKind.RECEIVABLE: 282_620, AccountKind.RECEIVABLE_VAT: 22_610}
    assert ledger.total() == 0


def test_a_second_run_changes_nothing() -> None:
    build(House(1, 134), House(2, 60, book="A2"))
    first = run()
    before = snapshot()
    second = run(issued_on=ISSUED.replace(day=20))
    assert (first.new_bills, second.new_bills) == (2, 0)
    assert (second.bills, second.gross_vnd) == (first.bills, first.gross_vnd)
    assert snapshot() == before
    assert BillingRun.objects.get().state == "done"


def test_what_cannot_be_billed_is_parked_with_its_reason_and_the_rest_goes_on() -> None:
    moved = House(3, 100)
    build(
        House(1, 134),
        House(2, 100, priced=False),
        moved,
        House(4, 100, group="business", voltage="<1kV?"),
        House(5, -5),
    )
    third = Agreement.objects.get(code__contains="3-A1")
    PriceAssignment.objects.filter(agreement=third).update(valid_to=MONTH.start.replace(day=15))
    moved.group, moved.voltage = "business", "<6kV"
    assign(third, moved, valid_from=MONTH.start.replace(day=15))
    report = run()
    assert (report.bills, report.parked, report.accounts) == (1, 4, 5)
    codes = [(rule, subject[-4:], state) for rule, subject, state in findings()]
    assert codes == [
        ("BIL-001", "2-A1", "open"),
        ("BIL-002", "3-A1", "open"),
        ("BIL-003", "4-A1", "open"),
        ("BIL-004", "5-A1", "open"),
    ]
    observed = FindingRecord.objects.get(rule="BIL-003").observed
    assert observed == "no_price: business / - / <1kV? / one rate"


def test_a_parked_account_is_billed_once_its_price_is_assigned_and_its_finding_closes() -> None:
    late = House(2, 50, priced=False)
    build(House(1, 134), late)
    run()
    assign(Agreement.objects.get(code__contains="2-A1"), late)
    later = ISSUED.replace(day=9)
    report = run(issued_on=later)
    assert (report.bills, report.new_bills, report.parked) == (2, 1, 0)
    issued = dict(Bill.objects.values_list("energy_wh", "issued_on"))
    assert issued == {134_000: ISSUED, 50_000: later}
    assert [state for _, _, state in findings()] == ["closed"]


def test_a_bill_of_nothing_has_no_journal() -> None:
    build(House(1, 0))
    report = run()
    assert (report.bills, report.gross_vnd) == (1, 0)
    assert read("SELECT count(*) AS n FROM ledger_journal").item() == 0


def test_a_book_that_cannot_be_billed_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build(House(1, 134), House(2, 60, book="A2"))
    rate = partitions.rate

    def breaks(inputs: object, book: object, **others: object) -> object:
        if 60_000 in inputs["energy_wh"].to_list():
            raise CongtoError("the meter says 60", expected="anything else")
        return rate(inputs, book, **others)

    monkeypatch.setattr(partitions, "rate", breaks)
    report = run()
    assert (report.bills, report.books_done) == (1, 1)
    assert report.failed == ("book A2: the meter says 60; cần anything else.",)
    assert BillingRun.objects.get().state == "open"
    monkeypatch.undo()
    assert run().bills == 2


def test_the_database_refuses_a_second_bill_of_the_same_period() -> None:
    build(House(1, 134))
    run()
    # Somebody marks the usage unbilled by hand: the key still holds.
    bill = Bill.objects.get()
    bill.pk += 1
    with pytest.raises(Exception, match="bill_key"):
        bill.save(force_insert=True)


def snapshot() -> dict[str, list[tuple[object, ...]]]:
    """Everything that billing writes, named by agreement and not by number."""
    queries = {
        "bills": "SELECT b.agreement_id, b.period_from, b.version, b.state, b.issued_on,"
        " b.due_date, b.energy_wh, b.net_vnd, b.vat_vnd, b.gross_vnd FROM billing_bill b",
        "lines": "SELECT b.agreement_id, l.line_no, l.charge, l.tier, l.band, l.energy_wh,"
        " l.price_vnd, l.amount_vnd, l.decision_id FROM billing_billline l"
        " JOIN billing_bill b ON b.id = l.bill_id",
        "owed": "SELECT b.agreement_id, p.account_id, p.party, p.amount_vnd"
        " FROM ledger_posting p JOIN ledger_journal j ON j.id = p.journal_id AND j.kind = 1"
        " JOIN billing_bill b ON b.id = p.item AND b.issuance_id = j.source",
        "earned": "SELECT account_id, sum(amount_vnd)::bigint AS amount_vnd FROM ledger_posting"
        " WHERE item IS NULL GROUP BY account_id",
        "holds": "SELECT b.agreement_id, h.rule, h.signer, h.observed, h.state"
        " FROM billing_billhold h JOIN billing_bill b ON b.id = h.bill_id",
        "numbers": "SELECT series_id, array_agg(invoice_no ORDER BY invoice_no) AS numbers"
        " FROM billing_bill WHERE invoice_no IS NOT NULL GROUP BY series_id",
        "partitions": "SELECT reading_book_id, state, bills, net_vnd, gross_vnd, parked"
        " FROM billing_runpartition",
    }
    return {name: sorted(map(repr, read(text).rows())) for name, text in queries.items()}


CUSTOMERS = 2000
BOOKS = 4
"""Customers 1 to 2,000 at 500 a book."""

# Bills book by book, and kills itself after the n-th COPY of all its batches, not committed.
KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import UTC, date, datetime
from congto.office.billing import operations, partitions
from congto.office.storage.bulk import Bulk
from congto.vocabulary.periods import Period

operations.BILLS_PER_BATCH = 500
left = int(sys.argv[1])
copy = Bulk.copy

def counted(books, table, frame):
    global left
    if left == 0:
        copy(books, table, frame)
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return copy(books, table, frame)

Bulk.copy = counted
report = operations.run_billing(
    Period.month(2026, 10), at=datetime(2026, 11, 3, 1, tzinfo=UTC),
    issued_on=date(2026, 11, 3), workers=int(sys.argv[2]),
)
print(report.new_bills)
"""


def process(books: str, kill_after: int, workers: int = 1) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(kill_after), str(workers)],
        env={**os.environ, "DATABASE_URL": books},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(running: subprocess.Popen[str]) -> int:
    """Wait for a run that nobody kills; return how many bills it wrote."""
    written, _ = running.communicate(timeout=240)
    assert running.returncode == 0
    return int(written)


def prepare() -> None:
    fill(CUSTOMERS, 1, MONTH)
    determine_usage(MONTH, at=AT)
    operations.sync_price_decisions(price_book())


def empty_billing() -> None:
    """Forget the run; the ledger lets only its owner do so, triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in (
            "ledger_posting",
            "ledger_journal",
            "billing_billline",
            "billing_billhold",
            "billing_bill",
            "billing_issuance",
            "billing_runpartition",
            "billing_billingrun",
        ):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (our own names)
        cursor.execute("UPDATE billing_invoiceseries SET next_no = 1")
        cursor.execute("SET session_replication_role = origin")


@pytest.mark.slow
def test_a_run_killed_anywhere_and_run_again_equals_one_that_was_not(books: str) -> None:
    prepare()
    assert finish(process(books, kill_after=-1)) == CUSTOMERS
    expected = snapshot()
    assert len(expected["bills"]) == CUSTOMERS
    empty_billing()

    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)  # noqa: S311  (moments, not secrets)
    for _ in range(3):
        killed = process(books, kill_after=moments.randrange(2 * 4))
        killed.communicate()
        assert killed.returncode in {0, -signal.SIGKILL}
        assert read("SELECT sum(amount_vnd)::bigint AS s FROM ledger_posting").item() in {0, None}
    assert finish(process(books, kill_after=-1)) >= 0
    assert snapshot() == expected, f"differs after kills with seed {seed}"
    assert RunPartition.objects.exclude(state="done").count() == 0


@pytest.mark.slow
def test_two_processes_at_once_bill_every_account_once(books: str) -> None:
    prepare()
    racing = [process(books, kill_after=-1) for _ in range(2)]
    assert sum([finish(one) for one in racing]) == CUSTOMERS
    assert len(snapshot()["bills"]) == CUSTOMERS
    assert RunPartition.objects.filter(state="done").count() == BOOKS
    assert ledger.unbalanced_journals() == []


@pytest.mark.slow
def test_two_workers_give_the_bills_of_one(books: str) -> None:
    prepare()
    finish(process(books, kill_after=-1))
    alone = snapshot()
    empty_billing()
    assert finish(process(books, kill_after=-1, workers=2)) == CUSTOMERS
    assert snapshot() == alone
