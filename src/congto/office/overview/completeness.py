"""Completeness: units by days, at 07:00 and now; and the points that lack something of a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.db.models import Q

from congto.office.control.queries import unit_ids
from congto.office.devices.models import Device
from congto.office.meterdata.completeness import present_on
from congto.office.meterdata.models import DayCompleteness
from congto.office.meters.models import MeterInstallation, UsagePoint
from congto.office.overview.units import units_in
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.control.queries import Scope
    from congto.office.organisation.models import Unit
    from congto.vocabulary.periods import Period

POINTS_SHOWN = 200
POINTS_MOST = 400_000
"""A page counts a district; who asks for more chooses one first."""
STEPS = ((995, "full"), (980, "most"), (900, "part"), (0, "poor"))
"""From so many thousandths on a day is drawn so; what lies below 90 % is poor (own choice)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit's day: thousandths of its half-hours, cut, so that 1000 means all of them."""

    day: date
    points: int
    early: int
    present: int

    @property
    def early_permille(self) -> int:
        """Return the share at 07:00 of the next day."""
        return self.early * 1000 // (self.points * HALF_HOURS)

    @property
    def permille(self) -> int:
        """Return the share when it was counted."""
        return self.present * 1000 // (self.points * HALF_HOURS)

    @property
    def tone(self) -> str:
        """Return how the day is drawn."""
        return next(name for least, name in STEPS if self.permille >= least)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A month: a line for each unit below the chosen one, a cell for each day that was counted.

    Attributes:
        counted_at: when the newest count was made.
        days: of the month; lines: (unit, cells by day, None where nothing was counted).
    """

    days: list[date]
    lines: list[tuple[Unit, list[Cell | None]]]
    counted_at: datetime | None


def calendar(scope: Scope, month: Period) -> Calendar:
    """Return the calendar of a scope: its districts where it is one company, else its companies."""
    rows = list(
        DayCompleteness.objects.filter(
            unit__in=unit_ids(scope), local_day__gte=month.start, local_day__lt=month.end
        ).select_related("unit")
    )
    days = [month.start + timedelta(days=offset) for offset in range(month.days)]
    sums: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    lines = lines_of(scope)
    for row in rows:
        for unit in lines:
            if row.unit.path.startswith(unit.path):
                cell = sums[unit.pk, row.local_day]
                cell[0] += row.points
                cell[1] += row.early
                cell[2] += row.present
    drawn = [
        (unit, [Cell(day, *sums[unit.pk, day]) if (unit.pk, day) in sums else None for day in days])
        for unit in lines
    ]
    counted = [(unit, cells) for unit, cells in drawn if any(cells)]
    return Calendar(days, counted, max((row.counted_at for row in rows), default=None))


@dataclass(frozen=True, slots=True)
class LackingPoint:
    """A point whose day is not whole, with the device that would be asked for the rest."""

    point: UsagePoint
    serial: str
    present: int
    device: Device | None


@dataclass(frozen=True, slots=True)
class LackingDay:
    """A day of a scope, counted now.

    Attributes:
        points: with remotely read meters.
        lacking: of them, those whose day is not whole; None: there are more than POINTS_MOST.
        worst: the first POINTS_SHOWN of these, emptiest first.
    """

    points: int
    lacking: int | None
    worst: list[LackingPoint]


def lacking_day(scope: Scope, day: date) -> LackingDay:
    """Return the points of a scope that lack half-hours of a local day."""
    hanging = (
        MeterInstallation.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day, meter__remote=True
        )
        .filter(usage_point__unit__in=unit_ids(scope))
        .order_by("usage_point")
    )
    if (count := hanging.count()) > POINTS_MOST:
        return LackingDay(count, None, [])
    names = {"usage_point": pl.Int64, "serial": pl.String}
    rows = list(hanging.values_list("usage_point", "meter__serial"))
    due = pl.DataFrame(rows, schema=names, orient="row")
    lacking = present_on(due, day).filter(pl.col("present") < HALF_HOURS)
    shown = lacking.sort("present", "usage_point").head(POINTS_SHOWN)
    numbers, serials = shown["usage_point"].to_list(), shown["serial"].to_list()
    points = UsagePoint.objects.select_related("agreement__customer", "unit").in_bulk(numbers)
    devices = {
        one.meter.serial: one
        for one in Device.objects.filter(meter__serial__in=serials).select_related("meter")
    }
    told = zip(numbers, serials, shown["present"].to_list(), strict=True)
    worst = [LackingPoint(points[n], serial, here, devices.get(serial)) for n, serial, here in told]
    return LackingDay(count, len(lacking), worst)


def lines_of(scope: Scope) -> list[Unit]:
    """Return the units that have a line: companies of a corporation, districts of a company."""
    units = units_in(scope)
    by_kind = {kind: [one for one in units if one.kind == kind] for kind in ("company", "district")}
    whole = [one for one in units if one.kind == "corporation"]
    if whole and by_kind["company"]:
        return [*whole, *by_kind["company"]]
    return [*by_kind["company"], *by_kind["district"]]
