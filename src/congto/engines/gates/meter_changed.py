"""BIL-108: the meter was exchanged in the period and its readings are not sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.gates.wording import found
from congto.vocabulary.quality import Quality, UsageFlag

if TYPE_CHECKING:
    from congto.vocabulary.gates import GateRule

RULE = "BIL-108"
GATE = 1


def hold(bills: pl.DataFrame, rule: GateRule) -> pl.DataFrame:
    """Hold exchanges whose readings are weaker than measured: the closing or opening index.

    An exchange without any closing read gives no usage: the account stays incomplete with the
    finding of the missing read.
    """
    del rule  # it has no limits
    changed = pl.col("flags") & UsageFlag.METER_CHANGED.value != 0
    return found(
        bills.filter(changed & (pl.col("quality") < Quality.MEASURED.value)),
        rule=RULE,
        gate=GATE,
        observed="thay công tơ, chỉ số không phải số đo chắc chắn",
        expected="chỉ số tháo và chỉ số treo đều là số đo",
        text="Công tơ được thay trong kỳ và chỉ số tháo hoặc treo chưa chắc chắn:"
        " đối chiếu biên bản treo tháo.",
    )
