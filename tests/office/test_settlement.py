"""Bank statements once, days closed to the đồng, differences as findings."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from congto.engines.matching import COLLECTED, CREDITED, read_references, settle_days
from congto.office.billing import operations as billing
from congto.office.billing.models import Bill
from congto.office.control.models import FindingRecord
from congto.office.ledger import queries as ledger
from congto.office.ledger.models import Account
from congto.office.payments import operations as payments
from congto.office.payments.acceptance import REPORTED
from congto.office.settlement import operations
from congto.office.settlement.models import BankStatementLine, SettlementDay
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError
from small_utility import AT, ISSUED, MONTH, House, build

DAY = date(2026, 11, 5)
NEXT = date(2026, 11, 6)


def statement(*lines: tuple[str, date, int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(*line, f"text {line[3]}") for line in lines],
        schema=operations.STATEMENT.columns,
        orient="row",
    )


@pytest.fixture
def collected(books: str) -> None:
    """P01 collected 305,230 on 5 November; the counter as much on the same day."""
    build(House(1, 134), House(2, 134), House(3, 134))
    billing.sync_price_decisions(price_book())
    billing.run_billing(MONTH, at=AT, issued_on=ISSUED)
    payments.load_partners(
        [
            {"code": "P01", "name": "Ngân hàng Một", "kind": "bank", "bank_account": "0001"},
            {"code": "P02", "name": "Ví Hai", "kind": "intermediary", "bank_account": "0002"},
            {"code": "COUNTER", "name": "Quầy", "kind": "counter", "bank_account": "0009"},
        ]
    )
    first, second, _ = Bill.objects.order_by("agreement__code")
    pay(first, "P01", "T1")
    pay(second, "COUNTER", "C1")


def pay(bill: Bill, partner: str, number: str) -> None:
    row = (partner, number, bill.pk, bill.agreement.customer.code, 305_230)
    at = datetime(2026, 11, 5, 3, tzinfo=UTC)
    frame = pl.DataFrame([(*row, at, "app")], schema=REPORTED.columns, orient="row")
    assert payments.post_payments(frame, at=AT).posted == 1


def balance(code: str) -> int:
    return ledger.balance(Account.objects.get(code=code), day=date(2027, 1, 1))


def close() -> operations.CloseReport:
    return operations.close_days(DAY, date(2026, 11, 30), at=AT)


def open_findings() -> list[tuple[str, str]]:
    found = FindingRecord.objects.filter(state="open").order_by("rule", "subject")
    return list(found.values_list("rule", "subject"))


@pytest.mark.usefixtures("collected")
def test_a_day_closes_when_the_bank_credits_what_was_collected() -> None:
    lines = statement(
        ("0001", NEXT, 305_230, "P01-20261105"), ("0009", DAY, 305_230, "COUNTER-20261105")
    )
    report = operations.import_statement(lines, at=AT)
    assert (report.imported, report.suspense, report.imported_vnd) == (2, 0, 610_460)
    # The bank booked P01's money a day later; the reference names the day of collection.
    assert balance("1388.P01") == balance("111.COUNTER") == 0
    assert balance("112.0001") == balance("112.0009") == 305_230
    assert close() == operations.CloseReport(days=2, closed=2, differences=0, difference_vnd=0)
    assert set(SettlementDay.objects.values_list("state", flat=True)) == {"closed"}
    assert open_findings() == []
    assert ledger.total() == 0


@pytest.mark.usefixtures("collected")
def test_a_statement_imported_twice_is_imported_once_and_closing_again_changes_nothing() -> None:
    lines = statement(("0001", DAY, 305_230, "P01-20261105"))
    operations.import_statement(lines, at=AT)
    close()
    before = list(SettlementDay.objects.order_by("pk").values())
    again = operations.import_statement(lines, at=AT)
    assert (again.received, again.imported, again.repeated) == (1, 0, 1)
    close()
    assert list(SettlementDay.objects.order_by("pk").values()) == before
    assert balance("112.0001") == 305_230


@pytest.mark.usefixtures("collected")
def test_two_equal_lines_of_one_statement_are_two_credits() -> None:
    line = ("0001", DAY, 100, "P01-20261105")
    assert operations.import_statement(statement(line, line), at=AT).imported == 2
    more = operations.import_statement(statement(line, line, line), at=AT)
    assert (more.imported, more.repeated) == (1, 2)
    assert BankStatementLine.objects.count() == 3


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize(
    ("account", "reference"),
    [
        ("0001", "P99-20261105"),  # nobody's code
        ("0002", "P01-20261105"),  # another partner's account
        ("0001", "P01-20261305"),  # no such day
        ("0001", "P01 20261105"),  # not the agreed form
        ("0001", "X P01-20261105"),  # more than the reference
        ("7777", "LUONG"),  # an account of nobody
    ],
)
def test_a_credit_that_nothing_explains_exactly_waits_in_suspense(
    account: str, reference: str
) -> None:
    report = operations.import_statement(statement((account, DAY, 305_230, reference)), at=AT)
    assert report.suspense == 1
    assert balance("3388") == -305_230
    assert balance("1388.P01") == 305_230
    assert [rule for rule, _ in open_findings()] == ["STL-004"]


@pytest.mark.usefixtures("collected")
def test_a_short_credit_an_excess_and_no_credit_are_findings_until_they_are_mended() -> None:
    operations.import_statement(
        statement(("0001", DAY, 305_000, "P01-20261105"), ("0002", DAY, 7, "P02-20261105")), at=AT
    )
    report = close()
    assert (report.closed, report.differences, report.difference_vnd) == (0, 3, 305_453)
    assert open_findings() == [
        ("STL-001", "P01 2026-11-05"),
        ("STL-002", "P02 2026-11-05"),
        ("STL-003", "COUNTER 2026-11-05"),
    ]
    operations.import_statement(
        statement(("0001", NEXT, 230, "P01-20261105"), ("0009", NEXT, 305_230, "COUNTER-20261105")),
        at=AT,
    )
    assert close().differences == 1
    assert open_findings() == [("STL-002", "P02 2026-11-05")]


@pytest.mark.usefixtures("collected")
def test_a_payment_into_a_closed_day_does_not_pass_in_silence() -> None:
    operations.import_statement(statement(("0001", DAY, 305_230, "P01-20261105")), at=AT)
    close()
    snapshot = SettlementDay.objects.get(partner__code="P01").snapshot
    pay(Bill.objects.order_by("agreement__code")[2], "P01", "T2")
    close()
    day = SettlementDay.objects.get(partner__code="P01")
    assert (day.state, day.difference_vnd) == ("difference", 305_230)
    assert day.snapshot != snapshot
    assert ("STL-005", "P01 2026-11-05") in open_findings()


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    "bad",
    [("0001", DAY, 0, "P01"), ("0001", None, 5, "P01"), ("0" * 33, DAY, 5, "P01")],
)
def test_a_statement_with_a_line_that_cannot_be_is_refused_whole(bad: tuple[str, date, int, str]):
    frame = statement(("0001", DAY, 5, "P01-20261105"), bad)
    with pytest.raises(InvalidInputError, match="statement line 2 is"):
        operations.import_statement(frame, at=AT)
    assert BankStatementLine.objects.count() == 0


def test_days_are_settled_each_by_itself() -> None:
    collected = pl.DataFrame(
        [(1, DAY, 2, 100), (1, NEXT, 1, 50), (2, DAY, 1, 70)],
        schema=COLLECTED.columns,
        orient="row",
    )
    credited = pl.DataFrame(
        [(1, DAY, 95), (1, NEXT, 55), (3, DAY, 0)], schema=CREDITED.columns, orient="row"
    )
    settled = settle_days(collected, credited)
    rows = settled.select("partner_id", "day", "difference_vnd", "rule").rows()
    assert rows == [
        (1, DAY, 5, "STL-001"),
        (2, DAY, 70, "STL-003"),
        (3, DAY, 0, None),
        (1, NEXT, -5, "STL-002"),
    ]


def test_a_reference_is_read_whole_or_not_at_all() -> None:
    partners = pl.DataFrame({"partner_id": [1], "partner_code": ["P01"], "bank_account": ["0001"]})
    references = ["P01-20261105", "p01-20261105", "P01-20261105 ", "P01-2026115", ""]
    lines = pl.DataFrame({"bank_account": ["0001"] * 5, "reference": references})
    read = read_references(lines, partners)
    assert read["partner_id"].to_list() == [1, None, None, None, None]
    assert read["day"].to_list() == [DAY, None, None, None, None]
