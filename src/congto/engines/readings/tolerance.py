"""How far sums may differ from a register: the dial cuts what it shows, and meters have errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

REGISTERS = 4


def step_wh() -> pl.Expr:
    """Return what one step of the dial's last place stands for, Wh on the primary side."""
    resolution = 1000 // pl.lit(10, dtype=pl.Int64).pow(pl.col("decimals").cast(pl.Int64))
    return resolution * pl.col("multiplier")


def sum_tolerance_wh(step: pl.Expr, register_wh: pl.Expr, limits: Limits) -> pl.Expr:
    """Return how far half-hours may be from the register (V-10), Wh.

    The greater of two steps of the dial (California's two meter multipliers) and a share of the
    register's energy, 1 % for households, 0.5 % for others. Needs the column households.
    """
    permille = (
        pl.when(pl.col("households") > 0)
        .then(limits.sum_residential_permille)
        .otherwise(limits.sum_other_permille)
    )
    return pl.max_horizontal(limits.sum_multipliers * step, register_wh * permille // 1000)


def bands_tolerance_wh(step: pl.Expr) -> pl.Expr:
    """Return how far three bands may be from the total (V-11): each of four registers is cut."""
    return REGISTERS * step
