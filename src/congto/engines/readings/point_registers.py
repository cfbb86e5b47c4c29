"""What the registers of a usage point advanced in a period, all its meters together."""

from __future__ import annotations

import polars as pl

from congto.engines.readings.advance import BANDS
from congto.engines.readings.limits import DEFAULTS, Limits
from congto.engines.readings.tolerance import bands_tolerance_wh, step_wh, sum_tolerance_wh
from congto.vocabulary.frames.readings import JUDGED_ADVANCES
from congto.vocabulary.frames.usage import POINT_REGISTERS
from congto.vocabulary.groups import Register

NAMES = {
    Register.TOTAL: "total_wh",
    Register.NORMAL: "normal_wh",
    Register.PEAK: "peak_wh",
    Register.OFF_PEAK: "off_peak_wh",
    Register.REACTIVE: "reactive_varh",
}


def point_registers(judged: pl.DataFrame, limits: Limits = DEFAULTS) -> pl.DataFrame:
    """Add up registers by point: JUDGED_ADVANCES in, POINT_REGISTERS out.

    A register that one of the point's meters did not tell, or that is not accepted, is null: a part
    of the period never stands for the whole. Meters that followed each other are allowed the
    tolerances of both.
    """
    rows = JUDGED_ADVANCES.check(judged)
    active = pl.col("register") != Register.REACTIVE.value
    steps = pl.col("__step").filter(pl.col("meter").is_first_distinct()).sum()
    sums = (
        rows.with_columns(__step=step_wh())
        .group_by("usage_point")
        .agg(
            *(_energy(register).alias(name) for register, name in NAMES.items()),
            pl.col("quality").filter(active).min(),
            pl.col("households").max(),
            steps.alias("step"),
        )
    )
    bands = pl.sum_horizontal(NAMES[Register(band)] for band in BANDS)
    known = pl.coalesce("total_wh", bands)
    return POINT_REGISTERS.check(
        sums.with_columns(
            sum_tolerance_wh=sum_tolerance_wh(pl.col("step"), known, limits),
            bands_tolerance_wh=bands_tolerance_wh(pl.col("step")),
        )
    ).sort("usage_point")


def _energy(register: Register) -> pl.Expr:
    """Add up one register; null where one of the point's meters does not tell it."""
    own = pl.col("register") == register.value
    usable = pl.col("accepted") & pl.col("energy_wh").is_not_null()
    telling = pl.col("meter").filter(own & usable).n_unique()
    known = telling == pl.col("meter").n_unique()
    return pl.when(known).then(pl.col("energy_wh").filter(own).sum())
