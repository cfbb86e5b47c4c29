"""USG-105: the register is not measured at both ends of the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate.wording import found
from congto.vocabulary.findings import Severity
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "USG-105"


NAMES = {
    Quality.MISSING: "không có",
    Quality.REJECTED: "bị loại",
    Quality.TEMPORARY: "tạm",
    Quality.ESTIMATED: "ước lượng",
    Quality.FINAL_ESTIMATED: "ước lượng chốt",
    Quality.EDITED: "thống nhất với khách hàng",
    Quality.MEASURED_SUSPECT: "đo, nghi ngờ",
    Quality.MEASURED: "đo",
}


def check(points: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Reject register reads weaker than `weakest` (5): measured, or agreed with the customer."""
    weakest = rule.limits["weakest"]
    quality = pl.col("register_quality").fill_null(Quality.MISSING.value)
    # Sums of half-hours that no register closes would be proven by nothing.
    known = pl.col("register_wh").is_not_null()
    shown = quality.replace_strict(
        {one.value: name for one, name in NAMES.items()}, return_dtype=pl.String
    )
    return found(
        points.filter((quality < weakest) | ~known),
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("chỉ số {}", shown),
        expected=f"chỉ số {NAMES[Quality(weakest)]} hoặc tốt hơn",
        text=pl.format(
            "Điểm đo {}: chỉ số đầu hoặc cuối kỳ {}. Cần đọc lại chỉ số, hoặc thống nhất"
            " với khách hàng, trước khi tính hóa đơn.",
            "subject",
            shown,
        ),
    )
