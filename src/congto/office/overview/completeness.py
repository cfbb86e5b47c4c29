"""The calendar of completeness: units by days, what was there at 07:00 and what is there now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from congto.office.control.queries import unit_ids
from congto.office.meterdata.models import DayCompleteness
from congto.office.overview.units import units_in
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.control.queries import Scope
    from congto.office.organisation.models import Unit
    from congto.vocabulary.periods import Period

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


def lines_of(scope: Scope) -> list[Unit]:
    """Return the units that have a line: companies of a corporation, districts of a company."""
    units = units_in(scope)
    by_kind = {kind: [one for one in units if one.kind == kind] for kind in ("company", "district")}
    whole = [one for one in units if one.kind == "corporation"]
    if whole and by_kind["company"]:
        return [*whole, *by_kind["company"]]
    return [*by_kind["company"], *by_kind["district"]]
