"""Single values with their starts, gathered into days: for formats that list them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.days import NO_VALUE, days_of, intervals_of
from congto.interfaces.files.readings.marks import STATUS, Marks
from congto.office.organisation.loading import Rows
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SERIES = ["usage_point", "meter", "channel", "local_day", "unit", "unit_wh", "multiplier"]
BESIDE = {"grade": Quality.MEASURED, "method": 0, "code": 0, "status": 0}
"""Marks beside a value, and what stands where there is none."""

SINGLE_VALUES: dict[str, pl.DataType] = {
    "line": pl.Int64(),
    "usage_point": pl.String(),
    "meter": pl.String(),
    "channel": pl.Int8(),
    "start": pl.Datetime("us"),  # local time
    "millionths": pl.Int64(),  # of the unit; null: missing
    "unit": pl.String(),
    "unit_wh": pl.Int64(),
    "multiplier": pl.Int64(),
    "grade": pl.UInt8(),  # vocabulary.quality.Quality
    "method": pl.UInt8(),
    "code": pl.UInt8(),  # reason
    "status": pl.UInt8(),
}


def gather(file: str, values: pl.DataFrame, minutes: int) -> Delivery:
    """Return the days that single values of one length make up; what is not there is missing.

    Args:
        file: the name that errors give.
        values: one row per value, columns of SINGLE_VALUES.
        minutes: length of an interval.
    """
    rows = Rows.of(values, file)
    _refuse_misaligned(rows, minutes)
    rows.good = rows.good.with_columns(
        local_day=pl.col("start").dt.date(),
        slot=(pl.col("start").dt.hour().cast(pl.Int64) * 60 + pl.col("start").dt.minute())
        // minutes,
    )
    _refuse_repeats(rows)
    if rows.good.is_empty():
        return Delivery(DELIVERED_DAYS.empty(), rows.loaded().errors)
    days = rows.good.group_by(SERIES, maintain_order=True).agg(pl.col("line").min())
    placed = rows.good.join(
        days.with_row_index("row").drop("line"),
        on=SERIES,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    count = intervals_of(minutes)
    flat = (placed["row"].cast(pl.Int64) * count + placed["slot"]).to_numpy()
    found = np.full((days.height, count), NO_VALUE, np.int64)
    found.reshape(-1)[flat] = placed["millionths"].fill_null(NO_VALUE).to_numpy()
    marks = _marks(placed, flat, (days.height, count))
    if marks is not None:
        found = np.where(marks.qualities == Quality.MISSING, NO_VALUE, found)
    made = days_of(file, days, found, days["unit_wh"].to_numpy(), marks)
    return Delivery(made.frame, pl.concat([rows.loaded().errors, made.errors]))


def _refuse_misaligned(rows: Rows, minutes: int) -> None:
    """List values that do not start on a multiple of the length after midnight (V-03)."""
    since = pl.col("start").dt.hour().cast(pl.Int64) * 60 + pl.col("start").dt.minute()
    odd = (since % minutes != 0) | (pl.col("start").dt.second() != 0)
    rows.reject(
        odd,
        "start",
        pl.format("a value starts at {}", pl.col("start").dt.strftime("%Y-%m-%d %H:%M:%S")),
        expected=f"starts every {minutes} minutes from 00:00",
        action="correct the time, or say how long the intervals are (--minutes)",
    )


def _refuse_repeats(rows: Rows) -> None:
    """Keep the first value of each interval; list the others, of a day that comes twice once."""
    key = ["usage_point", "meter", "channel", "start"]
    repeated = ~pl.struct(key).is_first_distinct()
    marked = rows.good.with_columns(first_line=pl.col("line").first().over(key), repeated=repeated)
    rows.good = marked.filter(~pl.col("repeated")).drop("first_line", "repeated")
    if rows.good.height == marked.height:
        return
    days = (
        marked.filter("repeated")
        .group_by("usage_point", "meter", "channel", "local_day", maintain_order=True)
        .agg(pl.col("line", "first_line", "start").first(), count=pl.len())
    )
    one = pl.format(
        "{} at {} stands already on line {}",
        "usage_point",
        pl.col("start").dt.strftime("%Y-%m-%d %H:%M"),
        "first_line",
    )
    several = pl.format(
        "{} on {} has {} values that stand already, the first on line {}",
        "usage_point",
        "local_day",
        "count",
        "first_line",
    )
    rows.errors.append(
        complain(
            rows.file,
            days,
            "start",
            pl.when(pl.col("count") == 1).then(one).otherwise(several),
            "each interval once for a point, meter and channel",
            "remove one of the two; the first is taken",
        )
    )


def _marks(placed: pl.DataFrame, flat: np.ndarray, shape: tuple[int, int]) -> Marks | None:
    """Return the marks beside the values; None where every value is measured."""
    if placed.select(
        pl.all_horizontal((pl.col(name) == usual).all() for name, usual in BESIDE.items())
    ).item():
        return None
    arrays = {}
    for name, usual in BESIDE.items():
        arrays[name] = np.full(shape, usual, np.uint8)
        arrays[name].reshape(-1)[flat] = placed[name].to_numpy()
    status = arrays["status"] | STATUS[arrays["code"]]
    return Marks(arrays["grade"], arrays["method"], arrays["code"], status)


def local(column: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Read starts as local time: instants are turned into it, times without an offset are local."""
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is None:
            return column.cast(pl.Datetime("us"))
        return (
            column.dt.convert_time_zone(str(zone))
            .dt.replace_time_zone(None)
            .cast(pl.Datetime("us"))
        )
    text = column.cast(pl.String).str.replace("T", " ", literal=True)
    naive = _first(text, ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f"))
    aware = text.str.replace(r"Z$", "+00:00")
    instants = _first(
        aware, ("%Y-%m-%d %H:%M%:z", "%Y-%m-%d %H:%M:%S%:z", "%Y-%m-%d %H:%M:%S%.f%:z")
    )
    turned = instants.dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)
    return pl.select(pl.coalesce(naive, turned)).to_series().alias(column.name)


def _first(text: pl.Series, patterns: tuple[str, ...]) -> pl.Series:
    """Read times by the first pattern that fits."""
    aware = patterns[0].endswith("z")
    read = [
        text.str.to_datetime(
            pattern, time_unit="us", time_zone="UTC" if aware else None, strict=False
        )
        for pattern in patterns
    ]
    return pl.select(pl.coalesce(*read)).to_series()
