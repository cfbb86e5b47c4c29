"""V-16: energy flows where the contract has ended or the relay is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-16"
ACTION = Action.ORDER
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Order a visit where more than `day_wh` (100) was used in a day while inactive or off.

    The relay may be faulty, or somebody drew past it (California: usage for inactive meters;
    Oracle: inactive measurement). Observed is the day sum, expected the limit, Wh.
    """
    off = ~day.facts.active | day.facts.relay_open
    rows = judged(day, limits, off & (day.figures.sums > limits.all("day_wh")))
    hits = whole_days(rows, day.figures.sums[rows], limits.at("day_wh", rows))
    return said(Verdict(Action.ORDER, hits))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "dùng {} trong khi đã ngừng cấp điện hoặc chấm dứt hợp đồng."
        " Cần kiểm tra rơ le và niêm phong tại chỗ.",
        energy("observed"),
    )
