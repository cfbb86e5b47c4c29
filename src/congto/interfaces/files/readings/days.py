"""Values of a file's intervals as days of 48 half-hours: added up, in whole Wh, with their marks.

Files write kWh with any number of decimals; they come here as whole millionths of the file's unit,
so that nothing is lost before the one rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.marks import Marks
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, MINUTES, Method
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.interfaces.files.readings.marks import Bytes

    Whole = NDArray[np.int64]

MILLIONTHS = pl.Decimal(16, 6)
"""A value of a file: up to 9,999,999,999 of its unit, to the millionth. Twice the sum of a day of
288 such values still fits 64 bits."""
MILLION = 1_000_000
NO_VALUE = -(2**63)
"""In arrays of 64 bits: no value."""
MOST = 2**31 - 1


def days_of(
    file: str, keys: pl.DataFrame, millionths: Whole, unit_wh: Whole, marks: Marks | None = None
) -> Delivery:
    """Return days of half-hours; a day with a value beyond 32 bits becomes an error.

    Args:
        file: the name that errors give.
        keys: one row per day: line, usage_point, meter, channel, local_day, unit, multiplier.
        millionths: values in millionths of the unit, NO_VALUE where one is missing; (rows, 24 or a
            multiple of 48). Hours are halved and their values marked as estimated.
        unit_wh: Wh in one of each row's unit; (rows,).
        marks: beside each value; None where all are measured.
    """
    if millionths.shape[1] < HALF_HOURS:
        marks = _estimated(marks, millionths.shape)
    values = half_hours(whole_wh(millionths, unit_wh))
    large = np.abs(np.where(values == NO_VALUE, 0, values)).max(axis=1, initial=0) > MOST
    short = np.where(values == NO_VALUE, ABSENT, np.clip(values, -MOST, MOST)).astype(np.int32)
    frame = lists_of(keys, short, None if marks is None else marks.half_hours())
    bad = frame.filter(large)
    errors = complain(
        file,
        bad,
        "values",
        pl.format("{} on {} has a value beyond 2,147,483 kWh", "usage_point", "local_day"),
        "at most 2,147,483 kWh in a half-hour",
        "correct the value or its unit",
    )
    return Delivery(frame.filter(~large), errors)


def lists_of(keys: pl.DataFrame, values: NDArray[np.int32], marks: Marks | None) -> pl.DataFrame:
    """Return days (DELIVERED_DAYS) from arrays of half-hours; ABSENT is a missing value."""
    frame = keys.with_columns(_lists(values), *_marks(marks, values == ABSENT))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in DELIVERED_DAYS.columns.items())


def whole_wh(millionths: Whole, unit_wh: Whole) -> Whole:
    """Turn millionths of a unit into whole Wh; what is exact stays exact.

    Digits below the Wh are rounded on the running total of the row, half up: the sum of a day is
    off by less than one Wh however many values it has, as a register's is that shows whole Wh.
    """
    divisor = (MILLION // unit_wh)[:, None]
    absent = millionths == NO_VALUE
    present = np.where(absent, 0, millionths) if absent.any() else millionths
    # A division by one number is several times as fast as by one for each row.
    alike = len(divisor) > 0 and bool((divisor == divisor[0]).all())
    by = divisor[0] if alike else divisor
    rounded: Whole = present // by
    if not np.array_equal(rounded * by, present):
        total = np.floor_divide(2 * np.cumsum(present, axis=1) + divisor, 2 * divisor)
        rounded = np.diff(total, axis=1, prepend=0)
    return np.where(absent, NO_VALUE, rounded) if absent.any() else rounded


def half_hours(values: Whole) -> Whole:
    """Add intervals up to 48 half-hours, or halve 24 hours; missing where a part is missing."""
    rows, intervals = values.shape
    if intervals == HALF_HOURS:
        return values
    if intervals < HALF_HOURS:
        first = values // 2
        halves = np.stack([first, values - first], axis=2).reshape(rows, HALF_HOURS)
        return np.where(np.repeat(values == NO_VALUE, 2, axis=1), NO_VALUE, halves)
    parts = values.reshape(rows, HALF_HOURS, intervals // HALF_HOURS)
    absent = (parts == NO_VALUE).any(axis=2)
    sums: Whole = np.where(parts == NO_VALUE, 0, parts).sum(axis=2)
    return np.where(absent, NO_VALUE, sums)


def _estimated(marks: Marks | None, shape: tuple[int, ...]) -> Marks:
    """Mark halved hours: the hour was measured, its two halves were not."""
    marks = marks or Marks.measured(*shape)
    halved = marks.qualities > Quality.ESTIMATED
    return Marks(
        np.where(halved, Quality.ESTIMATED, marks.qualities).astype(np.uint8),
        np.where(halved, Method.FLAT_REGISTER, marks.methods).astype(np.uint8),
        marks.reasons,
        marks.status,
    )


def intervals_of(minutes: int) -> int:
    """Return how many intervals of a length a day has."""
    return HALF_HOURS * MINUTES // minutes


def _lists(values: NDArray[np.int32]) -> pl.Series:
    """Return a list column: null where a value is ABSENT."""
    flat = pl.Series("values", values.ravel())
    if (values == ABSENT).any():
        flat = pl.select(pl.when(flat != ABSENT).then(flat)).to_series()
    return flat.reshape((-1, HALF_HOURS)).arr.to_list().alias("values")


def _marks(marks: Marks | None, absent: NDArray[np.bool_]) -> list[pl.Series | pl.Expr]:
    """Return the four columns of marks: null in a day that has nothing to say."""
    if marks is None and not absent.any():
        return [
            pl.lit(None, dtype=pl.List(pl.UInt8)).alias(name)
            for name in ("qualities", "methods", "reasons", "status")
        ]
    marks = marks or Marks.measured(*absent.shape)
    qualities = np.where(absent, Quality.MISSING, marks.qualities).astype(np.uint8)
    return [
        _bytes("qualities", qualities, Quality.MEASURED),
        _bytes("methods", marks.methods, 0),
        _bytes("reasons", marks.reasons, 0),
        _bytes("status", marks.status, 0),
    ]


def _bytes(name: str, values: Bytes, usual: int) -> pl.Series:
    """Return a list column of bytes: null in the rows where all are as usual."""
    telling = pl.Series("telling", (values != usual).any(axis=1))
    lists = pl.Series(name, values.ravel()).reshape((-1, HALF_HOURS)).arr.to_list()
    return pl.select(pl.when(telling).then(lists).alias(name)).to_series()
