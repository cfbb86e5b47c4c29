"""V-12: the day used far more or far less than days of its kind do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-12"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect complete days outside the band around the mean H of days of the same type.

    D > 2.5 H + 3 sigma or D < 0.25 H - 3 sigma, with at least `days` (5) such days known (after
    Oracle's high/low; the factors are this project's). Observed is the day sum, expected the bound
    that it passed, Wh.
    """
    kind, history = day.block.day_type.value, day.block.history
    mean = history.mean_wh[:, kind]
    spread = history.deviation_wh[:, kind] * limits.all("deviations")
    high = mean * limits.all("high_percent") // 100 + spread
    low = mean * limits.all("low_percent") // 100 - spread
    sums = day.figures.sums
    known = day.complete & (history.days[:, kind] >= limits.all("days"))
    rows = judged(day, limits, known & ((sums > high) | (sums < low)))
    bound = np.where(sums[rows] > high[rows], high[rows], low[rows])
    return said(Verdict(Action.SUSPECT, whole_days(rows, sums[rows], bound)))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    over = sentence(
        "cả ngày dùng {}, cao hơn mức thường thấy (tối đa {}). Cần kiểm tra nếu lặp lại.",
        energy("observed"),
        energy("expected"),
    )
    under = sentence(
        "cả ngày dùng {}, thấp hơn mức thường thấy (tối thiểu {}). Cần kiểm tra nếu lặp lại.",
        energy("observed"),
        energy("expected"),
    )
    return pl.when(pl.col("observed") > pl.col("expected")).then(over).otherwise(under)
