"""Adjustment invoices: back-billing (truy thu) and refund (thoái hoàn), period by period.

Each period is recomputed whole, at its own prices, quota and VAT, from the usage and the price
assignment in force now; what was billed for it is taken off. So the rounding of each period is that
of a bill and never that of a difference of lines (TT 60/2025/TT-BCT Art. 3(1)(d); the formula is
this project's reading of it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.billing.choices import OWED, BillKind, BillState, Charge
from congto.office.billing.corrections import next_version
from congto.office.billing.issue import issue
from congto.office.billing.models import Bill, BillLine
from congto.office.billing.rating import rate_again
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import Period

MONTHS_BACK = 12
"""How far back a wrong price is made good when its start is not known, counted from its detection
(TT 60/2025/TT-BCT Art. 3(1)(d))."""

SUMS = ("energy_wh", "net_vnd", "vat_vnd", "gross_vnd")
LINE_KEY = ("segment", "charge", "tier", "band", "price_vnd", "decision_id", "part_from", "part_to")

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Adjusted:
    """One period before and after.

    Attributes:
        original: the bill that is adjusted.
        billed: energy_wh, net_vnd, vat_vnd, gross_vnd of the bill and its adjustments so far.
        right: the same as it should have been.
        vat_rate_bp: VAT rate of the period.
        lines: difference line by line; decreases are negative. They add up to the net difference.
    """

    original: Bill
    period: Period
    billed: dict[str, int]
    right: dict[str, int]
    vat_rate_bp: int
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def difference(self) -> dict[str, int]:
        """Return right less billed."""
        return {name: self.right[name] - self.billed[name] for name in SUMS}

    @property
    def unchanged(self) -> bool:
        """Tell whether there is nothing to adjust."""
        return not any(self.difference.values())


def default_span(detected_on: date) -> Period:
    """Return the span that is made good when nobody knows when the mistake began.

    12 months back from the day of detection: 15/11/2026 -> from 15/11/2025.
    """
    day = detected_on
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return Period(day.replace(year=day.year - MONTHS_BACK // 12), detected_on)


def preview(agreement: int, span: Period) -> list[Adjusted]:
    """Return every billed period of a span before and after, oldest first; nothing is written.

    Raises:
        RefusedError: nothing is billed in the span, or a period cannot be rated.
    """
    owed = list(
        Bill.objects.filter(
            agreement=agreement,
            period_from__gte=span.start,
            period_to__lte=span.end,
            state__in=OWED,
        ).order_by("period_from", "version")
    )
    originals = [one for one in owed if one.kind != BillKind.ADJUSTMENT]
    if not originals:
        raise RefusedError(_("Không có hóa đơn đã phát hành trong khoảng này"))
    rated = rate_again(originals)
    lines = _billed_lines(owed)
    return [
        Adjusted(
            original=one,
            period=Period(one.period_from, one.period_to),
            billed=_sums(bill for bill in owed if bill.period_from == one.period_from),
            right={name: rated.of(one.pk)[name] for name in SUMS},
            vat_rate_bp=rated.of(one.pk)["vat_rate_bp"],
            lines=_line_differences(lines[one.period_from], rated.lines_of(one.pk)),
        )
        for one in originals
    ]


def _sums(bills: Iterable[Bill]) -> dict[str, int]:
    own = list(bills)
    return {name: sum(getattr(one, name) for one in own) for name in SUMS}


def _billed_lines(bills: list[Bill]) -> dict[date, list[dict[str, Any]]]:
    """Return the lines of bills and their adjustments by period."""
    found: dict[date, list[dict[str, Any]]] = {one.period_from: [] for one in bills}
    period_of = {one.pk: one.period_from for one in bills}
    for row in BillLine.objects.filter(bill__in=bills).values():
        found[period_of[row["bill_id"]]].append({**row})
    return found


def _line_differences(
    billed: list[dict[str, Any]], right: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return right less billed for each tier or band, price and decision; equal lines fall away."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for sign, rows in ((-1, billed), (1, right)):
        for row in rows:
            own = sums.setdefault(_key(row), [0, 0])
            own[0] += sign * (row["energy_wh"] or 0)
            own[1] += sign * row["amount_vnd"]
    differing = [
        (key, energy, amount) for key, (energy, amount) in sums.items() if energy or amount
    ]
    charge = LINE_KEY.index("charge")
    return [
        {
            **dict(zip(LINE_KEY, key, strict=True)),
            "energy_wh": energy if key[charge] == Charge.ENERGY else None,
            "amount_vnd": amount,
            "line_no": place,
        }
        for place, (key, energy, amount) in enumerate(differing, start=1)
    ]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name, 1 if name == "segment" else None) for name in LINE_KEY)


@transaction.atomic
def adjust(agreement: int, span: Period, *, on: date) -> list[Bill]:
    """Issue an adjustment invoice for every period of the span that differs; all or none.

    Amounts are those of `preview`; done a second time there is nothing left to adjust.

    Args:
        agreement: number of the agreement; its bills of the span are locked by the caller.
        span: from the first day of the first period to the day after the last one.
        on: local day of issue and accounting date.
    """
    made = []
    for one in preview(agreement, span):
        if one.unchanged:
            continue
        if one.original.state != BillState.ISSUED:
            raise RefusedError(
                _("Hóa đơn %(bill)s đang chờ hủy") % {"bill": one.original.pk},
                action=_("quyết định đề nghị hủy trước"),
            )
        bill = _adjustment(one)
        issue([bill], issued_on=on)
        made.append(bill)
    return made


def _adjustment(one: Adjusted) -> Bill:
    original = one.original
    bill = Bill.objects.create(
        run_id=None,
        agreement_id=original.agreement_id,
        unit_id=original.unit_id,
        period_from=original.period_from,
        period_to=original.period_to,
        version=next_version(original),
        kind=BillKind.ADJUSTMENT,
        original=original,
        state=BillState.READY,
        reading_date=original.reading_date,
        vat_rate_bp=one.vat_rate_bp,
        past_day_wh=[],
        **one.difference,
    )
    BillLine.objects.bulk_create([BillLine(bill=bill, **row) for row in one.lines])
    return bill
