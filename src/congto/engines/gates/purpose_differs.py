"""BIL-106: the price group is not that of the purpose the contract names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-106"
GATE = 1


NAMES = {
    "residential": "sinh hoạt",
    "production": "sản xuất",
    "business": "kinh doanh, dịch vụ",
    "administrative": "hành chính sự nghiệp",
    "wholesale": "bán buôn",
}


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold bills priced for another purpose than the contract's (TT 60/2025/TT-BCT Art. 3)."""
    del rule  # it has no limits
    signed = pl.col("purpose")
    priced, agreed = (
        column.replace_strict(NAMES, default=column) for column in (pl.col("group"), signed)
    )
    return found(
        bills.filter((signed != "") & (signed != pl.col("group"))),
        rule=RULE,
        gate=GATE,
        observed=pl.format("áp giá {}", priced),
        expected=pl.format("giá {} theo hợp đồng", agreed),
        text=pl.format(
            "Hợp đồng ghi mục đích {}, đang áp giá {}: sửa áp giá hoặc phụ lục hợp đồng.",
            agreed,
            priced,
        ),
    )
