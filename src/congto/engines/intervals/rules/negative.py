"""V-07: a half-hour is below zero, or the register went backwards without rolling over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.registers import both_read
from congto.engines.intervals.rules.found import (
    Verdict,
    hits_of,
    judged,
    over_runs,
    runs,
    said,
    whole_days,
)
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import ABSENT, Action, Channel

if TYPE_CHECKING:
    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-07"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Reject half-hours below zero: each channel only counts up (Oracle: negative consumption).

    A register that closes below its opening and did not roll over (0.9 and 0.1 of the dial) has to
    be read again; it says nothing of the half-hours, so these stay, and the reads are not used.
    Observed is the lowest value (expected 0), or the closing read (expected: the opening), in Wh.
    """
    rows = judged(day, limits, day.figures.lowest < 0)
    values = day.values[rows]
    found = runs((values < 0) & (values != ABSENT))
    lowest = over_runs(np.minimum, values, found)
    facts = day.facts
    backwards = both_read(facts) & (day.register_wh == ABSENT_WH)
    again = judged(day, limits, backwards)
    register = whole_days(again, facts.closing_wh[again], facts.opening_wh[again])
    return said(
        Verdict(Action.REJECT, hits_of(rows, found, lowest, 0)),
        Verdict(Action.ORDER, register, register=True),
    )


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    below = sentence(
        "có giá trị âm, thấp nhất {}, không được dùng. Cần kiểm tra kênh đo và đấu dây.",
        energy("observed"),
    )
    backwards = sentence(
        "chỉ số cuối ngày {} nhỏ hơn chỉ số đầu ngày {}, không phải quay vòng."
        " Cần kiểm tra và đọc lại chỉ số.",
        energy("observed"),
        energy("expected"),
    )
    return pl.when(pl.col("action") == Action.ORDER).then(backwards).otherwise(below)
