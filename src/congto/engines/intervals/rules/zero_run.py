"""V-14: hours without use at a point that hardly ever has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, runs, said
from congto.engines.intervals.rules.wording import hours, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-14"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect runs of at least `half_hours` (16) zeros where zeros are rare.

    Rare: under `zero_permille` (5 %) of 28 days. The point is active, its relay closed; half-hours
    of a known outage break the run (Oracle: consecutive intervals and zero consumption). At least
    `days` days are known. Observed is the length of the run, expected the limit, in half-hours.
    """
    facts, history = day.facts, day.block.history
    usual = (history.zero_permille < limits.all("zero_permille")) & facts.active & ~facts.relay_open
    known = history.days.sum(axis=1) >= limits.all("days")
    rows = judged(day, limits, (day.figures.lowest <= 0) & usual & known)
    zero = day.values[rows] == 0
    if day.block.outage is not None:
        zero &= ~day.block.outage[rows]
    least = limits.at("half_hours", rows)
    long = runs(zero).of_length(least)
    return said(Verdict(Action.SUSPECT, hits_of(rows, long, long.length, least[long.entry])))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "{} liền không dùng điện trong khi bình thường luôn có dùng, không ghi nhận mất điện."
        " Cần kiểm tra mạch đo.",
        hours("observed"),
    )
