"""A price change inside the period: each part's energy by days (see scalar.share for the law)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from congto.engines.rating.rounding import TierRounding


def share_wh(rounding: TierRounding) -> pl.Expr:
    """Return a part's energy in Wh from the whole `quantity_wh`.

    Columns: quantity_wh, first_day and last_day of the part, days (T) of the period.
    134,000 Wh over 30 days, part 0 to 12: 54,000; part 12 to 30: 80,000.
    """
    return _until(pl.col("last_day"), rounding) - _until(pl.col("first_day"), rounding)


def _until(day: pl.Expr, rounding: TierRounding) -> pl.Expr:
    """Return S / T x day, half up to the step, never more than S; S itself on the last day."""
    quantity, unit = pl.col("quantity_wh"), rounding.step_wh * pl.col("days")
    rounded = (2 * quantity * day + unit) // (2 * unit) * rounding.step_wh
    return (
        pl.when(day == pl.col("days"))
        .then(quantity)
        .otherwise(pl.min_horizontal(rounded, quantity))
    )
