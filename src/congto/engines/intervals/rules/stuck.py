"""V-17: the same value again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, runs, said
from congto.engines.intervals.rules.wording import hours, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-17"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect runs of at least `half_hours` (12) equal values above zero.

    Oracle: consecutive intervals. Observed is the length of the run, expected the limit, in half-
    hours.
    """
    # A run of w values holds two neighbours of any grid of w // 2: only such rows are opened.
    step = max(limits.least("half_hours") // 2, 1)
    grid = day.values[:, ::step]
    alike = ((grid[:, 1:] == grid[:, :-1]) & (grid[:, 1:] > 0)).any(axis=1)
    rows = judged(day, limits, alike)
    values = day.values[rows]
    least = limits.at("half_hours", rows)
    same = np.zeros(values.shape, np.bool_)
    same[:, 1:] = (values[:, 1:] == values[:, :-1]) & (values[:, 1:] > 0)
    pairs = runs(same)
    # A run of pairs begins with its second value.
    long = pairs._replace(first=(pairs.first - 1).astype(np.int8)).of_length(least)
    return said(Verdict(Action.SUSPECT, hits_of(rows, long, long.length, least[long.entry])))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "{} liền một giá trị không đổi. Cần kiểm tra công tơ có bị treo số liệu không.",
        hours("observed"),
    )
