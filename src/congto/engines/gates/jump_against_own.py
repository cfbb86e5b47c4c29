"""BIL-102: far more than the same customer used in the 13 periods before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, kwh_a_day, signer_of, times

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-102"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold bills whose Wh a day reach a step of the ladder, in times of the mean before.

    Known are at least `periods` periods, and the period has at least `energy_wh` Wh, so that a
    holiday house that is lived in again does not fill the queue. A mean of zero counts as 1 Wh.
    """
    usual = pl.max_horizontal(pl.col("past_day_wh"), 1)
    jumped = (
        (pl.col("past_periods") >= rule.limits["periods"])
        & (pl.col("energy_wh") >= rule.limits["energy_wh"])
        & (pl.col("day_wh") >= usual * rule.ladder[0][0])
    )
    now, before = kwh_a_day(pl.col("day_wh")), kwh_a_day(pl.col("past_day_wh"))
    ratio = times(pl.col("day_wh"), usual)
    return found(
        bills.filter(jumped),
        rule=RULE,
        gate=GATE,
        signer=signer_of(pl.col("day_wh") // usual, rule.ladder),
        observed=pl.format("{} ({} lần)", now, ratio),
        expected=pl.format("dưới {} lần của {}", pl.lit(rule.ladder[0][0]), before),
        text=pl.format(
            "Kỳ này {}, gấp {} lần bình quân {} kỳ trước ({}):"
            " kiểm tra chỉ số trước khi phát hành.",
            now,
            ratio,
            "past_periods",
            before,
        ),
    )
