"""V-17: the same value again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Runs, Verdict, hits_of, judged, runs, said
from congto.engines.intervals.rules.wording import hours, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-17"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect runs of at least `half_hours` (12) equal values above zero.

    Oracle: consecutive intervals. A value of fewer than `few_units` counted units (100; 0: none)
    tells a steady load only roughly and repeats by itself: it has to do so `few_half_hours` times.
    The unit is what all values of the day are multiples of. Observed is the length of the run,
    expected the limit, in half-hours.
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
    needed = np.where(
        _of_few_units(values, long, limits.at("few_units", rows)),
        limits.at("few_half_hours", rows)[long.entry],
        least[long.entry],
    )
    told = long.length >= needed
    kept = Runs(long.entry[told], long.first[told], long.last[told])
    return said(Verdict(Action.SUSPECT, hits_of(rows, kept, kept.length, needed[told])))


def _of_few_units(
    values: NDArray[np.int32], found: Runs, few: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return the runs whose value is fewer counted units than `few`, given by entry."""
    unit = np.gcd.reduce(np.maximum(values, 0), axis=1).astype(np.int64)
    of_few: NDArray[np.bool_] = values[found.entry, found.first] < (few * unit)[found.entry]
    return of_few


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "{} liền một giá trị không đổi. Cần kiểm tra công tơ có bị treo số liệu không.",
        hours("observed"),
    )
