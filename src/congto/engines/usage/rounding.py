"""The one place where metered energy becomes whole kWh."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

WH_PER_KWH = 1000


def whole_kwh(energy_wh: pl.Expr) -> pl.Expr:
    """Round Wh (never negative here) to whole kWh, halves up, and keep the unit Wh.

    round((a - b) x m) = ((a - b) x m + 500) div 1000 x 1000:
    134,499 -> 134,000;  134,500 -> 135,000;  0 -> 0.

    Bills are in whole kWh (tariffs 4.5). The remainder, at most 500 Wh to either side, is not
    carried into the next period: that period starts from the dial as it was read, not as it was
    rounded. So a bill is never off by more than half a kWh per band, and can be worked out again
    from the two readings alone.
    """
    return (energy_wh + WH_PER_KWH // 2) // WH_PER_KWH * WH_PER_KWH
