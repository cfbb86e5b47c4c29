"""The gates' rules for people: each with its limits, what comes next and what was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.billing.models import HoldRule
from congto.office.billing.rule_changes import LIMITS, WORDS
from congto.office.control.rule_changes import subject_of, waiting

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.models import Proposal


@dataclass(frozen=True, slots=True)
class RuleState:
    """One row of a rule: its limits by name and its ladder of (limit, signer)."""

    row: HoldRule

    @property
    def limits(self) -> list[tuple[str, str, str]]:
        """Return (name, label, value as a screen writes it)."""
        return [
            (name, label, WORDS.shown(name, self.row.limits[name]))
            for name, label in LIMITS.items()
            if name in self.row.limits
        ]

    @property
    def ladder(self) -> list[tuple[int, int]]:
        """Return the steps."""
        return [(step, signer) for step, signer in self.row.limits.get("ladder", [])]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule for one price group or for all, with its history, newest first."""

    rule: str
    group: str
    states: list[RuleState]
    proposal: Proposal | None

    @property
    def latest(self) -> RuleState:
        """Return the newest state, which a change would follow."""
        return self.states[0]

    def in_force(self, day: date) -> RuleState | None:
        """Return the state that judges bills of a period that ends on the day."""
        for state in self.states:
            row = state.row
            if row.valid_from <= day and (row.valid_to is None or day < row.valid_to):
                return state
        return None


def rule_views() -> list[RuleView]:
    """Return every rule in the books, in the order of their numbers."""
    found: dict[tuple[str, str], list[RuleState]] = {}
    for row in HoldRule.objects.order_by("rule", "group", "-valid_from"):
        found.setdefault((row.rule, row.group), []).append(RuleState(row))
    pending = waiting("hold_rule")
    return [
        RuleView(rule, group, states, pending.get(subject_of(rule, group)))
        for (rule, group), states in found.items()
    ]


def rule_view(rule: str, group: str) -> RuleView | None:
    """Return one rule; None where the books have no such one."""
    return next((one for one in rule_views() if (one.rule, one.group) == (rule, group)), None)
