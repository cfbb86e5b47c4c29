"""Tier widths of a part: M = Mq / Tcal x sum(N x h) (see scalar.tier_width for the law)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating.tables import FAR

if TYPE_CHECKING:
    from congto.engines.rating.rounding import TierRounding


def width_wh(rounding: TierRounding) -> pl.Expr:
    """Return a tier's width in Wh, half up to the rounding's step; FAR for the open tier.

    Columns: quota_wh, quarter_days (4 x sum of N x h), month_days (Tcal).
    floor((2 Mq D + 4 Tcal s) / (8 Tcal s)) x s with D the quarter days and s the step in Wh:
    50,000 Wh, 20 of 30 days, 4 quarters, s = 1000: floor(8,120,000 / 240,000) = 33 -> 33,000 Wh.
    """
    scaled = 2 * pl.col("quota_wh") * pl.col("quarter_days")
    unit = 4 * pl.col("month_days") * rounding.step_wh
    return ((scaled + unit) // (2 * unit) * rounding.step_wh).fill_null(FAR)
