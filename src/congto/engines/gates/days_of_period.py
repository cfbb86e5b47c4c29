"""BIL-107: the period is shorter or longer than a reading cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, period

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-107"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold periods outside the days of their cycle; first and last bills may be of any length.

    Limits `from_1`, `to_1` for one cycle a month (25 to 35 days), `from_2`, `to_2`, `from_3`,
    `to_3` for two and three. The law reads on a fixed day, one day sooner or later (Law
    61/2024/QH15 Art. 48(1)).
    """
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days()

    def limit(end: str) -> pl.Expr:
        by_cycles = {cycles: rule.limits[f"{end}_{cycles}"] for cycles in (1, 2, 3)}
        return pl.col("cycles").replace_strict(by_cycles, return_dtype=pl.Int64())

    odd = ~days.is_between(limit("from"), limit("to")) & ~pl.col("starts") & ~pl.col("ends")
    return found(
        bills.filter(odd),
        rule=RULE,
        gate=GATE,
        observed=pl.format("{} ngày ({})", days, period()),
        expected=pl.format("từ {} đến {} ngày", limit("from"), limit("to")),
        text=pl.format(
            "Kỳ {} có {} ngày, lịch ghi chỉ số là {} đến {} ngày: kiểm tra ngày đọc.",
            period(),
            days,
            limit("from"),
            limit("to"),
        ),
    )
