"""BIL-202: the first invoice of an agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, period

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-202"
GATE = 2


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold first bills from `gross_vnd` on: nothing proves name, price and quota yet."""
    first = pl.col("starts") & (pl.col("gross_vnd") >= rule.limits["gross_vnd"])
    return found(
        bills.filter(first),
        rule=RULE,
        gate=GATE,
        observed=pl.format("hóa đơn đầu tiên, kỳ {}", period()),
        expected="được kiểm tra một lần trước khi phát hành",
        text="Hóa đơn đầu tiên của hợp đồng: kiểm tra tên, áp giá, số hộ và chỉ số treo.",
    )
