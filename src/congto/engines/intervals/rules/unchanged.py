"""V-02: the day brings exactly the values that are in force already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-02"
ACTION = Action.DROP
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Drop days whose 48 values equal those in force.

    Fingrid: unchanged series; Oracle: duplicate. A rank above that in force is news and is kept.
    Observed and expected are day sums, Wh.
    """
    delivery = day.block.delivery
    if delivery is None or delivery.current is None:
        return []
    news = np.zeros(len(day.values), np.bool_)
    if delivery.rank is not None and delivery.current_rank is not None:
        news = delivery.rank > delivery.current_rank
    # Most days that differ do so in one of four half-hours: few rows need all 48 compared.
    alike = (day.values[:, ::12] == delivery.current[:, ::12]).all(axis=1)
    rows = judged(day, limits, alike & (day.figures.present > 0) & ~news)
    rows = rows[(day.values[rows] == delivery.current[rows]).all(axis=1)]
    sums = day.figures.sums[rows]
    return said(Verdict(Action.DROP, whole_days(rows, sums, sums)))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence("số liệu giống hệt số liệu đã có ({}), không lưu lại.", energy("observed"))
