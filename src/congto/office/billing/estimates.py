"""An estimate in place of a use that cannot be right, as the next version of usage and bill.

The energy is that of a stopped meter (engines.usage.stopped_meter: the mean day of the three cycles
before, times the days), and the usage is written by the same operation.

Readings stay as they are: the next period counts from the reading that was taken. A reading that
is wrong is corrected by a new version of it, not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils.translation import gettext as _

from congto.engines.rating import scalar
from congto.office.billing.choices import BillKind, BillState
from congto.office.billing.models import Bill, BillLine
from congto.office.billing.stopped_meters import estimate_period
from congto.office.customers.models import PriceAssignment, PriceSegment
from congto.reference.vn import price_book
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.groups import BAND_CODES
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from datetime import datetime


def estimated_bill(held: Bill, *, at: datetime) -> Bill:
    """Write the estimate as usage and as a bill that is ready to be issued; return the bill.

    The kvarh are estimated like the kWh, so that cos phi is that of the three cycles.

    Raises RefusedError where the law's mean has too few cycles, where the energy would have to be
    split by bands or purposes that were not measured, and where prices change inside the period.
    """
    price = _price(held)
    period = Period(held.period_from, held.period_to)
    usage = estimate_period(held.agreement_id, period, at=at)
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
            reactive_varh=usage.reactive_varh,
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
