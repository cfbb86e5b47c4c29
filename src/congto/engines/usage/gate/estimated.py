"""USG-102: too many half-hours of the period are estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.usage.gate.wording import count, found
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "USG-102"


def check(points: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Reject an estimated share above `permille` (50: 5 %) of the period's half-hours."""
    permille = rule.limits["permille"]
    over = pl.col("estimated") * 1000 > pl.col("half_hours") * permille
    limit = f"{permille // 10},{permille % 10} %"
    hundredths = pl.col("estimated") * 10_000 // pl.col("half_hours")
    decimals = (hundredths % 100).cast(pl.String).str.zfill(2)
    share = pl.format("{},{} %", hundredths // 100, decimals)
    return found(
        points.filter(over),
        rule=RULE,
        severity=Severity.REJECT,
        observed=pl.format("ước lượng {} ({})", count("estimated"), share),
        expected=f"không quá {limit}",
        text=pl.format(
            "Điểm đo {}: {} ({}) là giá trị ước lượng, quá {}."
            " Cần thu thập lại số liệu đo trước khi tính hóa đơn.",
            "subject",
            count("estimated"),
            share,
            pl.lit(limit),
        ),
    )
