"""What estimation leans on for the rows in need: like days and the half-hour before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import Sources
from congto.engines.intervals.estimation.like_days import (
    StoredDays,
    days_to_read,
    like_days,
    nearest_day,
    usable_days,
)
from congto.engines.intervals.estimation.register_average import average_daily_wh
from congto.engines.intervals.estimation.sources import LIKE_DAYS_MAX
from congto.office.meterdata.vee_stored import places, stored_day
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, DayType, reason_bit
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock
    from congto.office.meterdata.vee_derive import Leaning
    from congto.office.meterdata.vee_stored import StoredDay
    from congto.office.storage.interval_tables import Snapshot
    from congto.vocabulary.intervals import Channel

YEAR_DAYS = 364
"""A year of whole weeks, so that the weekday is the same."""
LOOK_DAYS = 21
"""How far from it a day may lie that stands for it."""
RATIO_DAYS = 28
COMMON_DAYS = 7
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


def days_leaned_on(day: date) -> list[date]:
    """Return all days whose validated rows a day may ask for: weeks before, and a year ago."""
    weeks = [day - timedelta(days=number) for number in range(1, RATIO_DAYS + 1)]
    then = [one - timedelta(days=YEAR_DAYS) for one in weeks]
    return sorted({*earlier_days(day), *weeks, *then, *_a_year_ago(day)}, reverse=True)


def sources_of(block: DayBlock, rows: NDArray[np.intp], leaning: Leaning) -> Sources:
    """Return the sources of the rows to complete.

    Args:
        block: the day.
        rows: those to complete.
        leaning: the validated days that `earlier_days` names, as far as there are any, and more.
    """
    points, stored = block.points[rows], leaning.stored
    check, main_wh, check_wh = _check(block, rows, leaning)
    yesterday = block.day - timedelta(days=1)
    like, nearest, read = _like(block.channel, points, block.day, stored)
    at_midnight = block.values[rows, 0] == ABSENT
    lacking = (like[:, 0, 0] == ABSENT) & (nearest[:, 0] == ABSENT)
    before = read.get(yesterday)
    if before is None and yesterday in stored and at_midnight.any():
        before = _read(stored[yesterday], block.channel, points, at_midnight)
    return Sources(
        rows=rows,
        like_days=like[:, None],
        nearest=nearest[:, None],
        before=_before(before, len(points)),
        **_last_year(block, points, lacking, stored),
        class_days=leaning.class_days,
        daily_wh=_daily(points, lacking, leaning),
        check=check,
        main_wh=main_wh,
        check_wh=check_wh,
    )


def _check(
    block: DayBlock, rows: NDArray[np.intp], leaning: Leaning
) -> tuple[NDArray[np.int32] | None, NDArray[np.int64] | None, NDArray[np.int64] | None]:
    """Return the check meter's values of the rows (E-01) and both sums of the last common days.

    A day is common that both meters measured wholly; the last seven within four weeks.
    """
    other = None if block.delivery is None else block.delivery.check_meter
    if other is None or leaning.check_points is None:
        return None, None, None
    check = other[rows]
    own = np.flatnonzero((check != ABSENT).any(axis=1))
    main, beside = block.points[rows[own]], leaning.check_points[rows[own]]
    order = np.argsort(beside)  # stored days are read by rising keys
    sums, count = np.zeros((2, len(own)), np.int64), np.zeros(len(own), np.int64)
    for back in range(1, RATIO_DAYS + 1):
        lacking = count < COMMON_DAYS
        snapshot = leaning.stored.get(block.day - timedelta(days=back))
        if snapshot is None or not lacking.any():
            continue
        of_main = _measured_wh(snapshot, block.channel, main)
        of_check = np.empty_like(of_main)
        of_check[order] = _measured_wh(snapshot, block.channel, beside[order])
        common = lacking & (of_main != ABSENT_WH) & (of_check != ABSENT_WH)
        sums += np.where(common, [of_main, of_check], 0)
        count += common
    told = np.full((2, len(rows)), ABSENT_WH)
    told[:, own] = np.where(count > 0, sums, ABSENT_WH)
    return check, told[0], told[1]


def _measured_wh(
    snapshot: Snapshot, channel: Channel, points: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return day sums of points (rising) that were measured wholly, ABSENT_WH of all others."""
    found = stored_day(snapshot, channel, points=points)
    whole = (found.qualities >= Quality.MEASURED_SUSPECT).all(axis=1)
    whole &= (found.values != ABSENT).all(axis=1)
    return _placed(found, points, whole)


def _whole_wh(snapshot: Snapshot, channel: Channel, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return day sums of points (rising) without a gap, estimated or not; ABSENT_WH of others."""
    found = stored_day(snapshot, channel, points=points)
    return _placed(found, points, (found.values != ABSENT).all(axis=1))


def _placed(
    found: StoredDay, points: NDArray[np.int64], kept: NDArray[np.bool_]
) -> NDArray[np.int64]:
    out = np.full(len(points), ABSENT_WH)
    rows, at = places(points, found.points)
    sums = found.values.sum(axis=1, dtype=np.int64)
    out[rows] = np.where(kept, sums, ABSENT_WH)[at]
    return out


def _last_year(
    block: DayBlock,
    points: NDArray[np.int64],
    lacking: NDArray[np.bool_],
    stored: Mapping[date, Snapshot],
) -> dict[str, Any]:
    """Return the day like it a year ago (E-10), and four weeks' use now and then, if stored."""
    out = np.full((len(points), HALF_HOURS), ABSENT, np.int32)
    for one in _a_year_ago(block.day):
        vacant = lacking & (out[:, 0] == ABSENT)
        if one in stored and vacant.any():
            day = _read(stored[one], block.channel, points, vacant)
            out[day.usable] = day.values[day.usable]
    rows = np.flatnonzero(out[:, 0] != ABSENT)
    if not len(rows):
        return {}
    uses = np.full((2, len(points)), ABSENT_WH)
    for which, back in enumerate((0, YEAR_DAYS)):
        uses[which, rows] = _four_weeks(block, points[rows], back, stored)
    return {"last_year": out[:, None], "recent_wh": uses[0], "year_ago_wh": uses[1]}


def _four_weeks(
    block: DayBlock, points: NDArray[np.int64], back: int, stored: Mapping[date, Snapshot]
) -> NDArray[np.int64]:
    """Return the use of the 28 days before the day, or before that day so many days ago."""
    total = np.zeros(len(points), np.int64)
    known = np.ones(len(points), np.bool_)
    for number in range(1, RATIO_DAYS + 1):
        snapshot = stored.get(block.day - timedelta(days=back + number))
        if snapshot is None:
            return np.full(len(points), ABSENT_WH)
        wh = _whole_wh(snapshot, block.channel, points)
        known &= wh != ABSENT_WH
        total += np.where(known, wh, 0)
    return np.where(known, total, ABSENT_WH)


def _a_year_ago(day: date) -> list[date]:
    """Return days of the same type a year before, the same weekday and the nearest weeks first."""
    kind = day_type(day)
    wanted = DayType.SUNDAY if kind is DayType.HOLIDAY else kind
    nearest = [day - timedelta(days=YEAR_DAYS + shift) for shift in (0, 7, -7, 14, -14)]
    if kind is DayType.HOLIDAY:
        nearest = [one - timedelta(days=(one.weekday() + 1) % 7) for one in nearest]
    return [one for one in nearest if day_type(one) is wanted]


def _daily(
    points: NDArray[np.int64], lacking: NDArray[np.bool_], leaning: Leaning
) -> NDArray[np.int64] | None:
    """Return the mean daily use by registers (E-12) of the points without a like day."""
    if leaning.daily is None or not lacking.any():
        return None
    found = leaning.daily(points[lacking].tolist()).sort("usage_point")
    told = [found[name].to_numpy() for name in ("last_wh", "last_days", "year_wh", "year_days")]
    out = np.full(len(points), ABSENT_WH)
    rows, at = places(points, found["usage_point"].to_numpy())
    out[rows] = average_daily_wh(*(one[at] for one in told))
    return out


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
