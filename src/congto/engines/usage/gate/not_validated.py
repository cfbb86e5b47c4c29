"""USG-104: half-hours of the period were delivered and not validated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate.wording import count, found
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "USG-104"


def check(points: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Reject more half-hours that nobody has judged than `not_validated` (0)."""
    return found(
        points.filter(pl.col("not_validated") > rule.limits["not_validated"]),
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("chưa kiểm tra {}", count("not_validated")),
        expected=pl.format("chưa kiểm tra không quá {}", pl.lit(rule.limits["not_validated"])),
        text=pl.format(
            "Điểm đo {}: {} chưa qua kiểm tra. Cần chạy kiểm tra các ngày này"
            " trước khi tính hóa đơn.",
            "subject",
            count("not_validated"),
        ),
    )
