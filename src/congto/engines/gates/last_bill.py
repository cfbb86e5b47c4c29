"""BIL-203: the last invoice of an agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, period

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-203"
GATE = 2


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold last bills from `gross_vnd` on: deposits and debts are settled with them."""
    last = pl.col("ends") & (pl.col("gross_vnd") >= rule.limits["gross_vnd"])
    return found(
        bills.filter(last),
        rule=RULE,
        gate=GATE,
        observed=pl.format("hóa đơn cuối cùng, kỳ {}", period()),
        expected="được kiểm tra một lần trước khi phát hành",
        text="Hóa đơn cuối cùng của hợp đồng: kiểm tra chỉ số tháo, công nợ và tiền bảo đảm.",
    )
