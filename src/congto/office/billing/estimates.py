"""An estimate in place of a use that cannot be right, as the next version of usage and bill.

Use a day is the mean of the three reading cycles before, times the days of the period: NĐ
137/2013/NĐ-CP Art. 20(3) for stopped meters (single source); TT 13/2025/TT-BCT has ruled such
meters since February 2025 and its text was not seen, so the rule is to be checked against it.

Readings stay as they are: the next period counts from the reading that was taken. A reading that
is wrong is corrected by a new version of it, not here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils.translation import gettext as _

from congto.engines.rating import scalar
from congto.engines.rating.rounding import half_up
from congto.office.billing.choices import BillKind, BillState
from congto.office.billing.models import Bill, BillLine
from congto.office.customers.models import PriceAssignment, PriceSegment
from congto.office.meterdata.models import Usage
from congto.reference.vn import price_book
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.groups import BAND_CODES
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

CYCLES = 3
WH_PER_KWH = 1000


def estimate_wh(past_day_wh: Sequence[int], days: int) -> int:
    """Return the estimated use in Wh, half up to whole kWh.

    `past_day_wh` is Wh a day of the periods before, the newest first. 10,000, 11,000 and 12,000 Wh
    a day over 31 days: 341,000 Wh.
    """
    last = past_day_wh[:CYCLES]
    return half_up(Fraction(sum(last) * days, len(last) * WH_PER_KWH)) * WH_PER_KWH


def estimated_bill(held: Bill, *, at: datetime) -> Bill:
    """Write the estimate as usage and as a bill that is ready to be issued; return the bill.

    Reactive energy is not estimated: a charge for what nobody measured would stand on nothing.

    Raises RefusedError where the law's mean has too few cycles, where the energy would have to be
    split by bands or purposes that were not measured, and where prices change inside the period.
    """
    price = _price(held)
    if len(held.past_day_wh) < CYCLES:
        raise RefusedError(
            _("Hóa đơn %(bill)s chỉ có %(known)d kỳ trước")
            % {"bill": held.pk, "known": len(held.past_day_wh)},
            expected=_("ít nhất %d kỳ để tính bình quân") % CYCLES,
            action=_("yêu cầu đọc lại"),
        )
    usage = _estimated_usage(held, at)
    rated = scalar.rate(
        scalar.Usage(
            group=price.group,
            subgroup=price.subgroup,
            voltage=price.voltage,
            household_quarters=price.household_quarters,
            start=held.period_from,
            end=held.period_to,
            reading_date=held.reading_date,
            energy_wh=usage.energy_wh,
            bands=None,
            reactive_varh=0,
            registered_kw=price.registered_kw,
        ),
        price_book(),
    )
    return _bill(held, usage.energy_wh, rated)


def _price(held: Bill) -> PriceAssignment:
    """Return the one price of the period."""
    prices = list(
        PriceAssignment.objects.filter(
            agreement=held.agreement_id, valid_from__lt=held.period_to
        ).exclude(valid_to__lte=held.period_from)
    )
    simple = len(prices) == 1 and not prices[0].time_of_use
    if not simple or PriceSegment.objects.filter(assignment=prices[0]).exists():
        raise RefusedError(
            _("Hóa đơn %(bill)s dùng ba giá, nhiều mục đích hoặc đổi giá trong kỳ")
            % {"bill": held.pk},
            expected=_("một giá cho cả kỳ"),
            action=_("yêu cầu đọc lại"),
        )
    return prices[0]


def _estimated_usage(held: Bill, at: datetime) -> Usage:
    latest = (
        Usage.objects.filter(agreement=held.agreement_id, period_from=held.period_from)
        .order_by("-version")
        .first()
    )
    if latest is None:
        raise RefusedError(_("Hóa đơn %(bill)s không có sản lượng trong sổ") % {"bill": held.pk})
    days = (held.period_to - held.period_from).days
    return Usage.objects.create(
        agreement_id=held.agreement_id,
        reading_book_id=latest.reading_book_id,
        period_from=held.period_from,
        period_to=held.period_to,
        version=latest.version + 1,
        energy_wh=estimate_wh(held.past_day_wh, days),
        quality=Quality.ESTIMATED,
        known_at=at,
    )


def _bill(held: Bill, energy_wh: int, rated: scalar.Bill) -> Bill:
    """Write the bill and its lines; the version is the next of the agreement and period."""
    same = Bill.objects.filter(agreement=held.agreement_id, period_from=held.period_from)
    bill = Bill.objects.create(
        run_id=held.run_id,
        agreement_id=held.agreement_id,
        unit=held.unit,
        period_from=held.period_from,
        period_to=held.period_to,
        version=same.aggregate(last=Max("version"))["last"] + 1,
        kind=BillKind.REGULAR,
        state=BillState.READY,
        reading_date=held.reading_date,
        energy_wh=energy_wh,
        net_vnd=rated.net_vnd,
        vat_rate_bp=rated.vat_rate_bp,
        vat_vnd=rated.vat_vnd,
        gross_vnd=rated.gross_vnd,
        past_day_wh=held.past_day_wh,
    )
    BillLine.objects.bulk_create(
        BillLine(
            bill=bill,
            line_no=number,
            charge=line.charge,
            tier=line.tier,
            band=BAND_CODES[line.band] if line.band else None,
            energy_wh=line.energy_wh,
            price_vnd=line.price_vnd,
            amount_vnd=line.amount_vnd,
            decision_id=line.decision.id,
        )
        for number, line in enumerate(rated.lines, 1)
    )
    return bill
