"""RDG-012: the half-hours of a period do not add up to the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.advance import metered
from congto.engines.readings.tolerance import step_wh, sum_tolerance_wh
from congto.engines.readings.wording import findings, kwh
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.engines.readings.limits import Limits

RULE = "RDG-012"


def check(sums: pl.DataFrame, advanced: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Compare complete half-hours with the register's energy (V-10; see tolerance)."""
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
    tolerance = sum_tolerance_wh(step_wh(), pl.col("register_wh"), limits)
    apart = (pl.col("energy_wh") - pl.col("register_wh")).abs()
    measured, register = kwh(pl.col("energy_wh")), kwh(pl.col("register_wh"))
    return findings(
        both.filter(apart > tolerance),
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
