"""Money of arrears: late interest, debts given up, deposits; each posted once, by two persons."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.contrib.auth.models import User

from congto.office.arrears.deposits import held
from congto.office.arrears.models import InterestCharge, WriteOff
from congto.office.arrears.operations import charge_interest
from congto.office.billing.choices import BillState
from congto.office.billing.corrections import cancel
from congto.office.billing.models import Bill
from congto.office.control.choices import Role
from congto.office.control.proposals import approve, propose
from congto.office.ledger import queries as ledger
from congto.office.ledger.verifying import verify
from congto.office.payments import collecting
from congto.office.payments.acceptance import REPORTED
from congto.office.payments.models import Partner
from congto.office.payments.operations import post_payments
from congto.office.payments.owing import owing
from congto.office.settlement import operations as settlement
from congto.office.settlement.models import BankStatementLine
from congto.vocabulary.errors import RefusedError
from fixtures_collecting import BILL
from world_arrears import agreement, at, bill, pay, person, prepare, run_day, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.office.control.models import Proposal

pytestmark = pytest.mark.usefixtures("collecting_books")
NET, VAT = 282_620, 22_610


@pytest.fixture(autouse=True)
def _world(collecting_books: str) -> Iterator[None]:
    prepare()
    person("hoa", Role.ACCOUNTANT)
    person("minh", Role.MANAGER)
    yield
    assert not verify().faults
    assert ledger.total() == 0


def decided(kind: str, subject: str, after: dict[str, object], when: datetime) -> Proposal:
    maker, checker = User.objects.get(username="hoa"), User.objects.get(username="minh")
    made = propose(kind, subject, after, reason="theo hồ sơ", user=maker, at=when)
    return approve(made.pk, user=checker, at=when)


def balances() -> dict[str, int]:
    return {one.code: n for one, n in ledger.trial_balance(day=date(2030, 1, 1)) if n}


def transfer(amount: int, text: str = "chuyen tien") -> BankStatementLine:
    """Let the bank credit money of unknown origin; it waits in suspense."""
    row = ("0071", date(2026, 12, 1), amount, f"FT{amount}", text)
    frame = pl.DataFrame([row], schema=settlement.STATEMENT.columns, orient="row")
    settlement.import_statement(frame, at=at(2, month=12))
    return BankStatementLine.objects.get(reference=f"FT{amount}")


def test_interest_of_a_bill_is_charged_up_to_a_day_and_never_twice() -> None:
    """305,230 at 10 %: 30 days 2,509, 50 days 4,181 (4,181.23); the second charge posts 1,672."""
    first = charge_interest(date(2026, 12, 10), at=at(11, month=12))
    assert (first.bills, first.charges, first.amount_vnd) == (3, 3, 3 * 2_509)
    assert charge_interest(date(2026, 12, 10), at=at(11, month=12)).charges == 0
    again = charge_interest(date(2026, 12, 30), at=at(30, month=12))
    assert again.amount_vnd == 3 * 1_672
    assert charge_interest(date(2026, 12, 20), at=at(30, month=12)).charges == 0
    with pytest.raises(RefusedError, match="not after 2026-12-30"):
        charge_interest(date(2026, 12, 31), at=at(30, month=12))
    books = balances()
    assert (books["131L.PB01"], books["515.PB01"]) == (2 * 4_181, -2 * 4_181)
    assert ledger.late_interest(agreement(1).pk, bill(1).pk) == 4_181
    assert owing(customer=agreement(1).customer.code).bills[0].amount_vnd == BILL  # type: ignore[union-attr]  # it owes


def test_interest_ends_with_the_payment_and_a_bill_paid_in_time_has_none() -> None:
    """Customer 1 pays on the due date, customer 2 a day late: 84 đồng."""
    pay(1, at(10, 9))
    pay(2, at(11, 9))
    charge_interest(date(2026, 12, 10), at=at(11, month=12))
    found = {one.bill_id: one.amount_vnd for one in InterestCharge.objects.all()}
    assert found == {bill(2).pk: 84, bill(3).pk: 2_509}


def test_interest_of_a_cancelled_bill_is_taken_back() -> None:
    charge_interest(date(2026, 12, 10), at=at(11, month=12))
    cancel(bill(3), on=date(2026, 12, 11))
    assert bill(3).state == BillState.CANCELLED
    taken_back = charge_interest(date(2026, 12, 12), at=at(12, month=12))
    assert taken_back.amount_vnd == 2 * (2_676 - 2_509) - 2_509  # 32 days: 2,675.99
    assert ledger.late_interest(agreement(3).pk, bill(3).pk) == 0


def test_a_debt_given_up_is_an_expense_with_its_interest_and_nobody_can_pay_it() -> None:
    charge_interest(date(2026, 12, 10), at=at(11, month=12))
    one = bill(1)
    decided("write_off", str(one.pk), {"document": "QĐ 12/2026"}, at(12, month=12))
    made = WriteOff.objects.get()
    assert (made.net_vnd, made.vat_vnd, made.interest_vnd) == (NET, VAT, 2_509)
    books = balances()
    assert books["642.PB01"] == BILL + 2_509
    assert (books["131.PB01"], books["131T.PB01"], books["131L.PB01"]) == (NET, VAT, 2_509)
    assert owing(customer=one.agreement.customer.code).bills == []  # type: ignore[union-attr]  # it is there
    asked = collecting.Asked(
        "T9", bytes(32), one.agreement.customer.code, [one.pk], [BILL], at(13, month=12), "app"
    )
    paid = collecting.pay(Partner.objects.get(code="P01").pk, asked, at=at(13, month=12))
    assert paid.answer == "ALREADY_PAID"
    row = ("P01", "T10", one.pk, one.agreement.customer.code, BILL, at(13, month=12), "counter")
    frame = pl.DataFrame([row], schema=REPORTED.columns, orient="row")
    report = post_payments(frame, at=at(13, month=12))
    assert (report.posted, report.rejected["rule"].to_list()) == (0, ["PAY-004"])
    assert charge_interest(date(2026, 12, 20), at=at(20, month=12)).charges == 2


def test_a_debt_is_given_up_once_and_only_when_it_is_overdue() -> None:
    one = bill(1)
    with pytest.raises(RefusedError, match="chưa quá hạn"):
        decided("write_off", str(one.pk), {"document": "QĐ 1"}, at(10))
    with pytest.raises(RefusedError, match="đang chờ duyệt"):  # the one above waits still
        decided("write_off", str(one.pk), {"document": "QĐ 1"}, at(12))
    pay(2, at(12))
    with pytest.raises(RefusedError, match="không còn nợ"):
        decided("write_off", str(bill(2).pk), {"document": "QĐ 1"}, at(13))


def test_a_debt_that_is_paid_after_the_proposal_is_not_given_up() -> None:
    hoa, minh = User.objects.get(username="hoa"), User.objects.get(username="minh")
    made = propose(
        "write_off", str(bill(1).pk), {"document": "QĐ 1"}, reason="x", user=hoa, at=at(12)
    )
    pay(1, at(13))
    with pytest.raises(RefusedError, match="đã thay đổi"):
        approve(made.pk, user=minh, at=at(14))
    with pytest.raises(RefusedError, match="quyền"):
        approve(made.pk, user=hoa, at=at(14))
    assert WriteOff.objects.count() == 0


def test_a_deposit_comes_from_a_transfer_pays_a_part_of_a_bill_and_goes_back() -> None:
    """1,000,000 in; 100,000 on the bill: VAT 7,408, amount 92,592; 900,000 back."""
    line, code = transfer(1_000_000), agreement(1).code
    use = {"use": "deposit", "amount_vnd": 1_000_000, "document": "HĐ 7"}
    decided("transfer_use", f"{line.pk}/{code}", use, at(2, month=12))
    assert held(agreement(1).pk) == 1_000_000
    assert balances()["344.PB01"] == -1_000_000
    part = {"move": "applied", "amount_vnd": 100_000, "bill": bill(1).pk, "document": "BB 1"}
    decided("deposit_use", code, part, at(3, month=12))
    books = balances()
    assert (books["131.PB01"], books["131T.PB01"]) == (2 * NET - 92_592, 2 * VAT - 7_408)
    back = {"move": "returned", "amount_vnd": 900_000, "document": "BB 2"}
    decided("deposit_use", code, back, at(4, month=12))
    assert held(agreement(1).pk) == 0
    assert balances()["3388"] == -900_000  # until the bank shows the transfer back
    row = (
        "P01",
        "T1",
        bill(1).pk,
        agreement(1).customer.code,
        BILL - 100_000,
        at(5, month=12),
        "x",
    )
    frame = pl.DataFrame([row], schema=REPORTED.columns, orient="row")
    assert post_payments(frame, at=at(5, month=12)).posted == 1
    assert owing(customer=agreement(1).customer.code).bills == []  # type: ignore[union-attr]  # it is there


def test_no_dong_of_a_transfer_or_a_deposit_is_used_twice() -> None:
    line = transfer(500_000)
    use = {"use": "deposit", "amount_vnd": 400_000, "document": "HĐ 7"}
    decided("transfer_use", f"{line.pk}/{agreement(1).code}", use, at(2, month=12))
    with pytest.raises(RefusedError, match=r"chỉ còn 100\.000 đ"):
        decided("transfer_use", f"{line.pk}/{agreement(2).code}", use, at(2, month=12))
    back = {"move": "returned", "amount_vnd": 400_001, "document": "BB"}
    with pytest.raises(RefusedError, match=r"400\.000 đ"):
        decided("deposit_use", agreement(1).code, back, at(3, month=12))


def test_interest_is_paid_by_a_transfer_and_not_more_than_is_owed() -> None:
    charge_interest(date(2026, 12, 10), at=at(11, month=12))
    line, subject = transfer(5_000), f"{{}}/{agreement(1).code}"
    use = {"use": "interest", "amount_vnd": 2_510, "bill": bill(1).pk, "document": "GBC"}
    with pytest.raises(RefusedError, match=r"2\.509 đ"):
        decided("transfer_use", subject.format(line.pk), use, at(12, month=12))
    decided("transfer_use", subject.format(line.pk), {**use, "amount_vnd": 2_509}, at(12, month=12))
    assert ledger.late_interest(agreement(1).pk, bill(1).pk) == 0
    assert charge_interest(date(2026, 12, 10), at=at(12, month=12)).charges == 0


def test_a_run_closes_the_case_of_a_debt_that_was_given_up() -> None:
    run_day(at(11))
    decided("write_off", str(bill(1).pk), {"document": "QĐ 12"}, at(12))
    run_day(at(12, 9))
    assert steps(1) == [(11, "notice"), (12, "close")]
    assert Bill.objects.get(pk=bill(1).pk).state == BillState.ISSUED


def test_a_bill_whose_debt_was_given_up_is_not_cancelled_into_a_credit() -> None:
    decided("write_off", str(bill(1).pk), {"document": "QĐ 12"}, at(12))
    with pytest.raises(RefusedError, match="đã xử lý"):
        cancel(bill(1), on=date(2026, 11, 13))
    assert bill(1).state == BillState.ISSUED
