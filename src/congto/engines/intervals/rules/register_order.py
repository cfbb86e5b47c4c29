"""V-25: the day opens below a register read that is stored from before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.registers import dial_wh, rolled_over
from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-25"
ACTION = Action.ORDER
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Order a new read where the opening register is below the last stored one, without rollover.

    register(t2) >= register(t1) for t2 > t1. The later read is not used; the half-hours stay.
    Observed is the opening read, expected the stored one, Wh.
    """
    facts = day.facts
    if facts.earlier_wh is None:
        return []
    known = (facts.earlier_wh != ABSENT_WH) & (facts.opening_wh != ABSENT_WH)
    old, new = np.where(known, facts.earlier_wh, 0), np.where(known, facts.opening_wh, 0)
    backwards = known & (new < old) & ~rolled_over(old, new, dial_wh(facts))
    rows = judged(day, limits, backwards)
    hits = whole_days(rows, new[rows], old[rows])
    return said(Verdict(Action.ORDER, hits, register=True))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "chỉ số đầu ngày {} nhỏ hơn chỉ số đã lưu trước đó {}, không được dùng."
        " Cần đọc lại chỉ số.",
        energy("observed"),
        energy("expected"),
    )
