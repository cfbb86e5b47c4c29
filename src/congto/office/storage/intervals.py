"""The Delta table of interval readings: one row per usage point, channel and local day.

Folder `<CONGTO_DATA>/intervals`, partitioned by local_day: a day of everybody is one read. Inside a
day rows are sorted by usage point, so that Parquet's statistics find one point without the rest.

A row holds the 48 half-hours of the day in Wh on the primary side, null where one is missing.
`quality` is the weakest of the day's values, one number a row and not 48: rows are never changed, a
correction or an estimate is a new version, so which half-hours it filled is seen by comparing it
with the version before. The current row is the one with the highest version.

Every commit is atomic and carries a transaction mark, so a load that was killed has left whole
commits or nothing, a rerun adds only what is not there, and of two loads that ran at the same time
the second is refused.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError
from django.conf import settings

from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.vocabulary.periods import Period

HALF_HOURS = 48

SCHEMA: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "channel": pl.String(),  # "A+" active energy taken
    "local_day": pl.Date(),
    "values": pl.List(pl.Int64()),  # 48 half-hours from 00:00, Wh
    "quality": pl.Int16(),  # vocabulary.quality.Quality, the weakest of the day
    "version": pl.Int16(),
    "known_at": pl.Datetime("us", "UTC"),
}

SUMS = {
    "usage_point": pl.Int64(),
    "present": pl.Int64(),
    "negative": pl.Int64(),
    "lowest_wh": pl.Int64(),
    "energy_wh": pl.Int64(),
}

KEY = ["local_day", "usage_point", "channel"]

WRITER = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=65_536)
"""65,536 rows are 3.1 M values: big enough to compress, small enough to find one point quickly."""

MARK = "congto.intervals"


def folder() -> Path:
    """Return where the table lives."""
    return Path(settings.DATA) / "intervals"


def append(delivered: pl.DataFrame, *, at: datetime) -> int:
    """Add the rows whose values differ from the current ones, as new versions; return how many.

    Args:
        delivered: one row per usage point, channel and local day: usage_point, channel, local_day,
            values, quality. Rows equal to the current version are not written again.
        at: when the rows enter the books.

    Raises:
        RefusedError: another load wrote at the same time; nothing was added.
    """
    if delivered.is_empty():
        return 0
    table = _table()
    new = _changed(delivered, table)
    if new.is_empty():
        return 0
    known_at = pl.lit(at).dt.convert_time_zone("UTC").cast(SCHEMA["known_at"])
    rows = new.with_columns(known_at=known_at).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )
    mark = Transaction(app_id=MARK, version=0 if table is None else table.version() + 1)
    try:
        write_deltalake(
            folder() if table is None else table,
            rows.sort(*KEY).to_arrow(compat_level=pl.CompatLevel.oldest()),
            mode="append",
            partition_by=["local_day"],
            writer_properties=WRITER,
            commit_properties=CommitProperties(app_transactions=[mark], max_commit_retries=0),
        )
    except CommitFailedError as error:
        raise RefusedError(
            "another load wrote interval readings at the same time",
            action="run this load again; what is there already is not added twice",
        ) from error
    return rows.height


def _changed(delivered: pl.DataFrame, table: DeltaTable | None) -> pl.DataFrame:
    """Keep the rows that differ from the current version and give them the next one."""
    if table is None:
        return delivered.with_columns(version=pl.lit(1, dtype=pl.Int16))
    days = delivered["local_day"].unique().to_list()
    points = delivered["usage_point"]
    held = _current(
        pl.scan_delta(table).filter(
            pl.col("local_day").is_in(days),
            pl.col("usage_point").is_between(points.min(), points.max()),
        )
    )
    held = held.select(*KEY, __values="values", __version="version")
    joined = delivered.join(held, on=KEY, how="left", maintain_order="left")
    return (
        joined.filter(
            pl.col("__version").is_null() | pl.col("values").ne_missing(pl.col("__values"))
        )
        .with_columns(version=(pl.col("__version").fill_null(0) + 1).cast(pl.Int16))
        .drop("__values", "__version")
    )


def _table() -> DeltaTable | None:
    """Open the table; None before the first reading."""
    if not DeltaTable.is_deltatable(str(folder())):
        return None
    return DeltaTable(folder())


def _scan() -> pl.LazyFrame:
    """Return all rows, all versions, unread."""
    table = _table()
    return pl.LazyFrame(schema=SCHEMA) if table is None else pl.scan_delta(table)


def _current(rows: pl.LazyFrame) -> pl.DataFrame:
    """Keep the highest version of each key, sorted by key."""
    frame = rows.collect()
    if frame.is_empty() or frame["version"].max() == 1:
        return frame.sort(KEY)
    return frame.sort(*KEY, "version").unique(KEY, keep="last", maintain_order=True)


def read_day(day: date, channel: str = "A+") -> pl.DataFrame:
    """Return the current rows of everybody on one local day, by usage point: columns of SCHEMA."""
    rows = _scan().filter(pl.col("local_day") == day, pl.col("channel") == channel)
    return _current(rows)


def read_point(usage_point: int, period: Period, channel: str = "A+") -> pl.DataFrame:
    """Return the current rows of one usage point in a period, by day: columns of SCHEMA."""
    return read_points([usage_point], period, channel)


def read_points(points: Sequence[int], period: Period, channel: str = "A+") -> pl.DataFrame:
    """Return the current rows of some usage points in a period: columns of SCHEMA."""
    rows = _scan().filter(
        pl.col("local_day").is_between(period.start, period.end, closed="left"),
        pl.col("usage_point").is_in(list(points)),
        pl.col("channel") == channel,
    )
    return _current(rows)


def period_sums(period: Period, channel: str = "A+") -> pl.DataFrame:
    """Sum the half-hours of each usage point over a period, holding one day in memory at a time.

    One row per usage point with any reading in the period: usage_point, present (half-hours with a
    value), negative (below zero), lowest_wh, energy_wh (sum of those present).
    """
    sums = pl.DataFrame(schema=SUMS)
    for offset in range(period.days):
        day = read_day(period.start + timedelta(days=offset), channel)
        sums = (
            pl.concat([sums, _summed(day)])
            .group_by("usage_point")
            .agg(pl.col("present", "negative", "energy_wh").sum(), pl.col("lowest_wh").min())
            .select(list(SUMS))
        )
    return sums.sort("usage_point")


def _summed(day: pl.DataFrame) -> pl.DataFrame:
    """Sum one day's rows."""
    values = pl.col("values")
    return day.select(
        "usage_point",
        present=values.list.drop_nulls().list.len().cast(pl.Int64),
        negative=values.list.eval((pl.element() < 0).sum()).list.first().cast(pl.Int64),
        lowest_wh=values.list.min(),
        energy_wh=values.list.sum(),
    )
