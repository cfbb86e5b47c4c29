"""V-04: half-hours are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, runs, said
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import ABSENT, Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-04"
ACTION = Action.ORDER
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """List every gap of the day (count of values < 48; all published standards).

    The values are asked for again; until they come they are estimated. Observed is the number of
    values in the gap (0), expected its length in half-hours.
    """
    rows = judged(day, limits, ~day.complete)
    found = runs(day.values[rows] == ABSENT)
    return said(Verdict(Action.ORDER, hits_of(rows, found, 0, found.length)))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence("thiếu {} giá trị nửa giờ. Cần thu thập lại từ công tơ.", number("expected"))
