"""Readings into the books: register reads into PostgreSQL, half-hours into the Delta table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.choices import ReadingSource, RegisterKind
from congto.office.meterdata.manual_orders import close_answered
from congto.office.meterdata.vee_dirty import mark_validated, marked_late, validated_days
from congto.office.meterdata.vee_together import mark_together
from congto.office.meters.queries import installations, meter_ids, point_ids
from congto.office.organisation.loading import Loaded, Rows, insert
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.intervals import CHANNEL_CODES, HALF_HOURS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk

REGISTERS = {kind.name.lower(): kind.value for kind in RegisterKind}
SOURCES = {source.name.lower(): source.value for source in ReadingSource}

READ = ["usage_point_id", "meter_id", "register", "read_on"]
"""What identifies a reading; a second value for it is a correction."""

LEANING = """
SELECT usage_point_id AS usage_point, local_day FROM meterdata_leaningday
WHERE usage_point_id = ANY($1)
"""

NEXT_READS = """
SELECT given.usage_point, min(r.read_on) AS local_day
FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[]::date[])
  AS given (usage_point, meter, register, read_on)
JOIN meterdata_registerreading r ON r.usage_point_id = given.usage_point
  AND r.meter_id = given.meter AND r.register = given.register AND r.read_on > given.read_on
GROUP BY given.usage_point, given.meter, given.register, given.read_on
"""


def load_register_reads(
    frame: pl.DataFrame, *, at: datetime, file: str = "register_reads.parquet"
) -> Loaded:
    """Add delivered register reads; a value that differs from the books' becomes a new version.

    Args:
        frame: one row per usage point, meter, register and day: usage_point (code), meter (serial),
            register (name of RegisterKind in lower case), read_on, index_wh (what the dial shows at
            00:00, before the multiplier), source (name of ReadingSource in lower case).
        at: when the rows enter the books.
        file: the name that errors give.
    """
    with bulk() as books:
        rows = Rows.of(frame, file)
        rows.resolve("usage_point", point_ids(books), of="usage_points.csv")
        add_register_reads(books, rows, at)
    return rows.loaded()


def add_register_reads(books: Bulk, rows: Rows, at: datetime) -> None:
    """Add reads whose point is known (`usage_point_id`); those added stay in `rows`, versioned."""
    rows.resolve("meter", meter_ids(books), of="meters.csv")
    _reject_misplaced(rows, installations(books))
    rows.good = rows.good.with_columns(
        pl.col("register").replace_strict(REGISTERS, return_dtype=pl.Int16),
        pl.col("source").replace_strict(SOURCES, return_dtype=pl.Int16),
    )
    _keep_changed(books, rows)
    insert(
        books,
        "meterdata_registerreading",
        rows.good.select(
            *READ,
            "version",
            "index_wh",
            "source",
            pl.lit(Quality.MEASURED.value, dtype=pl.Int16).alias("quality"),
            pl.lit(at).dt.convert_time_zone("UTC").alias("known_at"),
        ),
    )
    _mark_days(books, rows.good, at)
    close_answered(books, at)


def _reject_misplaced(rows: Rows, hung: pl.DataFrame) -> None:
    """The meter hangs at that point on that day, and its dial can show the value (V-01)."""
    there = rows.good.select("line", "usage_point_id", "meter_id", "read_on").join(
        hung, on=["usage_point_id", "meter_id"]
    )
    there = there.filter(
        pl.col("read_on") >= pl.col("valid_from"),
        pl.col("valid_to").is_null() | (pl.col("read_on") <= pl.col("valid_to")),
    )
    rows.good = rows.good.join(
        there.select("line", "dial_digits").unique("line"),
        on="line",
        how="left",
        maintain_order="left",
    )
    rows.reject(
        pl.col("dial_digits").is_null(),
        "meter",
        pl.format("meter {} does not hang at {} on {}", "meter", "usage_point", "read_on"),
        expected="the meter that meters.csv puts there",
        action="correct the serial number or load the installation first",
    )
    dial_wh = 1000 * pl.lit(10, dtype=pl.Int64).pow(pl.col("dial_digits").cast(pl.Int64))
    rows.reject(
        (pl.col("index_wh") < 0) | (pl.col("index_wh") >= dial_wh),
        "index_wh",
        pl.format("a dial of {} digits cannot show {} Wh", "dial_digits", "index_wh"),
        expected="Wh from 0 to the end of the dial",
        action="correct the reading",
    )


def _mark_days(books: Bulk, reads: pl.DataFrame, at: datetime) -> None:
    """Mark the validated days that reads in the books end or begin: sums have to agree with them.

    The day of the next read as well: it must not be below this one (V-25). The point's days
    without a like day: they may lean on its registers (E-12). And days with gaps that are completed
    by what these reads say.
    """
    own = reads.select("read_on", usage_point="usage_point_id")
    days = [
        own.select("usage_point", local_day=pl.col("read_on").dt.offset_by(offset))
        for offset in ("-1d", "0d")
    ]
    last = books.read("SELECT max(local_day) AS last FROM meterdata_validatedpart")["last"].item()
    late = reads.filter(pl.col("read_on") < (last or date.min))
    if late.height:
        keys = [late[name].to_list() for name in READ[:3]]
        on = late["read_on"].cast(pl.String).to_list()
        days.append(books.read(NEXT_READS, (*keys, on)))
        days.append(books.read(LEANING, (late["usage_point_id"].unique().to_list(),)))
    every = pl.concat(days)
    mark_validated(books, every, at=at)
    mark_together(books, validated_days(books, every), at=at)


def _keep_changed(books: Bulk, rows: Rows) -> None:
    """Go on with the reads that differ from the current version, numbered as the next one."""
    if rows.good.is_empty():
        rows.good = rows.good.with_columns(version=pl.lit(1, dtype=pl.Int16))
        return
    span = (rows.good["read_on"].min(), rows.good["read_on"].max())
    held = books.read(
        "SELECT DISTINCT ON (usage_point_id, meter_id, register, read_on) usage_point_id, meter_id,"
        " register, read_on, version AS __version, index_wh AS __index_wh"
        " FROM meterdata_registerreading WHERE read_on BETWEEN $1 AND $2"
        " ORDER BY usage_point_id, meter_id, register, read_on, version DESC",
        span,
    )
    joined = rows.good.join(held, on=READ, how="left", maintain_order="left")
    same = (pl.col("index_wh") == pl.col("__index_wh")).fill_null(value=False)
    rows.unchanged = int(joined.select(same.sum()).item())
    rows.good = joined.filter(~same).with_columns(
        version=(pl.col("__version").fill_null(0) + 1).cast(pl.Int16)
    )


def load_intervals(frame: pl.DataFrame, *, at: datetime, file: str = "intervals.parquet") -> Loaded:
    """Add delivered half-hours; a delivery that changes nothing is dropped and counted (V-02).

    Days that were validated before are marked to be validated again.

    Args:
        frame: one row per usage point, channel, local day and source: usage_point (code), channel
            ("A+"), local_day, values (48 Wh from 00:00, primary side, null where one is missing),
            and where known status (vocabulary.intervals.Status) and source (SourceRank).
        at: when the rows enter the books.
        file: the name that errors give.
    """
    rows = Rows.of(frame, file)
    rows.resolve(
        "usage_point", read("SELECT code, id FROM meters_usagepoint"), of="usage_points.csv"
    )
    codes = {code: channel.value for code, channel in CHANNEL_CODES.items()}
    channel = pl.col("channel").replace_strict(codes, default=None, return_dtype=pl.Int8)
    rows.reject(
        channel.is_null(),
        "channel",
        pl.format("channel {}", "channel"),
        expected=" ".join(codes),
        action="name the channel as one of these",
    )
    rows.reject(
        pl.col("values").list.len() != HALF_HOURS,
        "values",
        pl.format("{} values", pl.col("values").list.len()),
        expected=f"{HALF_HOURS} half-hours of the local day, null where one is missing",
        action="deliver whole days",
    )
    names = ["local_day", "values", *({"status", "source"} & set(rows.good.columns))]
    delivered = rows.good.select(*names, channel=channel, usage_point="usage_point_id")
    with marked_late(delivered, at=at):
        added = intervals.append(delivered, at=at)
    report = rows.loaded()
    return Loaded(file, added, delivered.height - added, report.errors)
