"""Reads of campaigns: progress, queue, what has to be delivered with a reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db.models import Count, Q

from congto.office.campaigns import gaps
from congto.office.campaigns.choices import Priority, TaskState
from congto.office.campaigns.models import GIVEN_UP_AFTER, Campaign, Plan, Session, Task, Visit
from congto.office.campaigns.operations import SOURCE
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import Device
from congto.office.intake.queries import deliveries_by_instant, is_waiting
from congto.office.meterdata.completeness import counted_at
from congto.office.organisation.models import Unit
from congto.office.storage.bulk import read
from congto.vocabulary.intervals import HALF_HOURS
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope

MULTIPLIERS = """
SELECT m.serial, i.multiplier::bigint AS multiplier, i.valid_from, i.valid_to
FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id
WHERE m.serial = ANY($1) ORDER BY m.serial, i.valid_from
"""
QUEUED, CONNECTING, READING, DONE, FAILED = "queued", "connecting", "reading", "done", "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is that a person asked for.

    Attributes:
        stage: queued, connecting, reading, done or failed; of the task that is furthest behind.
        values: kind -> result of each task that is done.
        faults: kind -> fault of each that is not going to be.
        sentence: of the last session, where it went wrong.
    """

    stage: str
    values: dict[str, Any]
    faults: dict[str, str]
    sentence: str


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """A campaign's tasks by state, and those not done by fault."""

    states: dict[str, int]
    faults: dict[str, int]


def progress(campaign: int, scope: Scope) -> Progress | None:
    """Return how far an asked reading is; None where the scope does not hold it."""
    found = scope.filter(Campaign.objects.filter(pk=campaign)).first()
    if found is None:
        return None
    tasks = list(found.tasks.select_related("session").order_by("priority", "id"))
    open_ones = [one for one in tasks if one.state in {TaskState.WAITING, TaskState.LEASED}]
    ended = [one for one in tasks if one not in open_ones]
    last = next((one.session for one in tasks if one.session is not None), None)
    return Progress(
        _stage(open_ones, tasks),
        {one.kind: one.result for one in ended if one.state == TaskState.DONE},
        {one.kind: one.fault or one.state for one in ended if one.state != TaskState.DONE},
        "" if last is None else last.sentence,
    )


def _stage(open_ones: list[Task], tasks: list[Task]) -> str:
    if not open_ones:
        return DONE if any(one.state == TaskState.DONE for one in tasks) else FAILED
    leased = [one.visit for one in open_ones if one.visit is not None]
    if not leased:
        return QUEUED
    answered = Visit.objects.filter(pk__in=leased, associated_at__isnull=False).exists()
    return READING if answered else CONNECTING


def counts(campaign: int) -> CampaignCounts:
    """Return a campaign's tasks by state, and those that failed or wait again by fault."""
    rows = Task.objects.filter(campaign=campaign).order_by()
    states = dict(rows.values_list("state").annotate(Count("id")))
    faults = rows.exclude(fault="").exclude(state=TaskState.DONE)
    return CampaignCounts(states, dict(faults.values_list("fault").annotate(Count("id"))))


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """How complete the half-hours of a unit's devices were, of one local day.

    Attributes:
        unit: its number. local_day: the day.
        devices: that were expected. expected: half-hours of them, of energy taken.
        without_row: half-hours among them that the meters have answered they have no row for.
        at_seven: there at 07:00 of the next day.
        after_five_days: there at the end of day D+5; None before that.
    """

    unit: int
    local_day: date
    devices: int
    expected: int
    without_row: int
    at_seven: int
    after_five_days: int | None


def service_level(day: date, scope: Scope, *, at: datetime) -> list[ServiceLevel]:
    """Count by unit what was there of a day's half-hours, as the store knew it then.

    Counted from what was delivered, by whichever way it came; an estimate is no reading.

    Args:
        day: local day.
        scope: units whose devices may be seen.
        at: now.
    """
    rows = scope.filter(Device.objects.filter(state=DeviceState.ACTIVE)).filter(
        Q(meter__installations__valid_to=None) | Q(meter__installations__valid_to__gt=day),
        meter__installations__valid_from__lte=day,
    )
    pairs = rows.values_list("meter__installations__usage_point", "unit")
    due = pl.DataFrame(
        list(pairs), schema={"usage_point": pl.Int64, "unit_id": pl.Int64}, orient="row"
    ).sort("usage_point")
    seven = datetime.combine(day + timedelta(days=1), time(7), LOCAL_ZONE)
    fifth = datetime.combine(day + timedelta(days=6), time(0), LOCAL_ZONE)
    counted = counted_at(due, day, early_at=seven, late_at=fifth)
    units = counted.group_by("unit_id", maintain_order=True).agg(
        pl.len(), pl.col("early").sum(), pl.col("late").sum()
    )
    none = _without_row(rows, day)
    return [
        ServiceLevel(
            unit,
            day,
            count,
            count * HALF_HOURS,
            none.get(unit, 0),
            early,
            late if at >= fifth else None,
        )
        for unit, count, early, late in units.sort("unit_id").iter_rows()
    ]


def _without_row(devices: QuerySet[Device], day: date) -> dict[int, int]:
    """Count by unit the half-hours of a day that meters have no row for."""
    lacked = gaps.without_row(GIVEN_UP_AFTER, since=day, until=day)
    units = dict(devices.filter(pk__in=lacked["device"].to_list()).values_list("pk", "unit"))
    counts: Counter[int] = Counter()
    for device, bits in lacked.select("device", "missing").iter_rows():
        if device in units:
            counts[units[device]] += bits.bit_count()
    return counts


def waiting(at: datetime) -> int:
    """Count the tasks that are due and not taken."""
    rows = Task.objects.filter(state=TaskState.WAITING, due_at__lte=at, expires_at__gt=at)
    return rows.count()


def urgent_waiting(at: datetime) -> bool:
    """Tell whether somebody waits at a screen, or a command waits."""
    rows = Task.objects.filter(state=TaskState.WAITING, priority__lt=Priority.GAP)
    return rows.filter(due_at__lte=at, expires_at__gt=at).exists()


def plans() -> list[Plan]:
    """Return all plans."""
    return list(Plan.objects.select_related("unit"))


def root_unit() -> Unit | None:
    """Return the unit above all others."""
    return Unit.objects.filter(parent=None).order_by("path").first()


def is_loaded(campaign: int) -> bool:
    """Tell whether what an asked reading brought is in the store: nothing of its workers waits."""
    sessions = Session.objects.filter(tasks__campaign=campaign)
    workers = set(sessions.values_list("worker", flat=True))
    return not is_waiting(SOURCE, [f"{worker}-" for worker in workers])


def sessions_of_reading(meter: int, known_at: datetime) -> list[Session]:
    """Return the sessions whose frames hold what was read of a meter and entered at an instant.

    Of a register or a half-hour that no session brought there are none.

    Args:
        meter: its number.
        known_at: when the row entered the books.
    """
    delivery = deliveries_by_instant([known_at]).get(known_at)
    if delivery is None:
        return []
    rows = Session.objects.filter(Q(delivery=delivery) | Q(register_delivery=delivery))
    return list(rows.filter(device__meter=meter).select_related("device__meter"))


def files_of_deliveries(files: Collection[str], since: date) -> set[str]:
    """Return those files of frames in which sessions lie that brought readings into the books.

    Args:
        files: as sessions name them.
        since: local day of the oldest.
    """
    begun = datetime.combine(since - timedelta(days=1), time(0), LOCAL_ZONE)  # over midnight
    rows = Session.objects.filter(began_at__gte=begun, frames_file__in=list(files))
    brought = rows.exclude(delivery=None, register_delivery=None)
    return set(brought.values_list("frames_file", flat=True).distinct())


def multipliers(serials: Sequence[str]) -> pl.DataFrame:
    """Return CT x VT of meters: serial, multiplier, valid_from, valid_to."""
    return read(MULTIPLIERS, (list(serials),))
