"""RDG-012: the half-hours of a period do not add up to the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.advance import metered
from congto.engines.readings.wording import findings, kwh
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-012"


def check(sums: pl.DataFrame, advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Compare complete half-hours with the register's energy (V-10).

    Tolerance: the greater of two resolutions x multiplier and a share of the register's energy, 1 %
    for households, 0.5 % for others.
    """
    complete = sums.filter(pl.col("present") == pl.col("expected"), pl.col("negative") == 0)
    registers = metered(advanced).select(
        "usage_point",
        "period_from",
        "period_to",
        "decimals",
        "multiplier",
        "households",
        register_wh="energy_wh",
    )
    both = complete.join(registers, on=["usage_point", "period_from", "period_to"])
    resolution = 1000 // pl.lit(10, dtype=pl.Int64).pow(pl.col("decimals").cast(pl.Int64))
    permille = (
        pl.when(pl.col("households") > 0)
        .then(limits.sum_residential_permille)
        .otherwise(limits.sum_other_permille)
    )
    absolute = limits.sum_multipliers * pl.col("multiplier") * resolution
    relative = pl.col("register_wh") * permille // 1000
    apart = (pl.col("energy_wh") - pl.col("register_wh")).abs()
    measured, register = kwh(pl.col("energy_wh")), kwh(pl.col("register_wh"))
    return findings(
        both.filter(apart > pl.max_horizontal(absolute, relative)),
        rule=RULE,
        severity=Severity.WARNING,
        observed=pl.format("tổng nửa giờ {}", measured),
        expected=pl.format("chỉ số {}", register),
        text=pl.format(
            "Điểm đo {}: tổng giá trị nửa giờ {}, theo chỉ số {}."
            " Cần kiểm tra hệ số nhân và đồng hồ công tơ.",
            "subject",
            measured,
            register,
        ),
    )
