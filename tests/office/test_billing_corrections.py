"""Issued bills are cancelled, billed again and adjusted, and the ledger follows to the đồng."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congto.office.billing.adjustments import default_span, preview
from congto.office.billing.choices import BillKind, BillState
from congto.office.billing.correction_proposals import span_subject
from congto.office.billing.corrections import shares
from congto.office.billing.models import Bill, BillLine
from congto.office.control.choices import Role
from congto.office.control.operations import approve, propose, reject, withdraw
from congto.office.customers.models import PriceAssignment
from congto.office.ledger import queries as ledger
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.models import Journal, Posting
from congto.office.payments import operations as payments
from congto.office.payments.acceptance import REPORTED
from congto.office.scorecard import checks
from congto.office.scorecard.choices import CheckName
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import Period
from world_months import MONTHS, OCTOBER, agreement, bill_of, months_of, person, use

pytestmark = pytest.mark.usefixtures("books")

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
WHY = {"reason": "sai chỉ số", "at": AT}
SUMS = (CheckName.BILLS_ARE_LEDGER, CheckName.REVENUE_IS_LEDGER, CheckName.VAT_IS_LEDGER)
OWED = {"receivable", "receivable_vat"}
# 134 kWh by 1279/QĐ-BCT: 282,620 + 8 % VAT 22,610; 120 kWh: 249,300 + 19,944; 100: 201,700 + 16,136
NET, VAT, GROSS = 282_620, 22_610, 305_230


def four_months() -> None:
    months_of(100, 134)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(four_months)


@pytest.fixture
def bill() -> Bill:
    """October of 134 kWh after three months of 100 kWh, all issued."""
    return bill_of(1, OCTOBER)


@pytest.fixture
def maker(bill: Bill) -> object:
    return person("clerk", Role.CLERK, "PB01")


@pytest.fixture
def checker(bill: Bill) -> object:
    return person("manager", Role.MANAGER, "PB01")


def pay(bill: Bill) -> None:
    payments.load_partners(
        [{"code": "P01", "name": "Ngân hàng", "kind": "bank", "bank_account": "0001"}]
    )
    assert reported(bill, bill.gross_vnd).posted == 1


def reported(bill: Bill, amount: int) -> payments.PaymentReport:
    number = f"T{bill.pk}-{amount}"
    row = ("P01", number, bill.pk, bill.agreement.customer.code, amount, AT, "app")
    return payments.post_payments(pl.DataFrame([row], schema=REPORTED.columns, orient="row"), at=AT)


def owed(bill: Bill) -> tuple[int, int]:
    found = ledger.receivable(bill.agreement_id, [bill.pk])
    return found[AccountKind.RECEIVABLE], found[AccountKind.RECEIVABLE_VAT]


def span(first: Period, last: Period) -> str:
    return span_subject(agreement(1).code, Period(first.start, last.end))


def balances() -> dict[str, int]:
    rows = read(
        "SELECT a.code, sum(p.amount_vnd)::bigint AS s FROM ledger_posting p"
        " JOIN ledger_account a ON a.id = p.account_id GROUP BY a.code"
    )
    return {code: amount for code, amount in rows.iter_rows() if amount}


def bills_are_ledger() -> None:
    with bulk() as books:
        for month in [*MONTHS, OCTOBER]:
            found = {one.name: one for one in checks.run(books, month)}
            for name in SUMS:
                assert found[name].agrees, (month, found[name])
    assert ledger.total() == 0
    assert ledger.unbalanced_journals() == []


def test_a_bill_waits_for_its_cancelling_and_is_owed_until_then(bill, maker, checker) -> None:
    made = propose("bill_cancel", str(bill.pk), {}, user=maker, **WHY)
    bill.refresh_from_db()
    assert bill.state == BillState.PENDING_CANCEL
    assert owed(bill) == (NET, VAT)
    bills_are_ledger()
    with pytest.raises(RefusedError, match="“Chờ hủy”; expected Đã phát hành"):
        propose("bill_rebill", span(OCTOBER, OCTOBER), {}, user=maker, **WHY)
    reject(made.pk, user=checker, **WHY)
    assert bill_of(1, OCTOBER).state == BillState.ISSUED
    again = propose("bill_cancel", str(bill.pk), {}, user=maker, **WHY)
    withdraw(again.pk, user=maker, at=AT)
    assert bill_of(1, OCTOBER).state == BillState.ISSUED


def test_a_cancelled_bill_keeps_its_number_and_leaves_the_ledger(bill, maker, checker) -> None:
    number = bill.invoice_no
    made = propose("bill_cancel", str(bill.pk), {}, user=maker, **WHY)
    approve(made.pk, user=checker, at=AT)
    bill.refresh_from_db()
    assert (bill.state, bill.invoice_no) == (BillState.CANCELLED, number)
    assert BillLine.objects.filter(bill=bill).count() == 3
    assert owed(bill) == (0, 0)
    journal = Journal.objects.get(kind=JournalKind.BILL_CANCELLED)
    assert (journal.source, journal.accounting_date) == (bill.pk, TODAY)
    legs = dict(Posting.objects.filter(journal=journal).values_list("account__kind", "amount_vnd"))
    assert legs == {
        "receivable": -NET, "receivable_vat": -VAT, "revenue": NET, "vat_payable": VAT,
    }  # fmt: skip
    bills_are_ledger()
    with pytest.raises(RefusedError, match="“Đã hủy”; expected Đã phát hành"):
        propose("bill_cancel", str(bill.pk), {}, user=maker, **WHY)


def test_what_was_paid_on_a_cancelled_bill_is_a_credit_of_the_party(bill, maker, checker) -> None:
    pay(bill)
    approve(propose("bill_cancel", str(bill.pk), {}, user=maker, **WHY).pk, user=checker, at=AT)
    assert owed(bill) == (0, 0)
    assert ledger.unapplied(bill.agreement_id, bill.pk) == GROSS
    assert balances()["131U.PB01"] == -GROSS
    bills_are_ledger()


def test_a_bill_is_billed_again_from_the_newest_usage_and_takes_the_payment(
    bill, maker, checker
) -> None:
    pay(bill)
    use(1, OCTOBER, 140)
    made = propose("bill_rebill", span(OCTOBER, OCTOBER), {}, user=maker, **WHY)
    # 50 x 1984 + 50 x 2050 + 40 x 2380 = 296,900; VAT 23,752
    assert (made.before["net_vnd"], made.after["net_vnd"], made.after["gross_vnd"]) == (
        NET, 296_900, 320_652,
    )  # fmt: skip
    approve(made.pk, user=checker, at=AT)
    new = bill_of(1, OCTOBER)
    assert (new.version, new.kind, new.original_id, new.invoice_no, new.issued_on) == (
        2, BillKind.REPLACEMENT, bill.pk, bill.invoice_no + 1, TODAY,
    )  # fmt: skip
    assert (new.energy_wh, new.net_vnd, new.vat_vnd) == (140_000, 296_900, 23_752)
    # 305,230 x 23,752 / 320,652 = 22,609.6 -> 22,610 to the VAT; 282,620 to the amount
    assert owed(new) == (296_900 - 282_620, 23_752 - 22_610)
    assert owed(bill) == (0, 0)
    assert ledger.unapplied(bill.agreement_id, bill.pk) == 0
    bills_are_ledger()
    # Of the new bill only the rest may be paid: 320,652 - 305,230 = 15,422.
    assert reported(new, 320_652).posted == 0
    assert reported(new, 15_422).posted == 1
    assert owed(new) == (0, 0)


def test_a_smaller_bill_leaves_the_rest_of_the_payment_as_credit(bill, maker, checker) -> None:
    pay(bill)
    use(1, OCTOBER, 120)
    made = propose("bill_rebill", span(OCTOBER, OCTOBER), {}, user=maker, **WHY)
    approve(made.pk, user=checker, at=AT)
    new = bill_of(1, OCTOBER)
    assert (new.net_vnd, new.vat_vnd) == (249_300, 19_944)
    assert owed(new) == (0, 0)
    assert ledger.unapplied(bill.agreement_id, bill.pk) == GROSS - 269_244
    bills_are_ledger()


def test_several_months_are_billed_again_oldest_first_or_not_at_all(bill, maker, checker) -> None:
    for month in MONTHS[1:]:
        use(1, month, 120)
    subject = span(MONTHS[1], OCTOBER)
    made = propose("bill_rebill", subject, {}, user=maker, **WHY)
    # The price of October is taken away before the approval: the whole span stays as it is.
    PriceAssignment.objects.update(valid_to=OCTOBER.start)
    with pytest.raises(RefusedError, match="BIL-001"):
        approve(made.pk, user=checker, at=AT)
    assert Bill.objects.filter(version=2).count() == 0
    assert set(Bill.objects.values_list("state", flat=True)) == {
        BillState.ISSUED, BillState.PENDING_CANCEL,
    }  # fmt: skip
    PriceAssignment.objects.update(valid_to=None)
    approve(made.pk, user=checker, at=AT)
    new = Bill.objects.filter(version=2).order_by("invoice_no")
    assert [one.period_from for one in new] == [one.start for one in (*MONTHS[1:], OCTOBER)]
    assert [one.net_vnd for one in new] == [249_300, 249_300, NET]
    assert [one.invoice_no for one in new] == [5, 6, 7]
    bills_are_ledger()


@pytest.mark.parametrize("paid", [False, True])
def test_cancel_and_bill_again_unchanged_nets_zero(bill, maker, checker, paid) -> None:
    if paid:
        pay(bill)
    before = balances()
    lines = list(lines_of(bill))
    approve(propose("bill_cancel", str(bill.pk), {}, user=maker, **WHY).pk, user=checker, at=AT)
    made = propose("bill_rebill", span(OCTOBER, OCTOBER), {}, user=maker, **WHY)
    approve(made.pk, user=checker, at=AT)
    new = bill_of(1, OCTOBER)
    assert (new.original_id, new.state) == (bill.pk, BillState.ISSUED)
    assert list(lines_of(new)) == lines
    assert (new.net_vnd, new.vat_vnd, new.vat_rate_bp) == (NET, VAT, 800)
    assert balances() == before
    assert owed(new) == ((0, 0) if paid else (NET, VAT))
    bills_are_ledger()


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kwh=st.integers(1, 2_000), quarters=st.sampled_from([1, 4, 6, 12]))
def test_whatever_was_billed_cancel_and_bill_again_unchanged_nets_zero(
    bill, maker, checker, kwh, quarters
) -> None:
    """Each example goes on from the one before: October gets a new use and household quota."""
    PriceAssignment.objects.update(household_quarters=quarters)
    use(1, OCTOBER, kwh)
    decide("bill_rebill", span(OCTOBER, OCTOBER), maker, checker)
    old = bill_of(1, OCTOBER)
    before, lines = balances(), list(lines_of(old))
    decide("bill_cancel", str(old.pk), maker, checker)
    decide("bill_rebill", span(OCTOBER, OCTOBER), maker, checker)
    new = bill_of(1, OCTOBER)
    assert (new.state, new.original_id, new.version) == (BillState.ISSUED, old.pk, old.version + 1)
    assert (new.energy_wh, list(lines_of(new))) == (kwh * 1000, lines)
    assert (new.net_vnd, new.vat_vnd, new.gross_vnd) == (old.net_vnd, old.vat_vnd, old.gross_vnd)
    assert balances() == before
    bills_are_ledger()


def decide(kind: str, subject: str, maker: object, checker: object) -> None:
    approve(propose(kind, subject, {}, user=maker, **WHY).pk, user=checker, at=AT)


def lines_of(bill: Bill) -> list[dict[str, object]]:
    rows = BillLine.objects.filter(bill=bill).order_by("line_no").values()
    return [{name: value for name, value in row.items() if name != "bill_id"} for row in rows]


def test_an_approval_is_refused_when_the_amount_moved_since_the_proposal(
    bill, maker, checker
) -> None:
    use(1, OCTOBER, 120)
    made = propose("bill_rebill", span(OCTOBER, OCTOBER), {}, user=maker, **WHY)
    use(1, OCTOBER, 121)
    with pytest.raises(RefusedError, match="Điện năng đã thay đổi: lúc xem 120 kWh, nay 121 kWh"):
        approve(made.pk, user=checker, at=AT)
    with pytest.raises(RefusedError, match="không được tự duyệt"):
        approve(made.pk, user=owner_of(made), at=AT)
    assert bill_of(1, OCTOBER).version == 1


def owner_of(proposal: object) -> object:
    person_ = proposal.maker
    person_.grants.create(unit=proposal.unit, role=Role.MANAGER)
    return person_


def test_more_households_are_refunded_period_by_period(bill, maker, checker) -> None:
    # Two households since 1 July: 100 kWh lie whole in tier 1 (2 x 50), 134 kWh are
    # 100 x 1984 + 34 x 2050. By hand: 198,400 in place of 201,700 for each month, VAT 15,872 in
    # place of 16,136; October 268,100 in place of 282,620, VAT 21,448 in place of 22,610.
    PriceAssignment.objects.update(household_quarters=8)
    whole = Period(MONTHS[0].start, OCTOBER.end)
    shown = preview(bill.agreement_id, whole)
    expected = [(-3_300, -264)] * 3 + [(-14_520, -1_162)]
    assert [(one.difference["net_vnd"], one.difference["vat_vnd"]) for one in shown] == expected
    assert Bill.objects.count() == 4
    made = propose("bill_adjust", span(MONTHS[0], OCTOBER), {}, user=maker, **WHY)
    assert made.after["gross_vnd"] - made.before["gross_vnd"] == -(3 * 3_564 + 15_682)
    approve(made.pk, user=checker, at=AT)
    found = Bill.objects.filter(kind=BillKind.ADJUSTMENT).order_by("period_from")
    assert [(one.net_vnd, one.vat_vnd) for one in found] == expected
    assert [one.original.period_from for one in found] == [one.period.start for one in shown]
    october = found[3]
    # Tier 1: 100 - 50 = +50 kWh x 1984 = 99,200; tier 2: 34 - 50 = -16 x 2050 = -32,800;
    # tier 3: -34 x 2380 = -80,920
    assert [(row["tier"], row["energy_wh"], row["amount_vnd"]) for row in lines_of(october)] == [
        (1, 50_000, 99_200), (2, -16_000, -32_800), (3, -34_000, -80_920),
    ]  # fmt: skip
    assert owed(october) == (-14_520, -1_162)
    bills_are_ledger()
    with pytest.raises(RefusedError, match="Không kỳ nào trong khoảng này khác"):
        propose("bill_adjust", span(MONTHS[0], OCTOBER), {}, user=maker, **WHY)


def test_back_billing_of_a_wrong_multiplier_is_the_whole_period_less_what_was_billed(
    bill, maker, checker
) -> None:
    use(1, MONTHS[2], 300)
    made = propose("bill_adjust", span(MONTHS[0], OCTOBER), {}, user=maker, **WHY)
    approve(made.pk, user=checker, at=AT)
    one = Bill.objects.get(kind=BillKind.ADJUSTMENT)
    # 300 kWh: 99,200 + 102,500 + 100 x 2380 + 100 x 2998 = 739,500; less 201,700
    assert (one.period_from, one.energy_wh, one.net_vnd) == (MONTHS[2].start, 200_000, 537_800)
    assert one.vat_vnd == 59_160 - 16_136
    assert sum(row["amount_vnd"] for row in lines_of(one)) == one.net_vnd
    bills_are_ledger()
    cancelled = propose("bill_cancel", str(one.original_id), {}, user=maker, **WHY)
    with pytest.raises(RefusedError, match="đã có hóa đơn điều chỉnh"):
        approve(cancelled.pk, user=checker, at=AT)
    # An adjustment that only waits for its own cancelling still rests on the bill.
    propose("bill_cancel", str(one.pk), {}, user=maker, **WHY)
    with pytest.raises(RefusedError, match="đã có hóa đơn điều chỉnh"):
        approve(cancelled.pk, user=checker, at=AT)


def test_an_unknown_start_is_twelve_months_back() -> None:
    # TT 60/2025/TT-BCT Art. 3(1)(d)
    assert default_span(date(2026, 11, 15)) == Period(date(2025, 11, 15), date(2026, 11, 15))
    assert default_span(date(2028, 2, 29)).start == date(2027, 2, 28)


@given(st.integers(0, 10**10), st.integers(0, 10**10), st.integers(0, 10**9))
def test_a_credit_is_never_split_into_more_than_there_is(credit, net, vat) -> None:
    to_net, to_vat = shares(credit, net, vat)
    assert to_net + to_vat == min(credit, net + vat)
    assert 0 <= to_net <= net
    assert 0 <= to_vat <= vat
