"""Days of a file on their way into the store: codes resolved, identity held against the books.

A day is refused whose point is not known, whose meter does not hang there (V-01) or whose
multiplier is another one than the books' (V-20); each such day of a known point is a finding. What
the sender substituted is stored under a lower rank than what was measured (V-23), so that a
measured value that comes later replaces it and never the other way round. Where a meter was
exchanged inside a day, both meters' values make it up.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from congto.office.meterdata.entry_findings import REFUSED_DAYS
from congto.office.organisation.loading import Rows
from congto.office.storage.bulk import read
from congto.vocabulary.intervals import HALF_HOURS, SourceRank
from congto.vocabulary.quality import Quality

DAY = ["usage_point", "channel", "local_day"]
MOST = 2**31 - 1

HUNG = (
    "SELECT p.code, p.id AS point_id, m.id AS meter_id, m.serial, i.multiplier, i.valid_from,"
    " i.valid_to"
    " FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id"
    " JOIN meters_usagepoint p ON p.id = i.usage_point_id"
    " WHERE p.code = ANY($1) OR m.serial = ANY($2)"
)
"""Which meter hangs where; the day it is taken down counts for it too."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What can be stored of a file.

    Attributes:
        layers: usage_point (id), channel, local_day, values, status, source of RAW_DAYS; a day with
            substituted values has two rows.
        errors: frame ROW_ERRORS.
        days: points' days that are stored.
        refused: frame REFUSED_DAYS: days of known points, by the rule that refused them.
    """

    layers: pl.DataFrame
    errors: pl.DataFrame
    days: int
    refused: pl.DataFrame


def take(delivered: pl.DataFrame, file: str, *, of_meters: bool = False) -> Taken:
    """Hold delivered days (DELIVERED_DAYS) against the books.

    Args:
        delivered: as a file states them.
        file: the name that errors give.
        of_meters: values are what meters measured, to be multiplied by the transformers' ratio.
    """
    rows = Rows.of(delivered, file)
    hung = _hung(rows)
    _resolve(rows, hung)
    refused = _identify(rows, hung)
    if of_meters:
        _multiply(rows)
    days = _together(rows.good)
    return Taken(_layers(days), rows.loaded().errors, days.height, refused)


def _hung(rows: Rows) -> pl.DataFrame:
    codes = rows.good["usage_point"].unique().to_list()
    serials = rows.good["meter"].drop_nulls().unique().to_list()
    return read(HUNG, (codes, [*serials, *codes]))


def _resolve(rows: Rows, hung: pl.DataFrame) -> None:
    """Add point_id; a file that names only meters names the point by the meter that hangs there."""
    known = read(
        "SELECT code, id FROM meters_usagepoint WHERE code = ANY($1)",
        (rows.good["usage_point"].unique().to_list(),),
    )
    by_meter = _on_day(rows.good.select("line", "local_day", serial="usage_point"), hung, "serial")
    rows.good = (
        rows.good.join(
            known.select(usage_point="code", point_id="id"),
            on="usage_point",
            how="left",
            maintain_order="left",
        )
        .join(
            by_meter.unique("line").select("line", by_meter="point_id"),
            on="line",
            how="left",
            maintain_order="left",
        )
        .with_columns(point_id=pl.coalesce("point_id", "by_meter"))
    )
    rows.reject(
        pl.col("point_id").is_null(),
        "usage_point",
        pl.format("usage point {} is not known", "usage_point"),
        expected="the code of a usage point, or the number of a meter that hangs at one",
        action="load the usage point first or correct the code",
    )


def _on_day(days: pl.DataFrame, hung: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return what hung on the day of each row: line and the columns of `hung`."""
    on_day = (pl.col("valid_from") <= pl.col("local_day")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("local_day"))
    )
    return days.join(hung, on=key, how="inner").filter(on_day)


def _identify(rows: Rows, hung: pl.DataFrame) -> pl.DataFrame:
    """Refuse days of a meter that does not hang there, or with another multiplier: REFUSED_DAYS."""
    days = rows.good.select("line", "local_day", "point_id", "meter", "multiplier")
    there = _on_day(days, hung.rename({"multiplier": "own"}), "point_id")
    named = there.filter(pl.col("meter").is_null() | (pl.col("meter") == pl.col("serial")))
    of_line = named.group_by("line").agg(
        hangs=pl.lit(value=True).first(),
        fits=((pl.col("multiplier") == pl.col("own")) | pl.col("multiplier").is_null()).any(),
        own=pl.col("own").first(),
    )
    rows.good = rows.good.join(of_line, on="line", how="left", maintain_order="left")
    elsewhere = pl.col("meter").is_not_null() & pl.col("hangs").is_null()
    misfit = ~pl.col("fits").fill_null(value=True)
    refused = pl.concat(
        [
            _other_meters(rows.good.filter(elsewhere), there, hung),
            _refused("V-20", rows.good.filter(misfit & ~elsewhere), "multiplier", "own"),
        ]
    )
    rows.reject(
        elsewhere,
        "meter",
        pl.format("meter {} does not hang at {} on {}", "meter", "usage_point", "local_day"),
        expected="the meter that the books put there",
        action="correct the serial number or load the installation first",
    )
    rows.reject(
        misfit,
        "multiplier",
        pl.format("{} is delivered with the multiplier {}", "usage_point", "multiplier"),
        expected="the multiplier of the meter in the books",
        action="correct the file or the meter's multiplier",
    )
    return refused


def _multiply(rows: Rows) -> None:
    """Turn values at the meter into those of the network, by the multiplier in the books."""
    behind = pl.col("own").fill_null(1) != 1
    if not rows.good.select(behind.any()).item():
        return
    large = rows.good.filter(behind)
    ratio = pl.col("own").cast(pl.Int64)
    product = large.with_columns(pl.col("values").cast(pl.List(pl.Int64)) * ratio)
    rows.good = pl.concat(
        [rows.good.filter(~behind).with_columns(pl.col("values").cast(pl.List(pl.Int64))), product]
    ).sort("line", maintain_order=True)
    rows.reject(
        pl.col("values").list.max() > MOST,
        "values",
        pl.format("{} on {} has a value beyond 2,147,483 kWh", "usage_point", "local_day"),
        expected="at most 2,147,483 kWh in a half-hour",
        action="correct the meter's multiplier or the file",
    )
    rows.good = rows.good.with_columns(pl.col("values").cast(pl.List(pl.Int32)))


def _other_meters(days: pl.DataFrame, there: pl.DataFrame, hung: pl.DataFrame) -> pl.DataFrame:
    """Return days of a meter that hangs elsewhere or is not known, beside the one that hangs."""
    known = hung.select(meter="serial", named="meter_id").unique("meter")
    own = there.sort("valid_from").group_by("line").agg(installed=pl.col("meter_id").last())
    both = days.join(known, on="meter", how="left").join(own, on="line", how="left")
    return _refused("V-01", both, "named", "installed")


def _refused(rule: str, days: pl.DataFrame, observed: str, expected: str) -> pl.DataFrame:
    values = {"observed": observed, "expected": expected}
    named = days.select(
        "channel",
        "local_day",
        rule=pl.lit(rule),
        usage_point="point_id",
        **{name: pl.col(column).fill_null(0) for name, column in values.items()},
    )
    return named.select(pl.col(name).cast(dtype) for name, dtype in REFUSED_DAYS.items())


def _together(days: pl.DataFrame) -> pl.DataFrame:
    """Make one row a point, channel and day: values of several meters are added up."""
    own = days.select(
        "values", "status", "qualities", "channel", "local_day", usage_point="point_id"
    )
    several = own.filter(pl.struct(DAY).is_duplicated())
    if several.is_empty():
        return own
    # Only days of an exchange are taken apart, a handful of a file.
    one = own.filter(~pl.struct(DAY).is_duplicated())
    filled = several.with_columns(
        pl.col("status").fill_null(pl.lit([0] * HALF_HOURS, dtype=pl.List(pl.UInt8))),
        pl.col("qualities").fill_null(
            pl.lit([Quality.MEASURED.value] * HALF_HOURS, dtype=pl.List(pl.UInt8))
        ),
        half_hour=pl.int_range(HALF_HOURS).implode(),
    ).explode("values", "status", "qualities", "half_hour")
    value = pl.col("values").drop_nulls()
    summed = (
        filled.group_by(*DAY, "half_hour")
        .agg(
            pl.when(value.len() > 0).then(value.sum()).alias("values"),
            pl.col("status").bitwise_or(),
            pl.col("qualities").filter(pl.col("values").is_not_null()).min(),
        )
        .sort(*DAY, "half_hour")
        .group_by(DAY, maintain_order=True)
        .agg("values", "status", pl.col("qualities").fill_null(Quality.MISSING.value))
    )
    columns = [pl.col(name).cast(dtype) for name, dtype in own.schema.items()]
    return pl.concat([one, summed.select(columns)])


def _layers(days: pl.DataFrame) -> pl.DataFrame:
    """Return days as layers by rank: measured values, and beneath them the sender's own."""
    plain = days.filter(pl.col("qualities").is_null()).drop("qualities")
    told = days.filter(pl.col("qualities").is_not_null())
    measured = _of_qualities(told, Quality.EDITED, Quality.MEASURED)
    substituted = _of_qualities(told, Quality.TEMPORARY, Quality.FINAL_ESTIMATED).with_columns(
        status=pl.lit(None, dtype=days.schema["status"])
    )
    some = substituted.filter(pl.col("values").list.drop_nulls().list.len() > 0)
    return pl.concat(
        [
            pl.concat([plain, measured]).with_columns(source=pl.lit(SourceRank.DELIVERED.value)),
            some.with_columns(source=pl.lit(SourceRank.SUBSTITUTED.value)),
        ]
    ).with_columns(pl.col("source").cast(pl.Int8))


def _of_qualities(days: pl.DataFrame, least: Quality, most: Quality) -> pl.DataFrame:
    """Return the days with the values of these qualities only, the others null."""
    if days.is_empty():
        return days.drop("qualities")
    long = days.select("values", "qualities").explode("values", "qualities")
    kept = long.select(
        pl.when(pl.col("qualities").is_between(least.value, most.value)).then("values")
    ).to_series()
    lists = kept.reshape((-1, HALF_HOURS)).arr.to_list()
    return (
        days.drop("qualities")
        .with_columns(lists.alias("values"))
        .select([name for name in days.columns if name != "qualities"])
    )
