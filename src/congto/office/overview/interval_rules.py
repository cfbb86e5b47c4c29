"""The rule book of half-hours for people: each rule with its limits, what comes and what was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.engines.intervals.rules import RULES
from congto.office.control.rule_changes import subject_of, waiting
from congto.office.meterdata.rule_book import rule_rows
from congto.office.meterdata.rule_book_changes import LIMITS, WORDS
from congto.reference.interval_rules import CLASSES, ROLES

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.models import Proposal
    from congto.vocabulary.interval_rules import DatedIntervalRule

CLASS_NAMES = {one: name for name, one in CLASSES.items()}
ROLE_NAMES = {one: name for name, one in ROLES.items()}


@dataclass(frozen=True, slots=True)
class RuleState:
    """One row of a rule."""

    row: DatedIntervalRule

    @property
    def limits(self) -> list[tuple[str, str, str]]:
        """Return (name, label, value as a screen writes it)."""
        return [
            (name, LIMITS[name], WORDS.shown(name, value))
            for name, value in self.row.rule.limits.items()
        ]

    @property
    def roles(self) -> list[str]:
        """Return the names of the deliveries it looks at; empty: all of them."""
        names = [ROLE_NAMES[role] for role in self.row.rule.roles]
        return [] if len(names) == len(ROLES) else names


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule for one customer class or for all, newest state first."""

    rule: str
    customer_class: str
    states: list[RuleState]
    proposal: Proposal | None

    @property
    def latest(self) -> RuleState:
        """Return the newest state, which a change would follow."""
        return self.states[0]

    @property
    def action(self) -> str:
        """Return the gravest thing the rule does; empty for one that looks at no single day."""
        module = RULES.get(self.rule)
        return str(module.ACTION) if module else ""

    def in_force(self, day: date) -> RuleState | None:
        """Return the state that judges a local day."""
        return next((one for one in self.states if one.row.valid_from <= day), None)


def rule_views() -> list[RuleView]:
    """Return every rule, in the order of their numbers, each class after the row for all."""
    found: dict[tuple[str, str], list[RuleState]] = {}
    for row in rule_rows():
        one = row.rule.customer_class
        name = "" if one is None else CLASS_NAMES[one]
        found.setdefault((row.rule.rule, name), []).append(RuleState(row))
    pending = waiting("interval_rule")
    return [
        RuleView(
            rule,
            name,
            sorted(states, key=lambda one: one.row.valid_from, reverse=True),
            pending.get(subject_of(rule, name)),
        )
        for (rule, name), states in sorted(found.items())
    ]


def rule_view(rule: str, customer_class: str) -> RuleView | None:
    """Return one rule; None where there is no such one."""
    wanted = (rule, customer_class)
    return next((one for one in rule_views() if (one.rule, one.customer_class) == wanted), None)
