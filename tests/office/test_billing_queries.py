"""What the console asks about held bills, versions and late usage."""

from __future__ import annotations

import pytest

from congto.office.billing import decisions
from congto.office.billing.choices import Signer
from congto.office.billing.queries import (
    held_bill,
    held_bills,
    hold_counts,
    rebill_candidates,
    versions_of,
)
from congto.office.control.choices import Role
from congto.office.control.operations import propose
from congto.office.control.queries import Scope, scope_of
from congto.office.meterdata.models import RegisterReading
from congto.office.meters.models import Meter, UsagePoint
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from world_billing import AT, MONTHS, OCTOBER, bill_of, months_of, person, use

pytestmark = pytest.mark.usefixtures("books")


def test_the_queue_counts_and_shows_only_what_the_scope_has() -> None:
    bill = months_of(100, 500)
    clerk = person("clerk", Role.CLERK, "PB01")
    stranger = person("stranger", Role.CLERK, "PB02")
    assert [one.pk for one in held_bills(scope_of(clerk))] == [bill.pk]
    assert [one.rule for one in held_bills(scope_of(clerk))[0].waiting] == ["BIL-102"]
    assert not held_bills(scope_of(clerk), rule="BIL-101").exists()
    assert not held_bills(scope_of(stranger)).exists()
    assert held_bill(bill.pk, scope_of(stranger), stranger) is None
    (count,) = hold_counts(scope_of(clerk))
    assert (count.rule, count.unit, count.bills, count.reread) == (
        "BIL-102", "Điện lực PB01", 1, 0,
    )  # fmt: skip
    decisions.reread(bill.pk, user=clerk, reason="mờ", at=AT)
    assert [one.reread for one in hold_counts(scope_of(clerk))] == [1]
    north = Unit.objects.get(code="PB01")
    assert [one.pk for one in held_bills(Scope.everything(), unit=north)] == [bill.pk]


def test_one_held_bill_shows_both_sides_the_bars_and_the_buttons() -> None:
    bill = months_of(100, 500)
    clerk = person("clerk", Role.CLERK, "PB01")
    dial(bill)
    view = held_bill(bill.pk, scope_of(clerk), clerk)
    assert view is not None
    this, against = view.rows
    assert (this.period, this.energy_wh, this.day_wh) == (OCTOBER, 500_000, 16_129)
    assert [(one.old_wh, one.new_wh) for one in this.dials] == [(1_000_000, 1_500_000)]
    # 3,333 + 3,225 + 3,225 Wh a day, cut: 3,261
    assert (against.label, against.day_wh) == ("Bình quân 3 kỳ trước", 3_261)
    assert view.bars == [3_225, 3_225, 3_333, 16_129]
    assert (view.signer, view.previous.period_from) == (Signer.HEAD, MONTHS[-1].start)
    buttons = {one.name: one for one in view.choices}
    assert list(buttons) == ["propose_release", "reread", "estimate", "rerate", "cancel"]
    assert all(one.allowed for one in view.choices)
    assert buttons["estimate"].effect == (
        "Tính theo 101 kWh: bình quân ngày của 3 kỳ trước × 31 ngày"
    )
    assert buttons["rerate"].effect == "Tính lại theo áp giá hiện có; sản lượng không đổi"


def test_buttons_say_why_they_cannot_be_pressed() -> None:
    bill = months_of(100, 500)
    clerk = person("clerk", Role.CLERK, "PB01")
    viewer = person("viewer", Role.ANALYST, "PB01")
    view = held_bill(bill.pk, scope_of(viewer), viewer)
    assert not any(one.allowed for one in view.choices)
    propose("bill_release", str(bill.pk), {}, reason="đã xem", user=clerk, at=AT)
    decisions.reread(bill.pk, user=clerk, reason="mờ", at=AT)
    use(1, OCTOBER, 134)
    view = held_bill(bill.pk, scope_of(clerk), clerk)
    refusals = {one.name: one.refusal for one in view.choices if not one.allowed}
    assert refusals == {
        "propose_release": "đã có đề nghị đang chờ duyệt",
        "reread": "đã yêu cầu đọc lại, chờ chỉ số mới",
    }
    assert "Tính lại theo sản lượng mới: 500 kWh → 134 kWh" in [o.effect for o in view.choices]


def test_late_usage_makes_a_candidate_and_changes_nothing() -> None:
    bill = months_of(100, 120)
    everything = Scope.everything()
    assert rebill_candidates(everything, OCTOBER) == []
    use(1, OCTOBER, 121)  # 1 kWh of 120 is 0.83 %: below one percent
    assert rebill_candidates(everything, OCTOBER) == []
    use(1, OCTOBER, 110)
    (one,) = rebill_candidates(everything, OCTOBER)
    assert (one.bill_id, one.billed_wh, one.usage_wh, one.difference_wh, one.version) == (
        bill.pk, 120_000, 110_000, -10_000, 3,
    )  # fmt: skip
    assert rebill_candidates(everything, OCTOBER, least_wh=10_001) == []
    assert rebill_candidates(Scope.nothing(), OCTOBER) == []
    assert [one.energy_wh for one in versions_of(bill.agreement_id, OCTOBER.start, everything)] == [
        120_000
    ]
    assert versions_of(bill.agreement_id, OCTOBER.start, Scope.nothing()) == []


def dial(bill: object) -> None:
    """Hang a meter and read it at both ends of October: 1,000 and 1,500 kWh."""
    unit = Unit.objects.get(code="PB01")
    element = NetworkElement.objects.create(
        code="T1", name="Trạm", kind="transformer", unit=unit, nominal_kv=0.4
    )
    point = UsagePoint.objects.create(
        code="P1", kind="customer", agreement=bill.agreement, element=element, unit=unit
    )
    meter = Meter.objects.create(serial="M1", dial_digits=5, decimals=1)
    for day, index in ((OCTOBER.start, 1_000_000), (OCTOBER.end, 1_500_000)):
        RegisterReading.objects.create(
            usage_point=point, meter=meter, register=0, read_on=day, index_wh=index, quality=7,
            source=0, known_at=AT,
        )  # fmt: skip
    assert bill_of(1, OCTOBER).pk == bill.pk
