"""What people decide about held bills: each once, with its reason, by those who may."""

from __future__ import annotations

from datetime import date

import pytest

from congto.office.billing import decisions, held_decisions, hold_rules, ready, rerate
from congto.office.billing.choices import BillState, HoldState, Signer
from congto.office.billing.models import Bill, BillHold, BillLine, InvoiceSeries, Issuance
from congto.office.control.choices import ProposalState, Role
from congto.office.control.models import AuditEntry, FindingRecord
from congto.office.control.operations import approve, propose
from congto.office.ledger import queries as ledger
from congto.office.meters.models import UsagePoint
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import RefusedError
from small_utility import House, build
from world_months import AT, OCTOBER, TODAY, bill_of, months_of, person, run, use

pytestmark = pytest.mark.usefixtures("books")

BY = {"reason": "đã xem ảnh công tơ", "at": AT}
# July, August, September of 100 kWh have 31, 31, 30 days: 3,225; 3,225; 3,333 Wh a day, mean 3,261.
JUMP = 500  # 16,129 Wh a day in October: 4.9 times, the head signs
SMALL_JUMP = 330  # 10,645 Wh a day: 3.2 times, the team leader signs


def held(kwh: int) -> Bill:
    bill = months_of(100, kwh)
    assert bill.state == BillState.HELD
    return bill


def clerk_may_sign(bill: Bill) -> None:
    """Make the hold one that a clerk may sign alone."""
    BillHold.objects.filter(bill=bill).update(signer=Signer.CLERK)


def test_a_clerk_releases_what_a_clerk_may_sign_and_the_bill_takes_its_number() -> None:
    bill = held(JUMP)
    clerk_may_sign(bill)
    clerk = person("clerk", Role.CLERK, "PB01")
    released = decisions.release(bill.pk, user=clerk, issued_on=TODAY, **BY)
    assert (released.state, released.issued_on, released.invoice_no) == (
        BillState.ISSUED, TODAY, 4,
    )  # fmt: skip
    assert sum(ledger.receivable(bill.agreement_id, [bill.pk]).values()) == bill.gross_vnd
    hold = BillHold.objects.get()
    assert (hold.state, hold.decided_by, hold.reason) == (HoldState.RELEASED, clerk, BY["reason"])
    entry = AuditEntry.objects.get(operation="bill.release")
    assert (entry.user, entry.unit.code, entry.after["invoice_no"]) == (clerk, "PB01", 4)


def test_who_comes_second_is_told_what_the_bill_is_now() -> None:
    bill = held(JUMP)
    clerk_may_sign(bill)
    clerk = person("clerk", Role.CLERK, "PB01")
    first = decisions.release(bill.pk, user=clerk, issued_on=TODAY, key="k1", **BY)
    again = decisions.release(bill.pk, user=clerk, issued_on=TODAY, key="k1", **BY)
    assert again.invoice_no == first.invoice_no
    with pytest.raises(RefusedError, match="“Đã phát hành”; expected Treo chờ kiểm tra"):
        decisions.release(bill.pk, user=clerk, issued_on=TODAY, **BY)
    assert InvoiceSeries.objects.get().next_no == 5


def test_above_a_clerk_a_manager_of_the_unit_approves() -> None:
    bill = held(JUMP)
    assert decisions.signer_needed(bill.pk) == Signer.HEAD
    clerk = person("clerk", Role.CLERK, "PB01")
    with pytest.raises(RefusedError, match="cần trưởng phòng ký"):
        decisions.release(bill.pk, user=clerk, issued_on=TODAY, **BY)
    made = propose("bill_release", str(bill.pk), {"state": "ISSUED"}, user=clerk, **BY)
    assert (made.before["holds"], made.after["state"]) == (["BIL-102"], "ISSUED")
    manager = person("manager", Role.MANAGER, "PB01")
    assert approve(made.pk, user=manager, at=AT).state == ProposalState.APPROVED
    bill.refresh_from_db()
    assert (bill.state, bill.invoice_no, bill.issued_on) == (BillState.ISSUED, 4, TODAY)
    assert sum(ledger.receivable(bill.agreement_id, [bill.pk]).values()) == bill.gross_vnd


def test_what_a_director_signs_is_approved_in_the_company() -> None:
    bill = held(1200)  # 38,709 Wh a day: 11.8 times
    assert decisions.signer_needed(bill.pk) == Signer.DIRECTOR
    clerk = person("clerk", Role.CLERK, "PB01")
    made = propose("bill_release", str(bill.pk), {"state": "ISSUED"}, user=clerk, **BY)
    with pytest.raises(RefusedError, match="không có quyền duyệt đề nghị tại Công ty"):
        approve(made.pk, user=person("district", Role.MANAGER, "PB01"), at=AT)
    approve(made.pk, user=person("company", Role.MANAGER, "PBC"), at=AT)
    assert bill_of(1, OCTOBER).state == BillState.ISSUED


def test_a_release_is_refused_when_the_bill_was_rated_again_meanwhile() -> None:
    bill = held(JUMP)
    clerk = person("clerk", Role.CLERK, "PB01")
    made = propose("bill_release", str(bill.pk), {"state": "ISSUED"}, user=clerk, **BY)
    use(1, OCTOBER, SMALL_JUMP)
    rerate.rerate(bill.pk, user=clerk, issued_on=TODAY, **BY)
    with pytest.raises(RefusedError, match="đã thay đổi từ khi lập đề nghị"):
        approve(made.pk, user=person("manager", Role.MANAGER, "PB01"), at=AT)
    assert bill_of(1, OCTOBER).state == BillState.HELD


def test_rating_again_takes_the_newest_usage_and_judges_it_anew() -> None:
    bill = held(JUMP)
    clerk = person("clerk", Role.CLERK, "PB01")
    use(1, OCTOBER, SMALL_JUMP)
    again = rerate.rerate(bill.pk, user=clerk, issued_on=TODAY, **BY)
    assert (again.pk, again.state, again.energy_wh, again.invoice_no) == (
        bill.pk, BillState.HELD, 330_000, None,
    )  # fmt: skip
    assert BillHold.objects.get().signer == Signer.TEAM_LEADER
    # 50 x 1984 + 50 x 2050 + 100 x 2380 + 100 x 2998 + 30 x 3350 (1279/QĐ-BCT); VAT 8 %
    assert (again.net_vnd, again.vat_vnd) == (840_000, 67_200)
    assert BillLine.objects.filter(bill=bill).count() == 5

    use(1, OCTOBER, 134)
    done = rerate.rerate(bill.pk, user=clerk, issued_on=TODAY, **BY)
    assert (done.state, done.net_vnd, done.invoice_no) == (BillState.ISSUED, 282_620, 4)
    assert BillHold.objects.get().state == HoldState.REPLACED
    assert sum(ledger.receivable(bill.agreement_id, [bill.pk]).values()) == 305_230
    with pytest.raises(RefusedError, match="Đã phát hành"):
        rerate.rerate(bill.pk, user=clerk, issued_on=TODAY, **BY)


def test_rating_again_equals_what_the_run_wrote() -> None:
    bill = held(JUMP)
    before = Bill.objects.values().get(pk=bill.pk)
    lines = list(BillLine.objects.filter(bill=bill).values())
    holds = list(BillHold.objects.filter(bill=bill).values())
    clerk = person("clerk", Role.CLERK, "PB01")
    rerate.rerate(bill.pk, user=clerk, issued_on=TODAY, **BY)
    assert Bill.objects.values().get(pk=bill.pk) == before
    assert list(BillLine.objects.filter(bill=bill).values()) == lines
    assert list(BillHold.objects.filter(bill=bill).values()) == holds


def test_another_reading_is_asked_of_every_point_until_the_bill_is_rated_again() -> None:
    bill = held(JUMP)
    unit = Unit.objects.get(code="PB01")
    element = NetworkElement.objects.create(
        code="T1", name="Trạm", kind="transformer", unit=unit, nominal_kv=0.4
    )
    UsagePoint.objects.create(
        code="P1", kind="customer", agreement=bill.agreement, element=element, unit=unit
    )
    clerk = person("clerk", Role.CLERK, "PB01")
    held_decisions.ask_for_reading(bill.pk, user=clerk, **BY)
    finding = FindingRecord.objects.get(rule="BIL-301")
    assert (finding.subject, finding.state, finding.period_from) == ("P1", "open", OCTOBER.start)
    assert bill_of(1, OCTOBER).state == BillState.HELD
    assert decisions.signer_needed(bill.pk) == Signer.HEAD
    with pytest.raises(RefusedError, match="đã được yêu cầu đọc lại"):
        held_decisions.ask_for_reading(bill.pk, user=clerk, **BY)
    use(1, OCTOBER, 120)
    rerate.rerate(bill.pk, user=clerk, issued_on=TODAY, **BY)
    finding.refresh_from_db()
    assert finding.state == "closed"
    assert bill_of(1, OCTOBER).state == BillState.ISSUED


def test_what_a_run_left_ready_is_issued_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    build(
        *(House(number, 100 + number) for number in range(1, 6)),
        House(9, 70, unit="PB02", book="B1"),
    )
    run(OCTOBER, issue=False)
    assert set(Bill.objects.values_list("state", flat=True)) == {BillState.READY}
    monkeypatch.setattr(ready, "SLICE", 2)
    day = date(2026, 11, 9)
    run_id = Bill.objects.first().run_id
    south = person("south", Role.ACCOUNTANT, "PB02")
    with pytest.raises(RefusedError, match="không có quyền chạy tác vụ nền tại Điện lực PB01"):
        ready.issue_ready(run_id, user=south, at=AT, issued_on=day)
    user = person("accountant", Role.ACCOUNTANT, "PBC")
    assert ready.issue_ready(run_id, user=user, at=AT, issued_on=day) == 6
    numbers = Bill.objects.order_by("invoice_no").values_list("invoice_no", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]
    assert list(Issuance.objects.order_by("pk").values_list("bills", "first_no")) == [
        (2, 1), (2, 3), (1, 5), (1, 6),
    ]  # fmt: skip
    assert ledger.total() == 0
    assert ledger.unbalanced_journals() == []
    assert AuditEntry.objects.filter(operation="bill.issue_ready", user=user).count() == 4
    assert ready.issue_ready(run_id, user=user, at=AT, issued_on=day) == 0


def test_rules_in_force_are_those_of_the_runs_period() -> None:
    held(JUMP)
    assert {one.rule for one in hold_rules.rules_on(OCTOBER.end)} >= {"BIL-101", "BIL-204"}
