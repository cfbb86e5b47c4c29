"""Determinants of a usage point in a period: energy by band, demand, factors, quality, coverage."""

from __future__ import annotations

import polars as pl

from congto.engines.usage.ratios import (
    permille_cut,
    permille_half_up,
    permille_up,
    power_factor_permille,
)
from congto.vocabulary.frames.usage import DETERMINANTS, MONTH_HALF_HOURS, POINT_REGISTERS
from congto.vocabulary.intervals import HALF_HOURS
from congto.vocabulary.periods import LOCAL_ZONE
from congto.vocabulary.quality import Quality
from congto.vocabulary.usage import Source

BANDS = ("normal_wh", "peak_wh", "off_peak_wh")
REGISTERS = {name: f"register_{name}" for name in (*BANDS, "reactive_varh", "quality")} | {
    "total_wh": "register_wh"
}
W_OF_A_HALF_HOUR = 2
"""A mean power of 2 W gives 1 Wh in half an hour."""


def point_determinants(halves: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """Determine points: MONTH_HALF_HOURS and POINT_REGISTERS in, DETERMINANTS out.

    Energy comes from the half-hours where every one of the period is present, else from the
    registers, else from the half-hours there are, marked as a part. The others stay beside it and
    the difference is shown. Weakest quality wins (Fingrid); a part is MISSING.

    Power factor needs reactive energy of the same source. Load factor = energy / (highest measured
    half-hour x half-hours present): mean power over highest power, of complete half-hours only.
    """
    rows = MONTH_HALF_HOURS.check(halves).join(
        POINT_REGISTERS.check(registers).rename(REGISTERS), on="usage_point", how="left"
    )
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days().cast(pl.Int32)
    counted = rows.with_columns(
        days=days,
        half_hours=days * HALF_HOURS,
        half_hours_wh=pl.when(pl.col("present") > 0).then(pl.sum_horizontal(BANDS)),
        register_wh=pl.coalesce("register_wh", _register_bands()),
        bands_difference_wh=pl.col("register_wh") - _register_bands(),
    )
    return DETERMINANTS.check(
        counted.with_columns(source=_source())
        .with_columns(*_energy())
        .with_columns(*_factors(), *_shares(), difference_wh=_difference())
    )


def _complete() -> pl.Expr:
    """Tell where no half-hour of the period lacks."""
    return pl.col("present") == pl.col("half_hours")


def _register_bands() -> pl.Expr:
    """Return the sum of the three band registers; null where the meter lacks one."""
    names = [f"register_{name}" for name in BANDS]
    split = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    return pl.when(split).then(pl.sum_horizontal(names))


def _source() -> pl.Expr:
    source = (
        pl.when(_complete())
        .then(Source.HALF_HOURS.value)
        .when(pl.col("register_wh").is_not_null())
        .then(Source.REGISTERS.value)
        .when(pl.col("present") > 0)
        .then(Source.PART.value)
        .otherwise(Source.NOTHING.value)
    )
    return source.cast(pl.Int8)


def _energy() -> list[pl.Expr]:
    """Choose energy, bands, reactive energy, quality and demand by the source."""
    by_register = pl.col("source") == Source.REGISTERS.value
    nothing = pl.col("source") == Source.NOTHING.value
    same_reactive = pl.col("reactive_present") == pl.col("half_hours")
    weakest = (
        pl.when(by_register)
        .then("register_quality")
        .when(_complete())
        .then("quality")
        .otherwise(Quality.MISSING.value)
    )
    return [
        pl.when(by_register).then("register_wh").otherwise("half_hours_wh").alias("energy_wh"),
        *(
            pl.when(by_register).then(f"register_{name}").when(~nothing).then(name).alias(name)
            for name in BANDS
        ),
        pl.when(same_reactive & _complete())
        .then("reactive_varh")
        .otherwise("register_reactive_varh")
        .alias("reactive_varh"),
        weakest.cast(pl.Int16).alias("quality"),
        (pl.col("highest_wh") * W_OF_A_HALF_HOUR).alias("demand_w"),
        _instant(pl.col("highest_at")).alias("demand_at"),
    ]


def _instant(local: pl.Expr) -> pl.Expr:
    """Return the instant that a clock on the wall in Viet Nam shows."""
    return local.dt.replace_time_zone(LOCAL_ZONE.key).dt.convert_time_zone("UTC")


def _factors() -> list[pl.Expr]:
    """Power factor and load factor, thousandths, halves up."""
    energy = pl.col("energy_wh")
    highest = pl.col("highest_wh") * pl.col("half_hours")
    load = pl.when(_complete()).then(permille_half_up(energy, highest))
    measured = pl.col("source").is_in([Source.HALF_HOURS.value, Source.REGISTERS.value])
    power = power_factor_permille(energy, pl.col("reactive_varh"))
    return [
        pl.when(measured).then(power).alias("power_factor_permille"),
        load.alias("load_factor_permille"),
    ]


def _shares() -> list[pl.Expr]:
    present = pl.col("present")
    return [
        permille_cut(present, pl.col("half_hours")).alias("coverage_permille"),
        permille_up(pl.col("estimated"), present).alias("estimated_permille"),
    ]


def _difference() -> pl.Expr:
    """Return complete half-hours less the register, Wh (V-10)."""
    apart = pl.col("half_hours_wh") - pl.col("register_wh")
    return pl.when(_complete()).then(apart)
