"""Payments: each once whatever is repeated; good rows posted, bad rows listed with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from congto.office.billing import operations as billing
from congto.office.billing.choices import BillState
from congto.office.billing.models import Bill
from congto.office.control.models import FindingRecord
from congto.office.ledger import queries as ledger
from congto.office.ledger.models import Account
from congto.office.payments import operations
from congto.office.payments.acceptance import REPORTED
from congto.office.payments.models import Partner, Payment
from congto.office.payments.queries import payable_bills
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError
from small_utility import AT, ISSUED, MONTH, House, build

pytestmark = pytest.mark.usefixtures("books")

PARTNERS = [
    {"code": "P01", "name": "Ngân hàng Một", "kind": "bank", "bank_account": "0001"},
    {"code": "COUNTER", "name": "Quầy", "kind": "counter", "bank_account": "0009"},
]
# 22:30 in UTC is 05:30 of the next day in Viet Nam.
LATE = datetime(2026, 11, 4, 22, 30, tzinfo=UTC)


def two_bills() -> None:
    build(House(1, 134), House(2, 134, unit="PB02", book="B1"))
    billing.sync_price_decisions(price_book())
    billing.run_billing(MONTH, at=AT, issued_on=ISSUED)
    operations.load_partners(PARTNERS)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(two_bills)


@pytest.fixture
def bills(books: str) -> list[Bill]:
    """Return two bills of 305,230 đồng, of customers 1 and 2."""
    return list(Bill.objects.order_by("agreement__code"))


def row(bill: Bill, number: str, **other: object) -> dict[str, object]:
    return {
        "partner_code": "P01",
        "partner_txn_id": number,
        "bill_id": bill.pk,
        "customer_code": bill.agreement.customer.code,
        "amount_vnd": 305_230,
        "paid_at": LATE,
        "channel": "app",
    } | other


def report(*rows: dict[str, object]) -> operations.PaymentReport:
    return operations.post_payments(pl.DataFrame(list(rows), schema=REPORTED.columns), at=AT)


def balances() -> dict[str, int]:
    return {a.code: n for a, n in ledger.trial_balance(day=datetime(2027, 1, 1).date()) if n}  # noqa: DTZ001  (a day)


def test_a_payment_clears_amount_and_vat_apart_on_the_local_day(bills: list[Bill]) -> None:
    posted = report(row(bills[0], "T1"), row(bills[1], "C1", partner_code="COUNTER"))
    assert (posted.posted, posted.posted_vnd) == (2, 610_460)
    assert balances() == {
        "1388.P01": 305_230,
        "111.COUNTER": 305_230,
        "511.PB01": -282_620,
        "511.PB02": -282_620,
        "3331.PB01": -22_610,
        "3331.PB02": -22_610,
    }
    assert {str(one.accounting_date) for one in Payment.objects.all()} == {"2026-11-05"}
    assert ledger.total() == 0


def test_a_repeated_payment_is_dropped_within_a_file_and_between_files(bills: list[Bill]) -> None:
    first = report(row(bills[0], "T1"), row(bills[0], "T1"))
    assert (first.received, first.posted, first.repeated, first.rejected.height) == (2, 1, 1, 0)
    again = report(row(bills[0], "T1"))
    assert (again.posted, again.repeated, again.rejected.height) == (0, 1, 0)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "rule", "says"),
    [
        ({"partner_code": "P99"}, "PAY-001", "partner P99 is not known"),
        ({"bill_id": 10**9}, "PAY-003", "bill 1000000000 of customer PB00000000001"),
        ({"customer_code": "PB00000000002"}, "PAY-003", "customer PB00000000002"),
        ({"amount_vnd": 305_229}, "PAY-004", "expected 305230 đồng, the whole bill"),
        ({"amount_vnd": -305_230}, "PAY-004", "-305230 đồng"),
        ({"paid_at": None}, "PAY-006", "a value is missing"),
        ({"partner_txn_id": "T" * 41}, "PAY-006", "too long"),
    ],
)
def test_a_bad_row_is_listed_with_its_sentence_and_the_good_row_is_kept(
    bills: list[Bill], changes: dict[str, object], rule: str, says: str
) -> None:
    result = report(row(bills[0], "T1") | changes, row(bills[1], "T2"))
    assert (result.posted, result.repeated) == (1, 0)
    (refused,) = result.rejected.to_dicts()
    assert (refused["row"], refused["rule"]) == (1, rule)
    assert says in refused["sentence"]
    assert refused["sentence"].startswith("row 1: partner ")
    finding = FindingRecord.objects.get()
    assert (finding.rule, finding.subject_kind) == (rule, "payment")


def test_the_same_number_with_other_content_is_refused(bills: list[Bill]) -> None:
    report(row(bills[0], "T1"))
    result = report(row(bills[1], "T1"))
    assert result.rejected["rule"].to_list() == ["PAY-002"]
    assert "was posted for bill" in result.rejected["sentence"][0]
    assert Payment.objects.count() == 1


def test_a_paid_bill_is_not_paid_again_by_another_number_or_partner(bills: list[Bill]) -> None:
    report(row(bills[0], "T1"))
    result = report(row(bills[0], "T2"), row(bills[0], "T1", partner_code="COUNTER"))
    assert result.rejected["rule"].to_list() == ["PAY-005", "PAY-005"]
    assert Payment.objects.count() == 1


def test_a_cancelled_bill_takes_no_payment(bills: list[Bill]) -> None:
    Bill.objects.filter(pk=bills[0].pk).update(state=BillState.CANCELLED)
    assert report(row(bills[0], "T1")).rejected["rule"].to_list() == ["PAY-003"]


def test_chunks_are_transactions_and_a_second_call_does_the_rest(
    bills: list[Bill], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "PAYMENTS_PER_CHUNK", 1)
    rows = [row(bills[0], "T1"), row(bills[1], "T2"), row(bills[0], "T1")]
    write, chunks = operations._write, []

    def dies(books: object, accepted: pl.DataFrame) -> None:
        write(books, accepted)
        chunks.append(accepted.height)
        if len(chunks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(operations, "_write", dies)
    with pytest.raises(KeyboardInterrupt):
        report(*rows)
    assert list(Payment.objects.values_list("partner_txn_id", flat=True)) == ["T1"]
    monkeypatch.setattr(operations, "_write", write)
    rest = report(*rows)
    assert (rest.posted, rest.repeated) == (1, 2)
    assert ledger.total() == 0


def test_a_frame_with_text_for_money_is_refused_whole(bills: list[Bill]) -> None:
    frame = pl.DataFrame([row(bills[0], "T1")]).with_columns(pl.col("amount_vnd").cast(pl.String))
    with pytest.raises(InvalidInputError, match="amount_vnd of frame reported_payments is String"):
        operations.post_payments(frame, at=AT)


def test_partners_are_loaded_once_and_a_new_name_is_taken(bills: list[Bill]) -> None:
    accounts = Account.objects.count()
    assert operations.load_partners([PARTNERS[0] | {"name": "Ngân hàng Mới"}]) == 2
    assert Partner.objects.get(code="P01").name == "Ngân hàng Mới"
    assert Account.objects.count() == accounts


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"kind": "shop"}, "has the kind 'shop'"), ({"bank_account": ""}, "lacks bank_account")],
)
def test_a_wrong_partner_is_refused(books: str, changes: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        operations.load_partners(
            [{**PARTNERS[1], "code": "C02"}, {**PARTNERS[0], "code": "P02"} | changes]
        )
    assert Partner.objects.count() == 2


def test_payable_bills_stay_the_same_after_they_are_paid(bills: list[Bill]) -> None:
    before = payable_bills(MONTH)
    assert before.columns == ["bill_id", "customer_code", "unit", "gross_vnd", "due_date"]
    assert before["unit"].to_list() == ["PB01", "PB02"]
    report(row(bills[0], "T1"))
    assert payable_bills(MONTH).equals(before)
