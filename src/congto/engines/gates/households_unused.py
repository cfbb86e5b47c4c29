"""BIL-105: many households are declared, and all use together stays in the first tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, kwh_a_day

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-105"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold bills of `quarters` or more whose use never leaves tier 1 and is small a household.

    Each quota makes the low tiers wider (TT 60/2025/TT-BCT Art. 12), so a household count that is
    too high sells at too low a price. `day_wh` is Wh a day and household below which it counts.
    """
    quarters = pl.col("household_quarters").cast(pl.Int64())
    unused = (
        (quarters >= rule.limits["quarters"])
        & (pl.col("top_tier") == 1)
        & (pl.col("energy_wh") > 0)
        & (pl.col("day_wh") * 4 < quarters * rule.limits["day_wh"])
    )
    each = kwh_a_day(pl.col("day_wh") * 4 // quarters)
    return found(
        bills.filter(unused),
        rule=RULE,
        gate=GATE,
        observed=pl.format("{} hộ, mỗi hộ {}", quarters // 4, each),
        expected=pl.format("từ {} mỗi hộ", kwh_a_day(pl.lit(rule.limits["day_wh"]))),
        text=pl.format(
            "Định mức {} hộ nhưng điện dùng không ra khỏi bậc 1 (mỗi hộ {}):"
            " kiểm tra số hộ dùng chung.",
            quarters // 4,
            each,
        ),
    )
