"""V-23: what may replace the values in force, and when a bill must follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-23"
ACTION = Action.DROP
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Drop a day whose source ranks below the one in force, unless an operator wants it.

    Where the day replaces another and is billed, a difference of more than `permille` (1 %) of the
    billed energy orders a re-bill case (Oracle: final measurement replacement). Observed is the
    rank (expected: the rank in force), or the new day sum (expected: the billed energy, Wh).
    """
    delivery = day.block.delivery
    if delivery is None:
        return []
    verdicts = []
    lower = np.zeros(len(day.values), np.bool_)
    if delivery.rank is not None and delivery.current_rank is not None:
        lower = delivery.rank < delivery.current_rank
        if delivery.override is not None:
            lower &= ~delivery.override
        rows = judged(day, limits, lower)
        hits = whole_days(rows, delivery.rank[rows], delivery.current_rank[rows])
        verdicts.append(Verdict(Action.DROP, hits))
    if delivery.billed_wh is not None:
        verdicts.append(_billed_otherwise(day, limits, delivery.billed_wh, lower))
    return said(*verdicts)


def _billed_otherwise(
    day: Day, limits: Limits, billed_wh: NDArray[np.int64], lower: NDArray[np.bool_]
) -> Verdict:
    """Return complete days whose energy differs from what was billed by more than the limit."""
    known = (billed_wh != ABSENT_WH) & day.complete & ~lower
    billed = np.where(known, billed_wh, 0)
    apart = np.abs(day.figures.sums - billed)
    rows = judged(day, limits, known & (apart * 1000 > billed * limits.all("permille")))
    return Verdict(Action.ORDER, whole_days(rows, day.figures.sums[rows], billed[rows]))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    lower = sentence("nguồn số liệu có hạng thấp hơn số liệu đang dùng, không thay thế.")
    billed = sentence(
        "số liệu mới {} khác số đã lập hóa đơn {}. Cần xem xét lập lại hóa đơn.",
        energy("observed"),
        energy("expected"),
    )
    return pl.when(pl.col("action") == Action.DROP).then(lower).otherwise(billed)
