"""Energy while a meter stood still or was lost: the mean of the three reading cycles before."""

from __future__ import annotations

import polars as pl

from congto.engines.usage.rounding import WH_PER_KWH
from congto.vocabulary.frames.usage import PRECEDING_USAGE, STOPPED_DAYS, STOPPED_ENERGY

CYCLES = 3
"""Preceding reading cycles that the mean is made of (NĐ 137/2013/NĐ-CP Art. 20(3))."""

BANDS = ("normal_wh", "peak_wh", "off_peak_wh")
MEASURES = ("one_rate_wh", *BANDS, "reactive_varh")


def estimate(preceding: pl.DataFrame, stopped: pl.DataFrame) -> pl.DataFrame:
    """Estimate energy: PRECEDING_USAGE and STOPPED_DAYS in, STOPPED_ENERGY out.

    Energy = (energy of the 3 preceding cycles / their days) x days without a meter: 300 kWh in 92
    days, 30 days stopped -> 97.83 -> 98 kWh. One division at the end, halves up, to whole kWh for
    each band; what was measured without bands is estimated by itself, and the energy is their sum.
    Older cycles than the three are not used; an agreement with fewer than three has no estimate and
    is not in the answer.

    Source: NĐ 137/2013/NĐ-CP Art. 20(3), quoted by a utility's answer to customers (one source).
    TT 13/2025/TT-BCT governs stopped and lost meters since 01/02/2025; its formula was not
    readable, so whoever decides on an estimate must see that mark.
    """
    rows = PRECEDING_USAGE.check(preceding)
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    newest = rows.sort("period_from", descending=True).group_by("agreement").head(CYCLES)
    known = (
        newest.with_columns(
            cycle_days=days, one_rate_wh=pl.col("energy_wh") - pl.sum_horizontal(BANDS)
        )
        .group_by("agreement")
        .agg(pl.len().alias("cycles"), pl.col("cycle_days", *MEASURES).sum())
        .filter(pl.col("cycles") == CYCLES)
    )
    joined = STOPPED_DAYS.check(stopped).join(known, on="agreement", how="inner")
    estimated = joined.with_columns(
        mean_of_days(pl.col(name), pl.col("cycle_days"), pl.col("days")) for name in MEASURES
    )
    energy = pl.sum_horizontal("one_rate_wh", *BANDS)
    return STOPPED_ENERGY.check(estimated.with_columns(energy_wh=energy)).sort("agreement")


def mean_of_days(total_wh: pl.Expr, days_known: pl.Expr, days: pl.Expr) -> pl.Expr:
    """Return total / days_known x days in whole kWh (as Wh), halves up, in one division."""
    unit = days_known * WH_PER_KWH
    return (total_wh * 2 * days + unit) // (2 * unit) * WH_PER_KWH
