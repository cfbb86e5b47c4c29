"""BIL-101: nothing was used where electricity is used otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, kwh_a_day

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-101"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold bills of 0 kWh after at least `periods` periods with a mean of `day_wh` Wh a day."""
    stopped = (
        (pl.col("energy_wh") == 0)
        & (pl.col("past_periods") >= rule.limits["periods"])
        & (pl.col("past_day_wh") >= rule.limits["day_wh"])
    )
    usual = kwh_a_day(pl.col("past_day_wh"))
    return found(
        bills.filter(stopped),
        rule=RULE,
        gate=GATE,
        observed="0 kWh",
        expected=pl.format("khoảng {}", usual),
        text=pl.format(
            "Kỳ này 0 kWh, bình quân {} kỳ trước {}: kiểm tra công tơ còn chạy,"
            " khách hàng còn dùng điện không.",
            "past_periods",
            usual,
        ),
    )
