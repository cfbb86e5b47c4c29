"""Half-hours of many visits as days that can be delivered.

A meter counts behind its transformers, the books keep the primary side: values are multiplied by
CT x VT of the installation of the day. Rows of shorter periods are added up where all parts of a
half-hour are there. A row whose time is no begin of a period is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, MINUTES, Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from congto.headend.profiles.half_hours import HalfHours

HALF_HOUR_SECONDS = MINUTES * 60
ZONE_SECONDS = 7 * 3600
DAY_SECONDS = 86_400
MOST = 2**31 - 1
MOST_DAYS, MOST_SECONDS = 2**20, 2**40
"""Beyond any day and second that a clock tells: they leave room for the meter in one key."""
ACTIVE = (Channel.ACTIVE_IMPORT.value, Channel.ACTIVE_EXPORT.value)


class Read(NamedTuple):
    """What one visit read: serial of the meter, seconds of a period, its half-hours."""

    serial: str
    period_seconds: int
    half_hours: Sequence[HalfHours]


class Days(NamedTuple):
    """Days of many meters.

    Attributes:
        frame: DELIVERED_DAYS.
        misplaced: rows whose time begins no period, left out.
        beyond: half-hours with a value beyond 32 bits, left out.
    """

    frame: pl.DataFrame
    misplaced: int
    beyond: int


@dataclass(slots=True)
class _Rows:
    """Rows of one channel: meter (place in the list), local second, value, status."""

    meter: NDArray[np.int64]
    second: NDArray[np.int64]
    value: NDArray[np.int64]
    status: NDArray[np.uint8]
    period: NDArray[np.int64]


def days_of(reads: Sequence[Read], multipliers: pl.DataFrame) -> Days:
    """Return the days that visits read.

    Args:
        reads: of the visits.
        multipliers: serial, multiplier, valid_from, valid_to of the meters' installations.
    """
    frames = [DELIVERED_DAYS.empty()]
    misplaced = beyond = 0
    serials = [one.serial for one in reads]
    for channel in Channel:
        rows = _rows(reads, channel)
        if rows is None:
            continue
        aligned = rows.second % rows.period == 0
        misplaced += int((~aligned).sum())
        days, values, status = _arrays(rows, aligned)
        factors, keys = _keys(serials, days, multipliers)
        absent = values == _NOTHING
        values *= factors[:, None]
        large = (np.abs(values) > MOST) & ~absent
        beyond += int(large.sum())
        short = np.where(absent | large, ABSENT, values).astype(np.int32)
        frames.append(_frame(keys, channel, short, status))
    frame = pl.concat(frames).with_columns(line=pl.int_range(1, pl.len() + 1))
    return Days(frame.select(list(DELIVERED_DAYS.columns)), misplaced, beyond)


_NOTHING = -(2**62)


def _rows(reads: Sequence[Read], channel: Channel) -> _Rows | None:
    """Return the rows of a channel of all meters, each period of a meter once; None for none."""
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for place, one in enumerate(reads):
        for told in one.half_hours:
            if channel not in told.channels or not told.begins:
                continue
            column = told.values[told.channels.index(channel)]
            second = np.array([begin.timestamp() for begin in told.begins], np.int64)
            value = np.array([_NOTHING if v is None else v for v in column], np.int64)
            same = np.full_like(second, place)
            status = np.array(told.statuses, np.int64)
            parts.append((same, second, value, status, np.full_like(second, one.period_seconds)))
    if not parts:
        return None
    meter, second, value, status, period = (np.concatenate(p) for p in zip(*parts, strict=True))
    # The same period of another range: the meter answered more than it was asked for.
    _, first = np.unique(meter * MOST_SECONDS + second, return_index=True)
    first.sort()
    local = second[first] + ZONE_SECONDS
    return _Rows(meter[first], local, value[first], status[first].astype(np.uint8), period[first])


def _arrays(
    rows: _Rows, aligned: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Return meter and day of each row of arrays of 48: values and status."""
    meter, second = rows.meter[aligned], rows.second[aligned]
    value, status, period = rows.value[aligned], rows.status[aligned], rows.period[aligned]
    keys, row = np.unique(meter * MOST_DAYS + second // DAY_SECONDS, return_inverse=True)
    days = np.stack(np.divmod(keys, MOST_DAYS))
    slot = second % DAY_SECONDS // HALF_HOUR_SECONDS
    shape = (days.shape[1], HALF_HOURS)
    sums, parts, marks = (
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.uint8),
    )
    there = value != _NOTHING
    np.add.at(sums, (row[there], slot[there]), value[there])
    np.add.at(parts, (row[there], slot[there]), period[there])
    np.bitwise_or.at(marks, (row, slot), status)
    # An hour's row (two half-hours in one) makes no half-hour: it is left as missing.
    return days, np.where(parts == HALF_HOUR_SECONDS, sums, _NOTHING), marks


def _keys(
    serials: list[str], days: NDArray[np.int64], multipliers: pl.DataFrame
) -> tuple[NDArray[np.int64], pl.DataFrame]:
    """Return the multiplier of each row's installation, and the rows' keys."""
    keys = pl.DataFrame(
        {
            "row": np.arange(days.shape[1]),
            "meter": pl.Series(serials).gather(days[0]),
            "local_day": pl.Series(days[1].astype(np.int32)).cast(pl.Date),
        }
    )
    hung = keys.join(multipliers, left_on="meter", right_on="serial", how="inner").filter(
        pl.col("valid_from") <= pl.col("local_day"),
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("local_day")),
    )
    of_row = hung.sort("valid_from").group_by("row").agg(pl.col("multiplier").last())
    named = keys.join(of_row, on="row", how="left", maintain_order="left")
    named = named.with_columns(pl.col("multiplier").fill_null(1))
    return named["multiplier"].to_numpy().copy(), named


def _frame(
    keys: pl.DataFrame, channel: Channel, values: NDArray[np.int32], status: NDArray[np.uint8]
) -> pl.DataFrame:
    flat = pl.Series("values", values.ravel())
    lists = pl.select(pl.when(flat != ABSENT).then(flat)).to_series()
    marked = pl.Series((status != 0).any(axis=1))
    marks = pl.Series("status", status.ravel()).reshape((-1, HALF_HOURS)).arr.to_list()
    unit = "Wh" if channel.value in ACTIVE else "varh"
    nothing = pl.lit(None, pl.List(pl.UInt8))
    frame = keys.with_columns(
        line=pl.lit(0),
        usage_point="meter",  # a serial: the point is the one at which it hangs on the day
        channel=pl.lit(channel.value),
        values=lists.reshape((-1, HALF_HOURS)).arr.to_list(),
        status=pl.select(pl.when(marked).then(marks)).to_series(),
        qualities=nothing,
        methods=nothing,
        reasons=nothing,
        unit=pl.lit(unit),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in DELIVERED_DAYS.columns.items())
