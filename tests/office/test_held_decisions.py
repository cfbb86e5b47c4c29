"""Decisions on held bills: read again, estimate, cancel, and the second person's signature."""

from datetime import date

import pytest

from congto.office.billing.choices import BillState, HoldState, Signer
from congto.office.billing.held_decisions import ask_for_reading, cancel_held, estimate_held
from congto.office.billing.models import Bill, BillHold, BillLine, Issuance
from congto.office.control.models import AuditEntry, Proposal
from congto.office.control.operations import approve, propose
from congto.office.customers.models import PriceAssignment
from congto.office.ledger.models import Posting
from congto.office.meterdata.models import Usage
from congto.vocabulary.errors import InvalidInputError, RefusedError
from world_billing import AT, cycles_before, held_world

DAY = date(2026, 11, 5)


@pytest.fixture
def world(db):
    world = held_world()
    # September, August, July: 135 + 155 + 124 = 414 kWh in 92 days; June is too old to count.
    cycles_before(world.household_bill, 135, 155, 124, 3)
    return world


@pytest.fixture
def clerk(world):
    return world.person("clerk", "clerk", world.district)


@pytest.fixture
def manager(world):
    return world.person("manager", "manager", world.root)


def state_of(bill):
    return BillState(Bill.objects.get(pk=bill.pk).state)


def test_a_bill_read_again_stays_held(world, clerk):
    ask_for_reading(world.household_bill.pk, user=clerk, reason="Chỉ số ghi sai", at=AT)
    assert state_of(world.household_bill) == BillState.HELD
    hold = BillHold.objects.get(bill=world.household_bill)
    assert (hold.state, hold.decided_by, hold.reason) == (
        HoldState.REREAD,
        clerk,
        "Chỉ số ghi sai",
    )
    with pytest.raises(RefusedError, match="đã được yêu cầu đọc lại"):
        ask_for_reading(world.household_bill.pk, user=clerk, reason="Lần nữa", at=AT)
    assert AuditEntry.objects.filter(operation="bill.reread").count() == 1


def test_a_held_bill_is_cancelled_without_a_trace_in_the_ledger(world, clerk):
    cancel_held(world.household_bill.pk, user=clerk, reason="Áp giá sai", at=AT)
    assert state_of(world.household_bill) == BillState.CANCELLED
    assert not Posting.objects.exists()
    with pytest.raises(RefusedError, match="trạng thái"):
        cancel_held(world.household_bill.pk, user=clerk, reason="Lần nữa", at=AT)


def test_an_estimate_is_billed_in_place_of_the_held_bill(world, clerk):
    old = world.household_bill
    new = estimate_held(old.pk, user=clerk, reason="Công tơ dừng", at=AT, issued_on=DAY)
    # 414 / 92 x 31 = 139.5 -> 140 kWh: 50 x 1984 + 50 x 2050 + 40 x 2380 = 296,900;
    # VAT 8 % 23,752; 320,652
    assert (new.energy_wh, new.net_vnd, new.vat_vnd, new.gross_vnd) == (
        140_000,
        296_900,
        23_752,
        320_652,
    )
    amounts = BillLine.objects.filter(bill=new).order_by("line_no").values_list("amount_vnd")
    assert [amount for (amount,) in amounts] == [99_200, 102_500, 95_200]
    assert (new.version, new.state, new.issued_on) == (2, BillState.ISSUED, DAY)
    assert state_of(old) == BillState.CANCELLED
    assert BillHold.objects.get(bill=old).state == HoldState.ESTIMATED
    usage = Usage.objects.filter(agreement=old.agreement, period_from=old.period_from).last()
    assert (usage.version, usage.energy_wh, usage.quality) == (2, 140_000, 3)
    issued = Issuance.objects.get()
    assert (issued.bills, issued.net_vnd, issued.vat_vnd) == (1, 296_900, 23_752)
    assert sum(Posting.objects.filter(item=new.pk).values_list("amount_vnd", flat=True)) == 320_652


def test_an_estimate_needs_three_periods_and_one_price(world, clerk):
    BillHold.objects.filter(bill=world.bakery_bill).update(signer=Signer.CLERK)
    with pytest.raises(RefusedError, match="dùng ba giá"):
        estimate_held(world.bakery_bill.pk, user=clerk, reason="x", at=AT, issued_on=DAY)
    Usage.objects.filter(period_from__lt=date(2026, 8, 1)).delete()
    with pytest.raises(RefusedError, match="Chỉ biết 2 kỳ trước"):
        estimate_held(world.household_bill.pk, user=clerk, reason="x", at=AT, issued_on=DAY)
    PriceAssignment.objects.filter(agreement=world.household_bill.agreement).delete()
    with pytest.raises(RefusedError, match="đổi giá trong kỳ"):
        estimate_held(world.household_bill.pk, user=clerk, reason="x", at=AT, issued_on=DAY)
    assert state_of(world.household_bill) == BillState.HELD
    assert not Usage.objects.filter(version__gt=1).exists()


def test_every_decision_needs_a_reason_and_the_right(world, clerk):
    number = world.household_bill.pk
    stranger = world.person("stranger", "clerk", world.other)
    for decide in (ask_for_reading, cancel_held):
        with pytest.raises(InvalidInputError, match="Thiếu lý do"):
            decide(number, user=clerk, reason=" ", at=AT)
        with pytest.raises(RefusedError, match="không có quyền"):
            decide(number, user=stranger, reason="x", at=AT)
    with pytest.raises(RefusedError, match="không có quyền"):
        estimate_held(number, user=stranger, reason="x", at=AT, issued_on=DAY)
    assert state_of(world.household_bill) == BillState.HELD


def test_above_a_clerk_s_signature_one_person_decides_nothing(world, clerk):
    number = world.bakery_bill.pk
    with pytest.raises(RefusedError, match="cần trưởng phòng ký"):
        cancel_held(number, user=clerk, reason="x", at=AT)
    with pytest.raises(RefusedError, match="cần trưởng phòng ký"):
        estimate_held(number, user=clerk, reason="x", at=AT, issued_on=DAY)


def proposed(world, clerk, state):
    return propose(
        "bill_release",
        str(world.bakery_bill.pk),
        {"state": state},
        reason="Đúng",
        user=clerk,
        at=AT,
    )


def test_a_second_person_issues_the_bill(world, clerk, manager):
    proposal = proposed(world, clerk, "ISSUED")
    assert state_of(world.bakery_bill) == BillState.HELD
    approve(proposal.pk, user=manager, at=AT)
    bill = Bill.objects.get(pk=world.bakery_bill.pk)
    assert (bill.state, bill.issued_on) == (BillState.ISSUED, date(2026, 11, 3))
    assert BillHold.objects.get(bill=bill).state == HoldState.RELEASED
    assert Issuance.objects.get().net_vnd == 5_279_382


def test_a_second_person_cancels_the_bill(world, clerk, manager):
    approve(proposed(world, clerk, "CANCELLED").pk, user=manager, at=AT)
    assert state_of(world.bakery_bill) == BillState.CANCELLED
    assert not Issuance.objects.exists()


def test_a_proposal_made_old_by_a_change_is_refused(world, clerk, manager):
    proposal = proposed(world, clerk, "ISSUED")
    Bill.objects.filter(pk=world.bakery_bill.pk).update(state=BillState.CANCELLED)
    with pytest.raises(RefusedError, match="đã thay đổi từ khi lập đề nghị"):
        approve(proposal.pk, user=manager, at=AT)
    with pytest.raises(RefusedError, match="không còn treo"):
        propose(
            "bill_release",
            str(world.bakery_bill.pk),
            {"state": "ISSUED"},
            reason="x",
            user=world.person("other", "clerk", world.district),
            at=AT,
        )
    with pytest.raises(InvalidInputError, match="phát hành hoặc hủy"):
        propose(
            "bill_release",
            str(world.household_bill.pk),
            {"state": "READY"},
            reason="x",
            user=clerk,
            at=AT,
        )
    assert Proposal.objects.count() == 1
