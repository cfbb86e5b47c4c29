"""The figures of a period, day by day: a sum that knows no order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from congto.engines.usage.bands import BANDS, bands_of
from congto.engines.usage.day_figures import NO_QUALITY, figures, slots
from congto.vocabulary.frames.usage import MONTH_HALF_HOURS
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, MINUTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from congto.engines.usage.valid_day import ValidDay
    from congto.vocabulary.prices import TimeBandSchedule

COUNTS = ("present", "measured", "estimated", "edited")
MINUTE_US = 60_000_000


class Month:
    """Figures of usage points over the days of a period.

    Days may come in any order, and a part of the points at a time; each day of a point only once.
    Points that it was not begun with do not count.
    About 90 bytes a point are held, however long the period is.
    """

    def __init__(self, points: pl.DataFrame, schedules: Sequence[TimeBandSchedule]) -> None:
        """Begin with nothing known.

        Args:
            points: at least one row: usage_point, rising, and its part of the period, period_from
                and period_to.
            schedules: time bands, in force and known; each day is cut by the one in force on it.
        """
        self._points = points
        self._schedules = schedules
        self._key = points["usage_point"].to_numpy()
        self._from = _days(points["period_from"])
        self._to = _days(points["period_to"])
        size = len(self._key)
        self._band_wh = np.zeros((len(BANDS), size), np.int64)
        self._counts = {name: np.zeros(size, np.int32) for name in COUNTS}
        self._quality = np.full(size, NO_QUALITY, np.int8)
        self._highest = np.full(size, ABSENT, np.int32)
        self._minute = np.zeros(size, np.int32)  # of _highest, since 1970-01-01 local
        self._reactive = np.zeros(size, np.int64)
        self._reactive_present = np.zeros(size, np.int32)
        self._waiting = np.zeros(size, np.int32)

    def add(self, day: ValidDay) -> None:
        """Add a day of active energy; days outside a point's part of the period do not count."""
        rows, day = self._rows(day)
        found = figures(day, bands_of(self._schedules, day.day))
        self._band_wh[:, rows] += found.band_wh
        for name, count in self._counts.items():
            count[rows] += getattr(found, name)
        self._quality[rows] = np.minimum(self._quality[rows], found.quality)
        self._raise(rows, day, found.highest_wh)

    def _raise(
        self, rows: NDArray[np.intp] | slice, day: ValidDay, highest: NDArray[np.int32]
    ) -> None:
        """Keep the highest half-hour; of equal ones the first in time."""
        held, minute = self._highest[rows], self._minute[rows]
        begins = _day(day.day) * HALF_HOURS * MINUTES
        sooner = (highest == held) & (begins < minute)
        higher = np.flatnonzero((highest != ABSENT) & ((highest > held) | sooner))
        held[higher] = highest[higher]
        minute[higher] = begins + MINUTES * slots(day, higher, highest[higher]).astype(np.int32)
        self._highest[rows], self._minute[rows] = held, minute

    def add_reactive(self, day: ValidDay) -> None:
        """Add a day of reactive energy taken (channel Q+)."""
        rows, day = self._rows(day)
        found = figures(day, (BANDS[0],) * HALF_HOURS)
        self._reactive[rows] += found.band_wh[0]
        self._reactive_present[rows] += found.present

    def add_waiting(self, day: date, points: NDArray[np.int64]) -> None:
        """Count the half-hours of points whose day was delivered and is not validated."""
        rows, known = self._places(points)
        inside = known & (self._from[rows] <= _day(day)) & (_day(day) < self._to[rows])
        self._waiting[rows[inside]] += HALF_HOURS

    def _rows(self, day: ValidDay) -> tuple[NDArray[np.intp] | slice, ValidDay]:
        """Return the places of a day's points, and the day without those it does not belong to."""
        at = _day(day.day)
        inside = (self._from <= at) & (at < self._to)
        if np.array_equal(day.points, self._key) and inside.all():
            return slice(None), day
        rows, known = self._places(day.points)
        kept = known & inside[rows]
        return (rows, day) if kept.all() else (rows[kept], day.take(kept))

    def _places(self, points: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where points stand, and which of them stand there."""
        rows = np.minimum(np.searchsorted(self._key, points), len(self._key) - 1)
        return rows, self._key[rows] == points

    def frame(self) -> pl.DataFrame:
        """Return what is known so far: frame MONTH_HALF_HOURS, in the order of the points."""
        names = ("normal_wh", "peak_wh", "off_peak_wh")
        reached = pl.col("highest_wh") != ABSENT
        columns: dict[str, NDArray[Any]] = {
            **dict(zip(names, self._band_wh, strict=True)),
            **self._counts,
            "quality": self._quality.astype(np.int16),
            "highest_wh": self._highest.astype(np.int64),
            "highest_at": self._minute.astype(np.int64) * MINUTE_US,
            "reactive_varh": self._reactive,
            "reactive_present": self._reactive_present,
            "not_validated": self._waiting,
        }
        known = self._points.with_columns(**{name: pl.Series(one) for name, one in columns.items()})
        return MONTH_HALF_HOURS.check(
            known.with_columns(
                quality=pl.when(pl.col("present") > 0).then("quality"),
                highest_wh=pl.when(reached).then("highest_wh"),
                highest_at=pl.when(reached).then(pl.col("highest_at").cast(pl.Datetime("us"))),
            )
        )


def _day(day: date) -> int:
    """Return the day's number since 1970-01-01, as Polars counts dates."""
    return day.toordinal() - 719_163


def _days(dates: pl.Series) -> NDArray[np.int32]:
    numbers: NDArray[np.int32] = dates.cast(pl.Int32).to_numpy()
    return numbers
