"""BIL-204: energy was used and the invoice is worth nothing or less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found
from congto.vocabulary.wording import grouped

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-204"
GATE = 2


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold invoices of zero or less for energy above zero: a price of zero, or a wrong credit."""
    del rule  # it has no limits
    free = (pl.col("energy_wh") > 0) & (pl.col("gross_vnd") <= 0)
    return found(
        bills.filter(free),
        rule=RULE,
        gate=GATE,
        observed=pl.format("{} đ", grouped(pl.col("gross_vnd"))),
        expected="số tiền lớn hơn 0",
        text="Có sản lượng mà số tiền không lớn hơn 0: kiểm tra đơn giá và khoản khấu trừ.",
    )
