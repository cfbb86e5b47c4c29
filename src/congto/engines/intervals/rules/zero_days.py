"""V-15: an active point has used nothing for days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-15"
ACTION = Action.ORDER
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Order a field check from the `days`-th (7th) day without use on at an active point.

    Contract active, relay closed. A day counts that is complete and all zero, or whose register
    did not move (California: zero consumption for active meters). It is told on every such day;
    whoever keeps orders keeps one open. Observed is the number of days with this one, expected the
    limit.
    """
    idle = day.complete & (day.figures.highest == 0) & (day.figures.lowest == 0)
    idle |= (day.register_wh == 0) & ~day.register_unfit & (day.figures.highest <= 0)
    days = day.block.history.zero_days.astype(np.int64) + 1
    idle &= (days >= limits.all("days")) & day.facts.active & ~day.facts.relay_open
    rows = judged(day, limits, idle)
    return said(Verdict(Action.ORDER, whole_days(rows, days[rows], limits.at("days", rows))))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "đã {} ngày liền không dùng điện. Cần kiểm tra tại chỗ: khách hàng còn dùng điện,"
        " hay công tơ không chạy.",
        number("observed"),
    )
