"""Validation of a block: the rules in their order, and what becomes of each value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.checked import Checked
from congto.engines.intervals.day import Day
from congto.engines.intervals.limits import IntervalRules, Limits
from congto.engines.intervals.rules import FIRST, LAST, OTHERS, UNPROVEN, VALUES, register_sum
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Action, reason_bit

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock, Hits
    from congto.engines.intervals.rules.found import Verdict

__all__ = ["Checked", "IntervalRules", "validate"]


def validate(block: DayBlock, rules: IntervalRules) -> Checked:
    """Return what the rules in force say of each half-hour of a day, by row of the block.

    Order (California, Oracle): identity, repetition and length; then the values; then the register
    sum; where that passes, spikes and steps are not looked for; then the others. A day that one of
    the first rules rejects or drops is looked at no further; what the second group rejects is
    missing for the rules after it. Only "reject" makes a value rejected. A rule speaks of its row
    alone: neither the order of rows nor the size of blocks changes anything.
    """
    run = _Run(block, rules)
    day = run.values(run.first(Day.of(block)))
    day = run.register(day)
    for rule in (*UNPROVEN, *OTHERS):
        run.ask(rule, day)
    # What is missing or rejected by now will be estimated: the last rule counts such days.
    for rule in LAST:
        run.ask(rule, replace(day, rejected=run.rejected))
    return run.answer(day)


class _Run:
    """The marks that the rules leave on a block, one after the other."""

    def __init__(self, block: DayBlock, rules: IntervalRules) -> None:
        shape = (len(block.points), HALF_HOURS)
        self.block = block
        self.rules = rules
        # Zeros cost nothing until they are touched; most rows never are.
        self.reasons = np.zeros(shape, np.uint32)
        self.marks = {
            action: np.zeros(shape, np.bool_)
            for action in (Action.REJECT, Action.SUSPECT, Action.TEMPORARY)
        }
        self.touched = np.zeros(shape[0], np.bool_)
        self.closed = np.zeros(shape[0], np.bool_)
        self.dropped = np.zeros(shape[0], np.bool_)
        self.register_unfit = np.zeros(shape[0], np.bool_)
        self.found: list[tuple[str, Action, Hits]] = []

    @property
    def rejected(self) -> NDArray[np.bool_]:
        return self.marks[Action.REJECT]

    def first(self, day: Day) -> Day:
        """Ask the rules that close a day: each looks only at what those before it left open."""
        for rule in FIRST:
            for verdict in self.ask(rule, replace(day, closed=self.closed)):
                if verdict.action in {Action.REJECT, Action.DROP}:
                    self.closed[verdict.hits.rows] = True
        return replace(day, closed=self.closed)

    def values(self, day: Day) -> Day:
        """Ask the rules of single values; return the day without what they rejected."""
        for rule in VALUES:
            self.ask(rule, day)
        left = replace(day, rejected=self.rejected.copy(), register_unfit=self.register_unfit)
        return left.without_rejected()

    def register(self, day: Day) -> Day:
        """Compare with the register; return the day with what it bears out."""
        self.ask(register_sum, day)
        limits = self.limits(register_sum)
        return day if limits is None else replace(day, proven=register_sum.proven_days(day, limits))

    def limits(self, rule: ModuleType) -> Limits | None:
        """Return the rule's limits, or None where it does not look at this block."""
        in_force = self.rules.rules.get(rule.RULE)
        if in_force is None or self.block.channel not in rule.CHANNELS:
            return None
        limits = Limits.of(in_force, self.block)
        return None if limits.none_eligible else limits

    def ask(self, rule: ModuleType, day: Day) -> list[Verdict]:
        """Let a rule speak, mark what it says, and return that."""
        limits = self.limits(rule)
        if limits is None:
            return []
        verdicts: list[Verdict] = rule.check(day, limits)
        for action, hits, register in verdicts:
            self.found.append((rule.RULE, action, hits))
            self.touched[hits.rows] = True
            _mark(self.reasons, hits, reason_bit(rule.RULE))
            if action in self.marks:
                _mark(self.marks[action], hits, bit=True)
            if action is Action.DROP:
                self.dropped[hits.rows] = True
            if register:
                self.register_unfit[hits.rows] = True
        return verdicts

    def answer(self, day: Day) -> Checked:
        """Return the marks; of several on one value the gravest stands, on a missing one none."""
        rows = np.flatnonzero(self.touched).astype(np.int32)
        taken = self.block.values[rows] == ABSENT
        for action in (Action.REJECT, Action.TEMPORARY, Action.SUSPECT):
            marked = self.marks[action][rows] & ~taken
            self.marks[action][rows] = marked
            taken |= marked
        return Checked(
            reasons=self.reasons,
            rejected=self.rejected,
            suspect=self.marks[Action.SUSPECT],
            temporary=self.marks[Action.TEMPORARY],
            rows=rows,
            dropped=self.dropped,
            proven=day.proven,
            register_unfit=self.register_unfit,
            found=tuple(self.found),
        )


def _mark(marks: NDArray[np.uint32] | NDArray[np.bool_], hits: Hits, bit: int) -> None:
    """Set a bit in the half-hours of hits."""
    lengths = hits.last.astype(np.int64) - hits.first + 1
    if (lengths == HALF_HOURS).all():
        marks[hits.rows] |= marks.dtype.type(bit)
        return
    start = hits.rows.astype(np.int64) * HALF_HOURS + hits.first
    # The half-hours of every run, one after the other: counted from the start of each.
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    flat = np.repeat(start, lengths) + np.arange(lengths.sum()) - before
    marks.reshape(-1)[flat] |= marks.dtype.type(bit)
