"""The head end at a glance: which devices answer, whose half-hours are there, what fails today."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from congto.office.campaigns.choices import SessionOutcome
from congto.office.campaigns.models import Session
from congto.office.control.queries import unit_ids
from congto.office.devices.choices import DeviceState, SecretPhase
from congto.office.devices.models import Device, DeviceSecret
from congto.office.devices.queries import COUNTER_ALARM
from congto.office.meterdata.models import DayCompleteness
from congto.office.overview.completeness import Cell, lines_of
from congto.office.overview.units import units_in
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from congto.office.control.queries import Scope
    from congto.office.organisation.models import Unit

SILENT_DAYS = 3
LATE_DAYS = 6
"""A day is to be complete at the end of D+5: this is the newest for which that is over."""


@dataclass(slots=True)
class Figures:
    """What is counted of the devices of a unit.

    Attributes:
        devices: that were not taken off. active: of them, those that are called.
        seen: active with a good session today. silent: active without one for SILENT_DAYS.
        counters: with a key whose counter is beyond COUNTER_ALARM.
        sessions: ended today. failed: of them, without any result.
    """

    devices: int = 0
    active: int = 0
    seen: int = 0
    silent: int = 0
    counters: int = 0
    sessions: int = 0
    failed: int = 0

    def add(self, other: Figures) -> None:
        """Add another unit's."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(slots=True)
class UnitLine:
    """A unit with everything below it.

    Attributes:
        yesterday: half-hours of yesterday, at 07:00 today and when last counted.
        late: half-hours of the day LATE_DAYS before, when last counted. None: not counted.
    """

    unit: Unit
    figures: Figures = field(default_factory=Figures)
    yesterday: Cell | None = None
    late: Cell | None = None

    @property
    def early_permille(self) -> int | None:
        """Return the share of yesterday that was there at 07:00; None: not counted."""
        return self.yesterday.early_permille if self.yesterday else None

    @property
    def permille(self) -> int | None:
        """Return the share of yesterday that is there; None: not counted."""
        return self.yesterday.permille if self.yesterday else None

    @property
    def late_permille(self) -> int | None:
        """Return the share of the late day that is there; None: not counted."""
        return self.late.permille if self.late else None

    @property
    def tone(self) -> str:
        """Return how yesterday is drawn."""
        return self.yesterday.tone if self.yesterday else "none"


@dataclass(frozen=True, slots=True)
class HeadEnd:
    """The overview of a scope.

    Attributes:
        lines: companies or districts. places: the districts, for the map.
        faults: (fault of headend.dlms.faults, failed or partial sessions today), most first.
        counted_at: when the newest count of half-hours was made.
    """

    total: Figures
    lines: list[UnitLine]
    places: list[UnitLine]
    faults: list[tuple[str, int]]
    yesterday: date
    late_day: date
    counted_at: datetime | None


def midnight(day: date) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time.min, LOCAL_ZONE).astimezone(UTC)


def silent_since(at: datetime) -> datetime:
    """Return the instant before which a device must have been seen to count as silent."""
    return at - timedelta(days=SILENT_DAYS)


def silent(at: datetime) -> Q:
    """Return the restriction of devices that should answer and have not for SILENT_DAYS."""
    unseen = Q(last_seen_at__lt=silent_since(at)) | Q(
        last_seen_at=None, added_at__lt=silent_since(at)
    )
    return unseen & Q(state=DeviceState.ACTIVE)


def near_the_end() -> Q:
    """Return the restriction of devices one of whose present counters is beyond the alarm."""
    keys = DeviceSecret.objects.filter(phase=SecretPhase.CURRENT).filter(
        Q(upcoming__gte=COUNTER_ALARM) | Q(proved__gte=COUNTER_ALARM)
    )
    return Q(pk__in=keys.values("device"))


def head_end(scope: Scope, at: datetime) -> HeadEnd:
    """Return the overview at an instant; the same few queries however many devices."""
    today = at.astimezone(LOCAL_ZONE).date()
    numbers = unit_ids(scope)
    found, faults = _figures(numbers, at, midnight(today))
    yesterday, late_day = today - timedelta(days=1), today - timedelta(days=LATE_DAYS)
    days = list(
        DayCompleteness.objects.filter(
            unit__in=numbers, local_day__in=(yesterday, late_day)
        ).select_related("unit")
    )
    units = units_in(scope)
    paths = {unit.pk: unit.path for unit in units}
    lines = [UnitLine(unit) for unit in lines_of(scope)]
    places = [UnitLine(unit) for unit in units if unit.kind == "district"]
    for line in (*lines, *places):
        for number, figures in found.items():
            if paths.get(number, "").startswith(line.unit.path):
                line.figures.add(figures)
        below = [day for day in days if day.unit.path.startswith(line.unit.path)]
        line.yesterday = _cell(yesterday, below)
        line.late = _cell(late_day, below)
    total = Figures()
    for figures in found.values():
        total.add(figures)
    counted_at = max((day.counted_at for day in days), default=None)
    return HeadEnd(total, lines, places, faults, yesterday, late_day, counted_at)


def _figures(
    units: list[int], at: datetime, today: datetime
) -> tuple[dict[int, Figures], list[tuple[str, int]]]:
    """Return the figures by unit, and today's faults."""
    found: dict[int, Figures] = defaultdict(Figures)
    devices = Device.objects.filter(unit__in=units).exclude(state=DeviceState.RETIRED)
    active = Q(state=DeviceState.ACTIVE)
    counts = devices.values_list("unit").annotate(
        devices=Count("pk"),
        active=Count("pk", filter=active),
        seen=Count("pk", filter=active & Q(last_seen_at__gte=today)),
        silent=Count("pk", filter=silent(at)),
    )
    for unit, *numbers in counts:
        found[unit] = Figures(*numbers)
    for unit, count in devices.filter(near_the_end()).values_list("unit").annotate(Count("pk")):
        found[unit].counters = count
    faults: dict[str, int] = defaultdict(int)
    sessions = Session.objects.filter(began_at__gte=today, device__unit__in=units).order_by()
    by_end = sessions.values_list("device__unit", "outcome", "fault").annotate(Count("pk"))
    for unit, outcome, fault, count in by_end:
        found[unit].sessions += count
        if outcome == SessionOutcome.FAILED:
            found[unit].failed += count
        if outcome != SessionOutcome.GOOD:
            faults[fault] += count
    return found, sorted(faults.items(), key=lambda one: (-one[1], one[0]))


def _cell(day: date, rows: Iterable[DayCompleteness]) -> Cell | None:
    """Add the counts of a day up; None where there is nothing to be complete."""
    of_day = [row for row in rows if row.local_day == day]
    points = sum(row.points for row in of_day)
    if not points:
        return None
    early, present = (sum(getattr(row, name) for row in of_day) for name in ("early", "present"))
    return Cell(day, points, early, present)
