"""V-19: a half-hour is many times the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Runs, Verdict, hits_of, judged, said
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Action, Channel

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-19"
ACTION = Action.WARN
CHANNELS = (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Warn of a value over `percent` (1000 %) above the last valid one (Itron: demand tolerance).

    |x - last| / last > 10, where the last valid value is above zero; the first value of the day
    has none. Days that the register bears out (V-10) are not looked at; off for households.
    Observed is the value, expected the highest allowed, Wh.
    """
    factor = 100 + limits.all("percent")
    highest = day.figures.highest.astype(np.int64)
    # A step needs a value so many times the least of the day, or of 1 Wh.
    least = np.maximum(day.figures.lowest, 1).astype(np.int64)
    may = ~day.proven & (highest * 100 > least * factor)
    rows = judged(day, limits, may)
    values = day.values[rows].astype(np.int64)
    last = _last_valid(day.values[rows])
    allowed = last * factor[rows, None] // 100
    steps = (last > 0) & (values > allowed)
    entry, at = np.nonzero(steps)
    found = Runs(entry, at.astype(np.int8), at.astype(np.int8))
    return said(Verdict(Action.WARN, hits_of(rows, found, values[steps], allowed[steps])))


def _last_valid(values: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return for each half-hour the last value present before it, 0 where there is none."""
    place = np.where(values == ABSENT, -1, np.arange(HALF_HOURS))
    before = np.full(values.shape, -1, np.int64)
    before[:, 1:] = np.maximum.accumulate(place, axis=1)[:, :-1]
    last = np.take_along_axis(values, np.maximum(before, 0), axis=1).astype(np.int64)
    return np.where(before >= 0, last, 0)


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "giá trị {} cao gấp nhiều lần nửa giờ trước (tối đa {}). Xem lại khi có thời gian.",
        energy("observed"),
        energy("expected"),
    )
