"""What estimation leans on for the rows in need: like days and the half-hour before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation import Sources
from congto.engines.intervals.estimation.like_days import (
    StoredDays,
    days_to_read,
    like_days,
    nearest_day,
    usable_days,
)
from congto.engines.intervals.estimation.sources import LIKE_DAYS_MAX
from congto.office.meterdata.vee_stored import places, stored_day
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, reason_bit
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock
    from congto.office.storage.interval_tables import Snapshot
    from congto.vocabulary.intervals import Channel

UNLIKE_OTHERS = np.uint32(reason_bit("V-12"))


@dataclass(frozen=True, slots=True)
class _Day:
    """One stored day of the points in need; ABSENT and not usable where nothing is stored."""

    values: NDArray[np.int32]
    qualities: NDArray[np.uint8]
    usable: NDArray[np.bool_]


def earlier_days(day: date) -> list[date]:
    """Return the days before a day that may be leaned on, the day before among them."""
    wanted = {one for one in days_to_read(day, day_type) if one < day}
    return sorted({*wanted, day - timedelta(days=1)}, reverse=True)


def sources_of(block: DayBlock, rows: NDArray[np.intp], stored: Mapping[date, Snapshot]) -> Sources:
    """Return the sources of the rows to complete.

    Args:
        block: the day.
        rows: those to complete.
        stored: the validated days that `earlier_days` names, as far as there are any.
    """
    points = block.points[rows]
    yesterday = block.day - timedelta(days=1)
    like, nearest, read = _like(block.channel, points, block.day, stored)
    at_midnight = block.values[rows, 0] == ABSENT
    before = read.get(yesterday)
    if before is None and yesterday in stored and at_midnight.any():
        before = _read(stored[yesterday], block.channel, points, at_midnight)
    return Sources(
        rows=rows,
        like_days=like[:, None],
        nearest=nearest[:, None],
        before=_before(before, len(points)),
    )


def like_sources(
    channel: Channel, points: NDArray[np.int64], day: date, stored: Mapping[date, Snapshot]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the like days of a day, (n, 4, 48), and the nearest one, (n, 48), of some points."""
    like, nearest, _read_days = _like(channel, points, day, stored)
    return like, nearest


def _like(
    channel: Channel, points: NDArray[np.int64], day: date, stored: Mapping[date, Snapshot]
) -> tuple[NDArray[np.int32], NDArray[np.int32], dict[date, _Day]]:
    """Read days the most recent first, and of each only the points that still lack like days.

    Four days mostly, as days before are nearly all measured.
    """
    read: dict[date, _Day] = {}
    lacking = np.full(len(points), LIKE_DAYS_MAX)
    for one in days_to_read(day, day_type):
        if one < day and one in stored and (lacking > 0).any():
            read[one] = _read(stored[one], channel, points, lacking > 0)
            lacking -= read[one].usable
    known = _stacked(read, tuple(read), len(points))
    return like_days(day, day_type, known), nearest_day(day, day_type, known), read


def _read(
    snapshot: Snapshot, channel: Channel, points: NDArray[np.int64], wanted: NDArray[np.bool_]
) -> _Day:
    """Read one stored day of the wanted points."""
    count = len(points)
    values = np.full((count, HALF_HOURS), ABSENT, np.int32)
    qualities = np.zeros((count, HALF_HOURS), np.uint8)
    flagged = np.ones(count, np.bool_)
    found = stored_day(snapshot, channel, points=points[wanted])
    rows, at = places(points, found.points)
    values[rows], qualities[rows] = found.values[at], found.qualities[at]
    flagged[rows] = ((found.reasons[at] & UNLIKE_OTHERS) != 0).any(axis=1)
    usable = usable_days(values[:, None], qualities[:, None], flagged[:, None])[:, 0]
    return _Day(values, qualities, usable)


def _stacked(read: Mapping[date, _Day], days: tuple[date, ...], count: int) -> StoredDays:
    """Return the days side by side."""
    if not days:
        empty = np.empty((count, 0, HALF_HOURS), np.int32)
        return StoredDays((), empty, np.empty((count, 0), np.bool_))
    return StoredDays(
        days,
        np.stack([read[day].values for day in days], axis=1),
        np.stack([read[day].usable for day in days], axis=1),
    )


def _before(yesterday: _Day | None, count: int) -> NDArray[np.int32]:
    """Return the last half-hour of the day before, ABSENT where it was not measured."""
    if yesterday is None:
        return np.full(count, ABSENT, np.int32)
    measured = yesterday.qualities[:, -1] >= Quality.MEASURED_SUSPECT
    return np.where(measured, yesterday.values[:, -1], ABSENT).astype(np.int32)
