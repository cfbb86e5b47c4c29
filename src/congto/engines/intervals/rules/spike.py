"""V-09: one or two half-hours stand far above the rest of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, over_runs, runs, said
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import HALF_HOURS, Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-09"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT)
LEAST = 3  # values, so that there is a third highest


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect values over `percent` more than the third highest, P3, of the day.

    P1 >= floor and (P1 - P3) / P3 > 1.8 (California, Oracle). The floor is `history_times` the
    highest half-hour of the last 28 days where that is known (small customers: 3), else `floor_wh`
    (1 kWh). Days that the register bears out (V-10) are not looked at. At least three values are
    present. Observed is the value, expected the highest allowed, Wh.
    """
    usual = day.block.history.highest_wh.astype(np.int64) * limits.all("history_times")
    floor = np.where(usual > 0, usual, limits.all("floor_wh"))
    # P3 is at least the mean of what is left without two values as high as P1.
    rest = day.figures.sums - 2 * day.figures.highest.astype(np.int64)
    others = np.maximum(day.figures.present - 2, 1)
    highest = day.figures.highest.astype(np.int64)
    may = (highest >= floor) & (highest * 100 * others > rest * (100 + limits.all("percent")))
    rows = judged(day, limits, may & (day.figures.present >= LEAST) & ~day.proven)
    values = day.values[rows]
    third = np.partition(values, HALF_HOURS - LEAST, axis=1)[:, HALF_HOURS - LEAST].astype(np.int64)
    allowed = third * (100 + limits.at("percent", rows)) // 100
    found = runs(values >= np.maximum(allowed + 1, floor[rows])[:, None])
    peak = over_runs(np.maximum, values, found)
    return said(Verdict(Action.SUSPECT, hits_of(rows, found, peak, allowed[found.entry])))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "giá trị {} cao đột biến so với các giá trị khác trong ngày (tối đa {})."
        " Cần đối chiếu với chỉ số.",
        energy("observed"),
        energy("expected"),
    )
