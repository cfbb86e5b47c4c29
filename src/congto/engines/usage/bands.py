"""Half-hours by time band: what the band registers should show."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames.usage import BAND_ENERGY, BAND_WINDOWS, INTERVAL_DAYS

MINUTES = 30
HALF_HOURS = 48


def split_bands(days: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Add up half-hours by band: INTERVAL_DAYS and BAND_WINDOWS in, BAND_ENERGY out.

    A half-hour belongs to the window in which it starts; the windows of Viet Nam begin and end on
    half-hours (tariffs 2.1). Missing values are counted, not taken for zero.
    """
    slots = _slots(BAND_WINDOWS.check(windows))
    long = INTERVAL_DAYS.check(days).select(
        "usage_point",
        "values",
        weekday=pl.col("local_day").dt.weekday(),
        slot=pl.lit(list(range(HALF_HOURS)), dtype=pl.List(pl.Int16)),
    )
    long = long.explode("values", "slot").join(slots, on=["weekday", "slot"])
    energy = long.group_by("usage_point", "band").agg(
        energy_wh=pl.col("values").sum(), missing=pl.col("values").null_count().cast(pl.Int64)
    )
    return BAND_ENERGY.check(energy).sort("usage_point", "band")


def _slots(windows: pl.DataFrame) -> pl.DataFrame:
    """Return the band of each half-hour: one row per weekday and slot 0..47."""
    first, last = pl.col("from_minute") // MINUTES, pl.col("to_minute") // MINUTES
    return windows.select(
        "weekday", "band", slot=pl.int_ranges(first, last, dtype=pl.Int16)
    ).explode("slot")
