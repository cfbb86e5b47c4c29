"""What a file says of its meters that a person should look at: nothing of it is refused.

Without the reads of dials nobody knows which meter hangs where. An exchange inside the file and a
point that the registers do not know are told, so that neither passes unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

METER_RULE, POINT_RULE = "METER", "POINT"
"""Rules of what is told of an exchanged meter, and of a point without reads."""

NOTICES: dict[str, pl.DataType] = {
    "rule": pl.String(),
    "usage_point": pl.String(),
    "channel": pl.Int8(),
    "local_day": pl.Date(),
    "first": pl.Int64(),  # half-hour of the day from which on it holds; until the end of the day
    "observed": pl.String(),
    "expected": pl.String(),
    "action": pl.String(),
}


def notices_of(path: Path, days: pl.DataFrame, reads: pl.DataFrame, registers: str) -> pl.DataFrame:
    """Return what is told (NOTICES), a row per exchange of a meter and per point without reads.

    Args:
        path: the file of half-hours.
        days: its days (DELIVERED_DAYS).
        reads: reads of dials (registers.REGISTERS); where they name the meters of a point, V-01
            judges these instead.
        registers: name of their file; empty: none was given.
    """
    named = reads.filter(pl.col("meter").is_not_null())["usage_point"].unique()
    exchanged = _exchanges(path.name, days.filter(~pl.col("usage_point").is_in(named.implode())))
    parts = (
        [exchanged, _without_reads(path.name, days, reads, registers)] if registers else [exchanged]
    )
    told = pl.concat([part.select(pl.col(n).cast(t) for n, t in NOTICES.items()) for part in parts])
    return told.sort("usage_point", "local_day", "first")


def _exchanges(file: str, days: pl.DataFrame) -> pl.DataFrame:
    """Return each meter of a point but the one that was there first, from its first value on."""
    named = days.filter(pl.col("meter").is_not_null())
    meters = named.group_by("usage_point").agg(pl.col("meter").n_unique())
    several = meters.filter(pl.col("meter") > 1).select("usage_point")
    each = (
        named.join(several, on="usage_point", how="semi")
        .sort("local_day", "channel", "line")
        .unique(["usage_point", "meter"], keep="first", maintain_order=True)
    )
    since = each.with_columns(
        first=pl.col("values")
        .list.eval(pl.element().is_not_null().arg_max())
        .list.first()
        .cast(pl.Int64)
    ).sort("usage_point", "local_day", "first", "line")
    before = pl.col("meter").shift().over("usage_point")
    return (
        since.with_columns(before=before)
        .filter(pl.col("before").is_not_null())
        .with_columns(
            rule=pl.lit(METER_RULE),
            observed=pl.format(
                "{} line {}: meter {} after meter {}", pl.lit(file), "line", "meter", "before"
            ),
            expected=pl.lit("one meter of a point, or reads of the dials of both (--registers)"),
            action=pl.lit("check that the meter was exchanged; the values of both are taken"),
        )
    )


def _without_reads(
    file: str, days: pl.DataFrame, reads: pl.DataFrame, registers: str
) -> pl.DataFrame:
    """Return the points that the registers do not know."""
    lacking = days.join(reads.select("usage_point"), on="usage_point", how="anti")
    firsts = lacking.sort("local_day", "channel", "line").unique("usage_point", keep="first")
    return firsts.with_columns(
        rule=pl.lit(POINT_RULE),
        first=pl.lit(0),
        observed=pl.format(
            "{} line {}: {} has no read of usage point {}",
            pl.lit(file),
            "line",
            pl.lit(registers),
            "usage_point",
        ),
        expected=pl.lit("reads of each usage point of the file"),
        action=pl.lit("correct the code or add its reads; its sums are not checked"),
    )
