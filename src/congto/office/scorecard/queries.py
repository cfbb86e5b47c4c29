"""Reading the month: figures by company and in total, and the checks that close it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from congto.office.control.queries import Scope
from congto.office.organisation.choices import UnitKind
from congto.office.scorecard.choices import CheckName
from congto.office.scorecard.models import MonthCheck, MonthFigure

if TYPE_CHECKING:
    from congto.vocabulary.money import Dong
    from congto.vocabulary.periods import Period


@dataclass(frozen=True, slots=True)
class UnitSummary:
    """One unit in one month.

    Energy is in whole kWh, halves up; money in đồng; percentages are decimal strings with two
    places and the average price (revenue before VAT per kWh sold) one with one place, halves up.
    A ratio without a denominator is "-".
    """

    code: str
    name: str
    kind: str
    customers: int
    bills: int
    received_kwh: int
    bulk_kwh: int
    sold_kwh: int
    loss_kwh: int
    loss_percent: str
    revenue_vnd: Dong
    vat_vnd: Dong
    gross_vnd: Dong
    average_price_vnd_per_kwh: str
    collected_vnd: Dong
    collected_percent: str
    payers: int
    payers_by_partner: int
    partner_payers_percent: str


def month_summary(month: Period, scope: Scope) -> list[UnitSummary]:
    """Return the month by company in the order of the tree, the whole corporation last.

    A person whose scope holds no company gets the units of the scope that have figures.
    """
    figures = MonthFigure.objects.filter(month=month.start).select_related("unit")
    seen = list(scope.filter(figures).order_by("unit__path"))
    companies = [one for one in seen if one.unit.kind == UnitKind.COMPANY]
    total = [one for one in seen if one.unit.kind == UnitKind.CORPORATION]
    return [_summary(one) for one in ([*companies, *total] if companies else seen)]


def month_checks(month: Period) -> list[MonthCheck]:
    """Return the month's checks in the order of CheckName."""
    order = {name.value: place for place, name in enumerate(CheckName)}
    return sorted(MonthCheck.objects.filter(month=month.start), key=lambda one: order[one.name])


def checks_agree(month: Period) -> bool:
    """Return whether every check of the month was run and agrees."""
    verdicts = [check.agrees for check in month_checks(month)]
    return len(verdicts) == len(CheckName) and all(verdicts)


def summary_as_json(month: Period) -> dict[str, Any]:
    """Return the month for machines: {"month", "units": [UnitSummary], "checks": [...]}."""
    return {
        "month": f"{month.start:%Y-%m}",
        "units": [asdict(one) for one in month_summary(month, Scope.everything())],
        "checks": [
            {
                "name": check.name,
                "title": CheckName(check.name).label,
                "left": check.left,
                "right": check.right,
                "measure": check.measure,
                "agrees": check.agrees,
            }
            for check in month_checks(month)
        ],
    }


def _summary(figure: MonthFigure) -> UnitSummary:
    return UnitSummary(
        code=figure.unit.code,
        name=figure.unit.name,
        kind=figure.unit.kind,
        customers=figure.customers,
        bills=figure.bills,
        received_kwh=whole_kwh(figure.received_wh),
        bulk_kwh=whole_kwh(figure.bulk_wh),
        sold_kwh=whole_kwh(figure.sold_wh),
        loss_kwh=whole_kwh(figure.loss_wh),
        loss_percent=percent(figure.loss_wh, figure.received_wh),
        revenue_vnd=figure.net_vnd,
        vat_vnd=figure.vat_vnd,
        gross_vnd=figure.gross_vnd,
        average_price_vnd_per_kwh=ratio(figure.net_vnd * 1000, figure.sold_wh, "0.1"),
        collected_vnd=figure.collected_vnd,
        collected_percent=percent(figure.collected_vnd, figure.gross_vnd),
        payers=figure.payers,
        payers_by_partner=figure.payers_by_partner,
        partner_payers_percent=percent(figure.payers_by_partner, figure.payers),
    )


def whole_kwh(energy_wh: int) -> int:
    """Round Wh to whole kWh for a screen, halves up: 2,499 -> 2;  2,500 -> 3;  -2,500 -> -2."""
    return (energy_wh + 500) // 1000


def percent(part: int, whole: int) -> str:
    """Return part / whole in percent with two places, halves up: 196 of 3,000 -> "6.53"."""
    return ratio(part * 100, whole, "0.01")


def ratio(numerator: int, denominator: int, places: str) -> str:
    """Return numerator / denominator to the given places, halves up; "-" where nothing divides."""
    if denominator == 0:
        return "-"
    quotient = Decimal(numerator) / Decimal(denominator)
    return str(quotient.quantize(Decimal(places), rounding=ROUND_HALF_UP))
