"""BIL-104: the new index is below the old one and was taken for a dial that passed its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found, kwh_a_day
from congto.vocabulary.quality import UsageFlag

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-104"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold rollovers that the past does not bear out: unknown, or over `times` its mean a day.

    The other kind of reversal, a dial that ran backwards, gives no usage and so no bill: the
    account stays incomplete with the finding of the reading.
    """
    rolled = pl.col("flags") & UsageFlag.ROLLOVER.value != 0
    usual = pl.col("past_day_wh")
    borne_out = (pl.col("day_wh") <= usual * rule.limits["times"]).fill_null(value=False)
    now = kwh_a_day(pl.col("day_wh"))
    return found(
        bills.filter(rolled & ~borne_out),
        rule=RULE,
        gate=GATE,
        observed=pl.format("chỉ số mới nhỏ hơn chỉ số cũ, tính quay vòng được {}", now),
        expected=pl.format("không quá {} lần bình quân các kỳ trước", pl.lit(rule.limits["times"])),
        text=pl.format(
            "Chỉ số mới nhỏ hơn chỉ số cũ. Nếu mặt số quay vòng thì kỳ này {}:"
            " đối chiếu ảnh chụp công tơ.",
            now,
        ),
    )
