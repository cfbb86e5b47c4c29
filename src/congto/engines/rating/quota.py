"""Tier widths of a part of a period: M = Mq / Tcal x N x h (see scalar.tier_width for the law)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating.tables import FAR

if TYPE_CHECKING:
    from congto.engines.rating.rounding import TierRounding


def width_wh(rounding: TierRounding) -> pl.Expr:
    """Return a tier's width in Wh, half up to the rounding's step; FAR for the open tier.

    Columns: quota_wh, part_days (N), month_days (Tcal), household_quarters (4 h).
    floor((2 Mq N q + 4 Tcal s) / (8 Tcal s)) x s with s the step in Wh:
    50,000 Wh, 20 of 30 days, 4 quarters, s = 1000: floor(8,120,000 / 240,000) = 33 -> 33,000 Wh.
    """
    scaled = (
        2 * pl.col("quota_wh") * pl.col("part_days") * pl.col("household_quarters").cast(pl.Int64())
    )
    unit = 4 * pl.col("month_days") * rounding.step_wh
    return ((scaled + unit) // (2 * unit) * rounding.step_wh).fill_null(FAR)
