"""Reading held bills: the queue, one bill with everything a decision needs, and the buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db.models import Count, Prefetch
from django.utils.translation import gettext as _

from congto.office.billing.choices import BillKind, BillState, HoldState, Signer
from congto.office.billing.decisions import WAITING
from congto.office.billing.estimates import estimated_energy
from congto.office.billing.models import Bill, BillHold
from congto.office.billing.rating import OF_BOOK, completed
from congto.office.control import queries as control
from congto.office.control.permissions import Action, may
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.storage.rows import read_here
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.format_vi import kwh
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.office.organisation.models import Unit

    Person = AbstractBaseUser | AnonymousUser


def held_bills(scope: Scope, rule: str | None = None, unit: Unit | None = None) -> QuerySet[Bill]:
    """Return the held bills of the scope, oldest first, with customer, unit and waiting holds.

    `waiting` on each bill lists its holds that still wait; `rule` keeps the bills that it stops.
    """
    # The first condition is that of the index of bills not issued.
    bills: QuerySet[Bill] = control.rows("billing.Bill", scope).filter(
        state__lt=BillState.ISSUED, state=BillState.HELD
    )
    if unit is not None:
        bills = bills.filter(unit__in=control.unit_ids(scope.narrowed(unit)))
    if rule:
        bills = bills.filter(holds__rule=rule, holds__state__in=WAITING)
    holds = Prefetch(
        "holds", BillHold.objects.filter(state__in=WAITING).order_by("rule"), to_attr="waiting"
    )
    return (
        bills.select_related("agreement__customer", "unit").prefetch_related(holds).order_by("id")
    )


@dataclass(frozen=True, slots=True)
class HoldCount:
    """How many bills a rule holds in a unit; a bill of two rules counts at each."""

    rule: str
    unit_id: int
    unit: str
    bills: int
    reread: int


def hold_counts(scope: Scope) -> list[HoldCount]:
    """Return the waiting holds of the scope by rule and unit."""
    bills = held_bills(scope).order_by().values("pk")
    rows = (
        BillHold.objects.filter(state__in=WAITING, bill__in=bills)
        .values("rule", "state", "bill__unit_id", "bill__unit__name")
        .annotate(bills=Count("pk"))
    )
    counts: dict[tuple[str, int, str], list[int]] = {}
    for row in rows:
        key = (row["rule"], row["bill__unit_id"], row["bill__unit__name"])
        sums = counts.setdefault(key, [0, 0])
        sums[0] += row["bills"]
        sums[1] += row["bills"] if row["state"] == HoldState.REREAD else 0
    return [HoldCount(*key, *sums) for key, sums in sorted(counts.items())]


@dataclass(frozen=True, slots=True)
class DialPair:
    """A register of one meter at both ends of a period, as the dial shows it, in Wh."""

    meter: str
    register: str
    old_wh: int | None
    new_wh: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a comparison: a period, or a mean or median that stands for several.

    Attributes:
        period: None for a mean or median.
        energy_wh: None where only the use a day is known.
        day_wh: Wh a day, cut to whole Wh.
    """

    label: str
    period: Period | None
    energy_wh: int | None
    day_wh: int
    dials: tuple[DialPair, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: what it would do, and whether this person may press it now.

    Attributes:
        name: release, propose_release, reread, estimate, rerate or cancel.
        effect: one sentence on what would happen.
        refusal: why it cannot be pressed; empty when it can.
    """

    name: str
    effect: str
    refusal: str = ""

    @property
    def allowed(self) -> bool:
        """Tell whether it can be pressed."""
        return not self.refusal


@dataclass(frozen=True, slots=True)
class HeldBill:
    """A held bill with everything that a decision needs.

    Attributes:
        holds: all of its holds, those that wait first.
        rows: this period and what the first hold compared it with.
        bars: Wh a day of this period and of up to 13 before, oldest first; None: not known.
        previous: the bill before it, if any.
        choices: the buttons in their order.
    """

    bill: Bill
    holds: list[BillHold]
    signer: Signer
    rows: tuple[Compared, Compared] | tuple[Compared]
    bars: list[int]
    previous: Bill | None
    choices: list[Choice]


def held_bill(bill_id: int, scope: Scope, user: Person) -> HeldBill | None:
    """Return one held bill of the scope, or None: released, cancelled or not there."""
    bill = held_bills(scope).select_related("run").filter(pk=bill_id).first()
    if bill is None:
        return None
    holds = sorted(bill.holds.all(), key=lambda one: (one.state not in WAITING, one.rule))
    previous = _previous(bill)
    this = _period_row(bill, _("Kỳ này"))
    against = _against(bill, holds[0] if holds else None, previous)
    return HeldBill(
        bill=bill,
        holds=holds,
        signer=_level(holds),
        rows=(this, against) if against else (this,),
        bars=[*reversed(bill.past_day_wh), this.day_wh],
        previous=previous,
        choices=choices(bill, holds, user),
    )


def _previous(bill: Bill) -> Bill | None:
    """Return the agreement's last bill before this one that counts."""
    return (
        Bill.objects.filter(
            agreement=bill.agreement_id,
            period_from__lt=bill.period_from,
            state__gte=BillState.HELD,
            state__lte=BillState.PENDING_CANCEL,
        )
        .exclude(kind=BillKind.ADJUSTMENT)
        .order_by("-period_from", "-version")
        .first()
    )


def _period_row(bill: Bill, label: str) -> Compared:
    period = Period(bill.period_from, bill.period_to)
    return Compared(label, period, bill.energy_wh, bill.energy_wh // period.days, _dials(bill))


def _dials(bill: Bill) -> tuple[DialPair, ...]:
    """Return what the agreement's dials showed at both ends, in the newest versions."""
    reads = (
        RegisterReading.objects.filter(
            usage_point__agreement=bill.agreement_id,
            read_on__gte=bill.period_from,
            read_on__lte=bill.period_to,
        )
        .select_related("meter")
        .order_by("meter_id", "register", "read_on", "-version")
        .distinct("meter_id", "register", "read_on")
    )
    ends: dict[tuple[str, str], list[RegisterReading]] = {}
    for read in reads:
        ends.setdefault((read.meter.serial, read.get_register_display()), []).append(read)
    return tuple(
        DialPair(
            meter,
            register,
            own[0].index_wh,
            own[-1].index_wh if len(own) > 1 else None,
        )
        for (meter, register), own in ends.items()
    )


def _against(bill: Bill, hold: BillHold | None, previous: Bill | None) -> Compared | None:
    """Return what the hold's rule compared the bill with, else the period before."""
    if hold is not None and hold.rule == "BIL-103":
        return _book_median(bill)
    if bill.past_day_wh and (hold is None or hold.rule in {"BIL-101", "BIL-102", "BIL-104"}):
        count = len(bill.past_day_wh)
        mean = sum(bill.past_day_wh) // count
        return Compared(_("Bình quân %(count)d kỳ trước") % {"count": count}, None, None, mean)
    return _period_row(previous, _("Kỳ trước")) if previous else None


def _book_median(bill: Bill) -> Compared | None:
    """Return the median Wh a day and household of the same price group in the reading book."""
    usage = Usage.objects.filter(agreement=bill.agreement_id, period_from=bill.period_from)
    own = usage.order_by("-version").first()
    if own is None:
        return None
    rows = completed(read_here(OF_BOOK, [own.reading_book_id, own.period_to]))
    group = rows.filter(pl.col("agreement_id") == bill.agreement_id)["group"]
    alike = rows.filter(pl.col("group").is_in(group.implode()))
    quotas = pl.max_horizontal(pl.col("household_quarters").cast(pl.Int64()), 1)
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    median = alike.select(
        (pl.col("energy_wh") // days * 4 // quotas).quantile(0.5, "lower").cast(pl.Int64())
    ).item()
    label = _("Trung vị %(count)d khách hàng cùng nhóm trong sổ, mỗi hộ") % {"count": alike.height}
    return None if median is None else Compared(label, None, None, median)


def choices(bill: Bill, holds: list[BillHold], user: Person) -> list[Choice]:
    """Return the buttons of a held bill for one person."""
    right = "" if may(user, Action.RESOLVE, bill.unit) else _("không có quyền xử lý tại đơn vị này")
    asked = all(one.state != HoldState.OPEN for one in holds)
    return [
        _release(bill, holds, user, right),
        Choice(
            "reread",
            _("Ghi phát hiện cho tổ ghi chỉ số; hóa đơn vẫn treo đến khi tính lại"),
            right or (_("đã yêu cầu đọc lại, chờ chỉ số mới") if asked else ""),
        ),
        _estimate(bill, right),
        Choice("rerate", _rerate_effect(bill), right),
        Choice("cancel", _("Hủy hóa đơn, không cấp số; kỳ này không còn hóa đơn"), right),
    ]


def _level(holds: list[BillHold]) -> Signer:
    """Return who must sign: the highest level of the holds that wait."""
    waiting = (Signer(one.signer) for one in holds if one.state in WAITING)
    return max(waiting, default=Signer.CLERK)


def _release(bill: Bill, holds: list[BillHold], user: Person, right: str) -> Choice:
    level = _level(holds)
    if level == Signer.CLERK:
        return Choice("release", _("Cấp số và phát hành ngay"), right)
    effect = _("Lập đề nghị để %(signer)s ký") % {"signer": _(str(level.label)).lower()}
    if not may(user, Action.PROPOSE, bill.unit):
        return Choice("propose_release", effect, _("không có quyền lập đề nghị tại đơn vị này"))
    pending = control.pending_proposals(control.Scope.everything()).filter(
        kind="bill_release", subject=str(bill.pk)
    )
    refusal = _("đã có đề nghị đang chờ duyệt") if pending.exists() else ""
    return Choice("propose_release", effect, refusal)


def _estimate(bill: Bill, right: str) -> Choice:
    try:
        energy = estimated_energy(bill.agreement_id, Period(bill.period_from, bill.period_to))
    except RefusedError as error:
        return Choice("estimate", _("Bình quân ngày của 3 kỳ trước × số ngày"), error.found)
    effect = _("Tính theo %(kwh)s: bình quân ngày của 3 kỳ trước × %(days)d ngày") % {
        "kwh": kwh(energy),
        "days": (bill.period_to - bill.period_from).days,
    }
    return Choice("estimate", effect, right)


def _rerate_effect(bill: Bill) -> str:
    newest = (
        Usage.objects.filter(agreement=bill.agreement_id, period_from=bill.period_from)
        .order_by("-version")
        .first()
    )
    if newest is None or newest.energy_wh == bill.energy_wh:
        return _("Tính lại theo áp giá hiện có; sản lượng không đổi")
    return _("Tính lại theo sản lượng mới: %(old)s → %(new)s") % {
        "old": kwh(bill.energy_wh),
        "new": kwh(newest.energy_wh),
    }
