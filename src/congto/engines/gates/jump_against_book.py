"""BIL-103: far more than the neighbours of the same group in the same reading book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, kwh_a_day, signer_of, times

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-103"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold bills whose Wh a day and household reach a step of the ladder, in times of the median.

    The book has at least `bills` bills of the group, and the period at least `energy_wh` Wh. This
    is the rule that sees a wrong first reading, which has no past to be compared with.
    """
    quotas = pl.max_horizontal(pl.col("household_quarters").cast(pl.Int64()), 1)
    own = pl.col("day_wh") * 4 // quotas
    usual = pl.max_horizontal(pl.col("book_day_wh"), 1)
    stands_out = (
        (pl.col("book_bills") >= rule.limits["bills"])
        & (pl.col("energy_wh") >= rule.limits["energy_wh"])
        & (own >= usual * rule.ladder[0][0])
    )
    now, ratio = kwh_a_day(own), times(own, usual)
    return found(
        bills.filter(stands_out),
        rule=RULE,
        gate=GATE,
        signer=signer_of(own // usual, rule.ladder),
        observed=pl.format("{} ({} lần)", now, ratio),
        expected=pl.format("dưới {} lần của {}", pl.lit(rule.ladder[0][0]), kwh_a_day(usual)),
        text=pl.format(
            "Dùng {} cho một hộ, gấp {} lần trung vị {} khách hàng cùng nhóm trong sổ ({}):"
            " kiểm tra chỉ số và hệ số nhân.",
            now,
            ratio,
            "book_bills",
            kwh_a_day(usual),
        ),
    )
