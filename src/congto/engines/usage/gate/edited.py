"""USG-103: half-hours of the period were edited by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate.wording import count, found
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "USG-103"


def check(points: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """List points with more edited half-hours than `edited` (0); their bills are not stopped."""
    return found(
        points.filter(pl.col("edited") > rule.limits["edited"]),
        rule=RULE,
        severity=Severity.INFO,
        observed=pl.format("sửa tay {}", count("edited")),
        expected="giá trị đo",
        text=pl.format(
            "Điểm đo {}: {} do người sửa, vẫn tính hóa đơn. Lý do ở trang các bản của ngày.",
            "subject",
            count("edited"),
        ),
    )
