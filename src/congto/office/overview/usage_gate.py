"""The rules before billing from half-hours for people: limits, what comes and what was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.control.rule_changes import subject_of, waiting
from congto.office.meterdata.gate_book import gate_rows
from congto.office.meterdata.gate_book_changes import LIMITS, WORDS

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.models import Proposal
    from congto.vocabulary.gates import DatedGateRule


@dataclass(frozen=True, slots=True)
class RuleState:
    """One row of a rule."""

    row: DatedGateRule

    @property
    def limits(self) -> list[tuple[str, str, str]]:
        """Return (name, label, value as a screen writes it)."""
        limits = self.row.rule.limits
        return [(name, LIMITS[name], WORDS.shown(name, value)) for name, value in limits.items()]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule for one price group or for all, newest state first."""

    rule: str
    group: str
    states: list[RuleState]
    proposal: Proposal | None

    @property
    def latest(self) -> RuleState:
        """Return the newest state, which a change would follow."""
        return self.states[0]

    def in_force(self, day: date) -> RuleState | None:
        """Return the state that judges periods which begin on a day."""
        return next((one for one in self.states if one.row.valid_from <= day), None)


def rule_views() -> list[RuleView]:
    """Return every rule, in the order of their numbers, each group after the row for all."""
    found: dict[tuple[str, str], list[RuleState]] = {}
    for row in gate_rows():
        found.setdefault((row.rule.rule, row.rule.group), []).append(RuleState(row))
    pending = waiting("usage_gate")
    return [
        RuleView(
            rule,
            group,
            sorted(states, key=lambda one: one.row.valid_from, reverse=True),
            pending.get(subject_of(rule, group)),
        )
        for (rule, group), states in sorted(found.items())
    ]


def rule_view(rule: str, group: str) -> RuleView | None:
    """Return one rule; None where there is no such one."""
    return next((one for one in rule_views() if (one.rule, one.group) == (rule, group)), None)
