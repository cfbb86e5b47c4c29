"""USG-101: half-hours of the period are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate.wording import count, found
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "USG-101"


def check(points: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Reject more missing half-hours than `missing` (0): a part is never billed for the whole."""
    missing = pl.col("half_hours") - pl.col("present")
    rows = points.with_columns(missing=missing).filter(missing > rule.limits["missing"])
    return found(
        rows,
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("thiếu {}", count("missing")),
        expected=pl.format("thiếu không quá {}", pl.lit(rule.limits["missing"])),
        text=pl.format(
            "Điểm đo {}: thiếu {} trong {}, chưa tính hóa đơn ba giá từ nửa giờ."
            " Cần thu thập lại hoặc ước lượng bổ sung.",
            "subject",
            count("missing"),
            count("half_hours"),
        ),
    )
