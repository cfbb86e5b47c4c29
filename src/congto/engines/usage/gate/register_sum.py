"""USG-106: the half-hours do not add up to the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate.wording import found
from congto.vocabulary.findings import Severity
from congto.vocabulary.wording import kwh

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "USG-106"


def check(points: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Reject sums further from the register than its tolerance x `percent` (100) (V-10)."""
    tolerance = pl.col("sum_tolerance_wh") * rule.limits["percent"]
    apart = pl.col("difference_wh").abs()
    measured, register = kwh(pl.col("half_hours_wh")), kwh(pl.col("register_wh"))
    return found(
        points.filter(apart * 100 > tolerance),
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("tổng nửa giờ {}, lệch {}", measured, kwh(pl.col("difference_wh"))),
        expected=pl.format("chỉ số {}", register),
        text=pl.format(
            "Điểm đo {}: tổng nửa giờ {}, theo chỉ số {}. Cần kiểm tra hệ số nhân và đồng hồ"
            " công tơ trước khi tính hóa đơn.",
            "subject",
            measured,
            register,
        ),
    )
