"""Aggregates: cells added up by transformer, feeder, district, company and customer class."""

from __future__ import annotations

import polars as pl

from congto.engines.usage.ratios import permille_cut, permille_up
from congto.vocabulary.frames.usage import AGGREGATES, CELL_HOURS, CELLS
from congto.vocabulary.usage import Level

HALF_HOURS_AN_HOUR = 2
SUMS = ("points", "energy_wh", "estimated_wh", "half_hours", "present", "estimated")
HOURS = pl.int_range(24, dtype=pl.Int8, eager=True).alias("hour")

KEYS: dict[Level, dict[str, str]] = {
    # level: which column of CELLS is element, unit and customer class of the aggregate
    Level.TRANSFORMER: {"element": "transformer", "unit": "transformer_unit"},
    Level.FEEDER: {"element": "feeder", "unit": "feeder_unit"},
    Level.DISTRICT: {"unit": "district"},
    Level.COMPANY: {"unit": "company"},
    Level.CUSTOMER_CLASS: {"unit": "district", "customer_class": "customer_class"},
}
MUST_HAVE = {
    Level.TRANSFORMER: "element",
    Level.FEEDER: "element",
    Level.DISTRICT: "unit",
    Level.COMPANY: "unit",
    Level.CUSTOMER_CLASS: "customer_class",
}


def aggregates(cells: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """Add up a day's cells: CELLS and CELL_HOURS in, AGGREGATES without local_day out.

    Every group has 24 hours and the day. Its half-hours are those its points should have: what is
    missing lowers the coverage and is never taken for zero; where none is present the energy is
    null. Points without a transformer count for their feeder and everything above.
    """
    known = CELL_HOURS.check(hours).group_by("cell", "hour").agg(pl.all().sum())
    every = CELLS.check(cells).join(HOURS.to_frame(), how="cross")
    rows = every.join(known, on=["cell", "hour"], how="left").with_columns(
        pl.col("energy_wh", "estimated_wh", "present", "estimated").fill_null(0),
        half_hours=pl.col("points") * HALF_HOURS_AN_HOUR,
    )
    levels = pl.concat([_level(rows, level) for level in Level])
    shown = [name for name in AGGREGATES.columns if name != "local_day"]
    return _with_shares(pl.concat([levels, _days(levels)])).select(shown)


def _level(rows: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Add up the cells of one level by hour."""
    names = {"element": pl.Int64(), "unit": pl.Int64(), "customer_class": pl.String()}
    keys = {
        name: pl.col(KEYS[level][name]) if name in KEYS[level] else pl.lit(None, dtype=kind)
        for name, kind in names.items()
    }
    chosen = rows.select("hour", *SUMS, level=pl.lit(level.value), **keys)
    whose = chosen.filter(pl.col(MUST_HAVE[level]).is_not_null())
    return whose.group_by("level", *names, "hour").agg(pl.col(SUMS).sum())


def _days(levels: pl.DataFrame) -> pl.DataFrame:
    """Add up 24 hours: the rows without an hour. Points are the same all day."""
    key = ["level", "element", "unit", "customer_class"]
    sums = [name for name in SUMS if name != "points"]
    days = levels.group_by(key).agg(pl.col("points").first(), pl.col(sums).sum())
    return days.with_columns(hour=pl.lit(None, dtype=pl.Int8)).select(levels.columns)


def _with_shares(rows: pl.DataFrame) -> pl.DataFrame:
    """Put coverage and estimated share beside the figure; of nothing the figure is null."""
    present, none = pl.col("present"), pl.col("present") == 0
    return rows.with_columns(
        energy_wh=pl.when(~none).then("energy_wh"),
        estimated_wh=pl.when(~none).then("estimated_wh"),
        coverage_permille=permille_cut(present, pl.col("half_hours")),
        estimated_permille=permille_up(pl.col("estimated"), present),
    ).sort("level", "unit", "element", "customer_class", "hour", nulls_last=True)
