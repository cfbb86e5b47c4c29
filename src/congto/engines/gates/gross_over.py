"""BIL-201: the invoice is larger than its price group usually sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, signer_of
from congto.vocabulary.wording import grouped

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-201"
GATE = 2


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold invoices whose total with VAT reaches a step of the ladder, in đồng."""
    amount = pl.col("gross_vnd")
    return found(
        bills.filter(amount >= rule.ladder[0][0]),
        rule=RULE,
        gate=GATE,
        signer=signer_of(amount, rule.ladder),
        observed=pl.format("{} đ", grouped(amount)),
        expected=pl.format("dưới {} đ", grouped(pl.lit(rule.ladder[0][0]))),
        text=pl.format(
            "Tổng tiền {} đ vượt ngưỡng {} đ của nhóm giá: ký duyệt trước khi phát hành.",
            grouped(amount),
            grouped(pl.lit(rule.ladder[0][0])),
        ),
    )
