"""Credits in suspense: what their text makes certain, what a person decides; figures by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from django.contrib.auth.models import User

from congto.office.billing import operations as billing
from congto.office.billing.models import Bill
from congto.office.control.models import FindingRecord
from congto.office.ledger import queries as ledger
from congto.office.ledger.models import Account
from congto.office.payments import operations as payments
from congto.office.payments.models import Partner, Payment, Quota, QuotaEntry
from congto.office.settlement import operations
from congto.office.settlement.deciding import confirm, reject, split
from congto.office.settlement.explaining import explain
from congto.office.settlement.models import BankStatementLine, MatchProposal
from congto.reference.vn import price_book
from congto.vocabulary.errors import RefusedError
from small_utility import AT, ISSUED, MONTH, House, build

DAY = date(2026, 11, 5)
WHOLE = 305_230  # 134 kWh: worked out in tests/office/test_payments.py


@pytest.fixture
def billed(books: str) -> list[Bill]:
    """Three customers owe 305,230 each; partner P01 has the account 0001."""
    build(House(1, 134), House(2, 134), House(3, 134))
    billing.sync_price_decisions(price_book())
    billing.run_billing(MONTH, at=AT, issued_on=ISSUED)
    payments.load_partners(
        [{"code": "P01", "name": "Ngân hàng Một", "kind": "bank", "bank_account": "0001"}]
    )
    return list(Bill.objects.order_by("agreement__code"))


@pytest.fixture
def clerk(billed: list[Bill]) -> User:
    return User.objects.create(username="lan")


def came(*lines: tuple[int, str]) -> None:
    rows = [("0001", DAY, amount, "", text) for amount, text in lines]
    operations.import_statement(
        pl.DataFrame(rows, schema=operations.STATEMENT.columns, orient="row"), at=AT
    )


def code(bill: Bill) -> str:
    return bill.agreement.customer.code


def invoice(bill: Bill) -> str:
    return f"{bill.series.symbol}-{bill.invoice_no}"


def balance(account: str) -> int:
    return ledger.balance(Account.objects.get(code=account), day=date(2027, 1, 1))


def test_a_transfer_that_names_an_invoice_pays_it_and_leaves_suspense(billed: list[Bill]) -> None:
    came((WHOLE, f"tt tiền điện {invoice(billed[0])} cảm ơn"))
    assert balance("3388") == -WHOLE
    report = explain(at=AT)
    assert (report.looked_at, report.cleared, report.proposals) == (1, 1, 0)
    payment = Payment.objects.get()
    assert (payment.bill_id, payment.amount_vnd, payment.accounting_date) == (
        billed[0].pk, WHOLE, DAY,
    )  # fmt: skip
    line = BankStatementLine.objects.get()
    assert (line.state, line.partner.code, line.day) == ("customer", "TRANSFER", DAY)
    assert balance("3388") == balance("1388.TRANSFER") == 0
    assert balance("112.0001") == WHOLE
    assert ledger.total() == 0
    assert not FindingRecord.objects.filter(rule="STL-004", state="open").exists()
    # The day of transfers closes like a partner's.
    assert operations.close_days(DAY, date(2026, 11, 6), at=AT).closed == 1


def test_explaining_again_does_nothing(billed: list[Bill]) -> None:
    came((WHOLE, code(billed[0])), (WHOLE, "luong thang 11"))
    assert explain(at=AT).cleared == 1
    again = explain(at=AT)
    assert (again.looked_at, again.cleared, again.proposals) == (1, 0, 0)
    assert Payment.objects.count() == 1
    assert balance("3388") == -WHOLE


def test_two_lines_that_claim_one_bill_are_both_proposed_and_one_can_be_confirmed(
    billed: list[Bill], clerk: User
) -> None:
    came((WHOLE, f"A {code(billed[0])}"), (WHOLE, f"B {code(billed[0])}"))
    assert explain(at=AT).cleared == 0
    first, second = MatchProposal.objects.order_by("lines")
    assert first.bills == second.bills == [billed[0].pk]
    confirm(first.pk, user=clerk, at=AT)
    second.refresh_from_db()
    assert second.state == "stale"
    assert balance("3388") == -WHOLE
    with pytest.raises(RefusedError, match="đã được quyết định"):
        confirm(first.pk, user=clerk, at=AT)
    assert Payment.objects.count() == 1


def test_several_customers_in_one_text_are_asked_about_and_paid_by_one_line(
    billed: list[Bill], clerk: User
) -> None:
    came((2 * WHOLE, f"{code(billed[0])} va {code(billed[1])}"))
    assert explain(at=AT).cleared == 0
    proposal = MatchProposal.objects.get()
    assert sorted(proposal.bills) == sorted([billed[0].pk, billed[1].pk])
    confirm(proposal.pk, user=clerk, at=AT)
    assert Payment.objects.count() == 2
    assert balance("3388") == balance("1388.TRANSFER") == 0
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("confirmed", clerk)


def test_two_lines_pay_one_bill_together(billed: list[Bill], clerk: User) -> None:
    came((305_000, code(billed[0])), (230, f"con lai {code(billed[0])}"))
    assert explain(at=AT).cleared == 0
    proposal = MatchProposal.objects.get()
    assert len(proposal.lines) == 2
    confirm(proposal.pk, user=clerk, at=AT)
    assert Payment.objects.get().amount_vnd == WHOLE
    assert balance("3388") == balance("1388.TRANSFER") == 0


def test_what_was_rejected_is_not_proposed_again(billed: list[Bill], clerk: User) -> None:
    came((2 * WHOLE, f"{code(billed[0])} va {code(billed[1])}"))
    explain(at=AT)
    reject(MatchProposal.objects.get().pk, user=clerk, at=AT)
    assert explain(at=AT).proposals == 0
    assert MatchProposal.objects.get().state == "rejected"
    assert Payment.objects.count() == 0


def test_an_amount_without_a_code_is_never_proposed(billed: list[Bill]) -> None:
    came((WHOLE, "chuyen tien"))
    report = explain(at=AT)
    assert (report.cleared, report.proposals) == (0, 0)


def test_a_person_names_the_invoices_of_a_line(billed: list[Bill], clerk: User) -> None:
    came((2 * WHOLE, "tien dien hai nha"))
    line = BankStatementLine.objects.get().pk
    with pytest.raises(RefusedError, match="610460"):
        split(line, [invoice(billed[0])], user=clerk, at=AT)
    with pytest.raises(RefusedError, match="X-1"):
        split(line, ["X-1"], user=clerk, at=AT)
    assert balance("3388") == -2 * WHOLE
    split(line, [invoice(billed[0]), invoice(billed[2])], user=clerk, at=AT)
    assert set(Payment.objects.values_list("bill", flat=True)) == {billed[0].pk, billed[2].pk}
    assert balance("3388") == 0


def test_a_bill_paid_meanwhile_keeps_the_line_in_suspense(billed: list[Bill], clerk: User) -> None:
    came((2 * WHOLE, f"{code(billed[0])} va {code(billed[1])}"))
    explain(at=AT)
    came((WHOLE, invoice(billed[0])))
    assert explain(at=AT).cleared == 1
    assert MatchProposal.objects.exclude(state="stale").count() == 0
    assert balance("3388") == -2 * WHOLE


def test_a_partners_day_inside_a_text_is_its_money_and_gives_quota_back_once(
    billed: list[Bill], clerk: User
) -> None:
    partner = Partner.objects.get(code="P01")
    Quota.objects.create(partner=partner, limit_vnd=1_000_000, posted_vnd=WHOLE)
    frame = pl.DataFrame(
        [("P01", "T1", billed[0].pk, code(billed[0]), WHOLE, AT, "app")],
        schema=payments.REPORTED.columns,
        orient="row",
    )
    assert payments.post_payments(frame, at=AT).posted == 1
    day = Payment.objects.get().accounting_date
    came((WHOLE, f"NH MOT NOP TIEN P01-{day:%Y%m%d} LO 3"))
    assert explain(at=AT).cleared == 1
    explain(at=AT)
    assert balance("1388.P01") == balance("3388") == 0
    assert QuotaEntry.objects.get().amount_vnd == WHOLE
    assert Quota.objects.get().credited_vnd == WHOLE
    line = BankStatementLine.objects.get()
    assert (line.state, line.partner, line.day) == ("partner", partner, day)
