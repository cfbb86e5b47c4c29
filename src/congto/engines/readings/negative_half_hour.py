"""RDG-011: a half-hour below zero on a channel that only counts up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import findings, grouped, kwh
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-011"


def check(sums: pl.DataFrame, advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Find negative half-hours (V-07); they disqualify the half-hours, not the registers."""
    del advanced, limits  # below zero is wrong at any size
    count, lowest = grouped(pl.col("negative")), kwh(pl.col("lowest_wh"))
    return findings(
        sums.filter(pl.col("negative") > 0),
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("{} giá trị, thấp nhất {}", count, lowest),
        expected="không âm",
        text=pl.format(
            "Điểm đo {}: {} giá trị nửa giờ âm, thấp nhất {}. Cần kiểm tra kênh đo và đấu dây.",
            "subject",
            count,
            lowest,
        ),
    )
