"""What determinants are made of: validated half-hours as arrays, and the registers of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines import readings, usage
from congto.engines.readings import no_bands
from congto.office.storage.interval_tables import RAW, VALIDATED, frame_of
from congto.office.storage.intervals import newest
from congto.vocabulary.intervals import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from congto.office.storage.interval_tables import Snapshot
    from congto.vocabulary.periods import Period
    from congto.vocabulary.prices import TimeBandSchedule

COLUMNS = ("usage_point", "channel", "values", "qualities", "quality", "raw_version", "version")
RAW_COLUMNS = ("usage_point", "channel", "version")
CLOSE = 2
"""Points lie close together when they are at least half of those between first and last."""

EDITED = 0
"""The raw version of a day that a person edited."""


@dataclass(frozen=True, slots=True)
class DayFiles:
    """The files of one local day; later commits do not change them."""

    day: date
    validated: Snapshot
    raw: Snapshot

    def names(self, first: int, last: int) -> list[str]:
        """Return the files that hold rows of points first to last."""
        return [
            file.path
            for snapshot in (self.validated, self.raw)
            for file in snapshot.files
            if file.last >= first and file.first <= last
        ]


def day_files(period: Period) -> list[DayFiles]:
    """Return the files of each day of a period, all as of one moment."""
    validated, raw = VALIDATED.opened(), RAW.opened()
    return [
        DayFiles(day, VALIDATED.snapshot(day, validated), RAW.snapshot(day, raw))
        for day in period.each_day()
    ]


def month_of(
    points: pl.DataFrame, files: Sequence[DayFiles], schedules: Sequence[TimeBandSchedule]
) -> usage.Month:
    """Go through the days of some points, holding one day in memory at a time.

    Args:
        points: usage_point, rising, period_from, period_to.
        files: of the days of the period.
        schedules: time bands.
    """
    month = usage.Month(points, schedules)
    keys = points["usage_point"].to_numpy()
    if not len(keys):
        return month
    for one in files:
        rows = _validated(one, keys)
        active = _current(rows, Channel.ACTIVE_IMPORT)
        month.add(usage.ValidDay.of(active, one.day))
        reactive = _current(rows, Channel.REACTIVE_IMPORT)
        month.add_reactive(usage.ValidDay.of(reactive, one.day))
        month.add_waiting(one.day, _waiting(one, active, keys))
    return month


def valid_day(one: DayFiles, keys: NDArray[np.int64]) -> usage.ValidDay:
    """Return the active energy of some points on a day; keys rising."""
    return usage.ValidDay.of(_current(_validated(one, keys), Channel.ACTIVE_IMPORT), one.day)


def _validated(one: DayFiles, keys: NDArray[np.int64]) -> pl.DataFrame:
    """Return the validated rows of points, all channels and versions.

    Of points that lie close together also those between them, which costs less than to sort out.
    """
    first, last = int(keys[0]), int(keys[-1])
    sparse = keys if len(keys) * CLOSE < last - first else None
    rows = one.validated.rows(first, last, points=sparse, columns=COLUMNS)
    return frame_of(rows, VALIDATED, one.day)


def _current(rows: pl.DataFrame, channel: Channel) -> pl.DataFrame:
    """Return the newest row of each point on a channel."""
    own = rows["channel"] == channel.value
    return newest(rows if own.all() else rows.filter(own))


def _waiting(one: DayFiles, active: pl.DataFrame, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the points with a delivery of active energy that is newer than what was judged.

    Args:
        one: the day.
        active: its current validated rows.
        keys: the points.
    """
    raw = one.raw.rows(int(keys[0]), int(keys[-1]), columns=RAW_COLUMNS)
    points, version = (raw.column(name).to_numpy() for name in ("usage_point", "version"))
    judged, seen = active["usage_point"].to_numpy(), active["raw_version"].to_numpy()
    late = raw.column("channel").to_numpy() == Channel.ACTIVE_IMPORT.value
    if len(judged):
        place = np.minimum(np.searchsorted(judged, points), len(judged) - 1)
        done = (seen[place] == EDITED) | (version <= seen[place])
        late &= ~((judged[place] == points) & done)
    return np.unique(points[late])


def registers_of(advanced: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Return what the registers of points advanced: frame POINT_REGISTERS.

    That a register has no bands (RDG-007) does not make it wrong.

    Args:
        advanced: frame REGISTER_ADVANCES.
        findings: that stand (judging).
    """
    told = findings.filter(pl.col("rule") != no_bands.RULE)
    return readings.point_registers(readings.judge(advanced, told))
