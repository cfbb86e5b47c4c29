"""V-26: the customers behind a transformer used more than the transformer delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.rules.found import Verdict, said, whole_days
from congto.engines.intervals.rules.wording import energy
from congto.vocabulary.intervals import Action, Channel
from congto.vocabulary.wording import day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.limits import Limits

RULE = "V-26"
ACTION = Action.ORDER
CHANNELS = (Channel.ACTIVE_IMPORT,)


@dataclass(frozen=True, slots=True)
class AreaDay:
    """A day of each transformer: its own meter and the sum of its customers, Wh; (n,).

    ABSENT_WH where the transformer was not measured. The sum may lack customers: a part that is
    larger than the whole is wrong all the same.
    """

    transformer_wh: NDArray[np.int64]
    customers_wh: NDArray[np.int64]


def check(areas: AreaDay, limits: Limits) -> list[Verdict]:
    """Order a case where the customers' sum is over `permille` (1020) of the transformer meter.

    A customer hangs at another transformer than the books say, or a meter is wrong. Observed is
    the sum of the customers, expected the most allowed, Wh.
    """
    known = areas.transformer_wh != ABSENT_WH
    most = np.where(known, areas.transformer_wh, 0) * limits.all("permille") // 1000
    rows = limits.looked_at(known & (areas.customers_wh > most))
    return said(Verdict(Action.ORDER, whole_days(rows, areas.customers_wh[rows], most[rows])))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return pl.format(
        "Trạm {}, ngày {}: khách hàng dùng tổng cộng {}, vượt mức {} theo công tơ tổng của trạm."
        " Cần rà soát khách hàng thuộc trạm và công tơ tổng.",
        "subject",
        day("local_day"),
        energy("observed"),
        energy("expected"),
    )
