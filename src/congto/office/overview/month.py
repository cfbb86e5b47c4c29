"""The home page's month: figures of the units in scope, breakdowns for the charts, and checks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Subquery, Sum

from congto.office.billing.choices import OWED
from congto.office.billing.models import Bill
from congto.office.customers.models import PriceAssignment
from congto.office.payments.models import Payment
from congto.office.scorecard.models import MonthCheck, MonthFigure
from congto.office.scorecard.queries import month_checks
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.queries import Scope
    from congto.office.organisation.models import Unit
    from congto.vocabulary.money import Dong


def percent(part: int, whole: int) -> Decimal | None:
    """Return 100 x part / whole with two decimals; None where there is no whole."""
    if whole == 0:
        return None
    exact = Decimal(part) * 100 / Decimal(whole)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Figures:
    """One unit's month, or the sum of several units that do not contain each other."""

    unit: Unit | None
    customers: int
    bills: int
    received_wh: int
    bulk_wh: int
    sold_wh: int
    loss_wh: int
    net_vnd: Dong
    gross_vnd: Dong
    collected_vnd: Dong
    payers: int
    payers_by_partner: int

    @property
    def loss_percent(self) -> Decimal | None:
        """Return energy lost of energy received."""
        return percent(self.loss_wh, self.received_wh)

    @property
    def average_price(self) -> Decimal | None:
        """Return revenue before VAT per kWh sold, in đồng with one place, halves up."""
        if self.sold_wh == 0:
            return None
        exact = Decimal(self.net_vnd) * 1000 / Decimal(self.sold_wh)
        return exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

    @property
    def collected_percent(self) -> Decimal | None:
        """Return money collected of money billed, both with VAT."""
        return percent(self.collected_vnd, self.gross_vnd)

    @property
    def partner_percent(self) -> Decimal | None:
        """Return customers who paid by bank or intermediary of customers who paid."""
        return percent(self.payers_by_partner, self.payers)


FIELDS = (
    "customers",
    "bills",
    "received_wh",
    "bulk_wh",
    "sold_wh",
    "loss_wh",
    "net_vnd",
    "gross_vnd",
    "collected_vnd",
    "payers",
    "payers_by_partner",
)


@dataclass(frozen=True, slots=True)
class MonthView:
    """What home shows of one month.

    Attributes:
        total: the scope's own figures.
        children: figures of the units just below the scope's top, the rows that drill down.
        districts: figures of every district in the scope.
        checks: the sum checks of the whole house; empty for a scope that is a part of it.
    """

    total: Figures | None
    children: list[Figures]
    districts: list[Figures]
    checks: list[MonthCheck]


def months(scope: Scope) -> list[date]:
    """Return the months that have figures in the scope, newest first."""
    figures = scope.filter(MonthFigure.objects.all())
    return list(figures.order_by("-month").values_list("month", flat=True).distinct())


def view_month(month: date, scope: Scope, *, checks_for: Scope) -> MonthView:
    """Read the month's figures of the scope; the checks only where `checks_for` is the whole."""
    rows = list(
        scope.filter(MonthFigure.objects.filter(month=month))
        .select_related("unit")
        .order_by("unit__path")
    )
    paths = [row.unit.path for row in rows]
    tops = [row for row in rows if not any(_above(path, row.unit.path) for path in paths)]
    top_ids = {row.unit_id for row in tops}
    checks = month_checks(Period.month(month.year, month.month)) if checks_for.whole else []
    return MonthView(
        total=_sum(tops) if tops else None,
        children=[_figures(row) for row in rows if row.unit.parent_id in top_ids],
        districts=[_figures(row) for row in rows if row.unit.kind == "district"],
        checks=checks,
    )


def _above(path: str, other: str) -> bool:
    """Tell whether `other` lies below `path`."""
    return path != other and other.startswith(path)


def _figures(row: MonthFigure) -> Figures:
    return Figures(row.unit, **{name: getattr(row, name) for name in FIELDS})


def _sum(rows: list[MonthFigure]) -> Figures:
    """Add up units that lie beside each other."""
    sums = {name: sum(getattr(row, name) for row in rows) for name in FIELDS}
    return Figures(rows[0].unit if len(rows) == 1 else None, **sums)


@dataclass(frozen=True, slots=True)
class GroupSale:
    """Energy and revenue of one price group in one unit."""

    unit: str
    group: str
    energy_wh: int
    net_vnd: Dong


def sales_by_group(period: Period, scope: Scope, units: list[Unit]) -> list[GroupSale]:
    """Return energy and revenue by price group for each of `units` (paths that do not overlap).

    One pass over the issued bills whose closing reading lies in the period, as the month counts;
    the group is the one in force when the period began.
    """
    in_force = PriceAssignment.objects.filter(
        agreement=OuterRef("agreement"), valid_from__lte=OuterRef("period_from")
    ).order_by("-valid_from")
    bills = scope.filter(
        Bill.objects.filter(period_to__gt=period.start, period_to__lte=period.end, state__in=OWED)
    )
    rows = (
        bills.annotate(group=Subquery(in_force.values("group")[:1]))
        .values("unit__path", "group")
        .annotate(energy=Sum("energy_wh"), net=Sum("net_vnd"))
    )
    sums: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        name = next((unit.name for unit in units if row["unit__path"].startswith(unit.path)), "")
        pair = sums.setdefault((name, row["group"] or ""), [0, 0])
        pair[0] += int(row["energy"])
        pair[1] += int(row["net"])
    return [GroupSale(name, group, *pair) for (name, group), pair in sorted(sums.items())]


@dataclass(frozen=True, slots=True)
class DayCollection:
    """Money collected by one partner on one accounting day."""

    day: date
    partner: str
    kind: str
    amount_vnd: Dong
    payments: int


def collections(period: Period, scope: Scope) -> list[DayCollection]:
    """Return what came in on the bills of a period, by accounting day and partner."""
    rows = (
        scope.filter(
            Payment.objects.filter(
                bill__period_to__gt=period.start, bill__period_to__lte=period.end
            )
        )
        .values("accounting_date", "partner__name", "partner__kind")
        .annotate(amount=Sum("amount_vnd"), payments=Count("id"))
        .order_by("accounting_date", "partner__name")
    )
    return [
        DayCollection(
            row["accounting_date"],
            row["partner__name"],
            row["partner__kind"],
            int(row["amount"]),
            row["payments"],
        )
        for row in rows
    ]
