"""Rules in force on a day: limits by customer class, and which deliveries each rule looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from congto.vocabulary.intervals import CustomerClass, SourceRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock
    from congto.vocabulary.interval_rules import DatedIntervalRule


@dataclass(frozen=True)
class RuleInForce:
    """One rule on one day.

    Attributes:
        limits: a limit's values by customer class; (4,).
        eligible: by source role and customer class; (4, 4).
    """

    limits: Mapping[str, NDArray[np.int64]]
    eligible: NDArray[np.bool_]


@dataclass(frozen=True)
class IntervalRules:
    """All rules in force on a day, by id; a rule that is absent is switched off."""

    rules: Mapping[str, RuleInForce]

    @classmethod
    def on(cls, rows: Iterable[DatedIntervalRule], day: date) -> IntervalRules:
        """Return the rules in force on `day`: for each rule and class the newest row that began.

        A row of a class goes before the row for all, whichever is newer.
        """
        newest: dict[tuple[str, CustomerClass | None], DatedIntervalRule] = {}
        for row in sorted(rows, key=lambda one: one.valid_from):
            if row.valid_from <= day:
                newest[row.rule.rule, row.rule.customer_class] = row
        names = sorted({rule for rule, _ in newest})
        by_class = {
            name: [newest.get((name, one), newest.get((name, None))) for one in CustomerClass]
            for name in names
        }
        return cls({name: _in_force(rows) for name, rows in by_class.items()})


def _in_force(by_class: list[DatedIntervalRule | None]) -> RuleInForce:
    """Put the rows of the four classes beside each other; a class without a row is not judged."""
    eligible = np.zeros((len(SourceRole), len(CustomerClass)), np.bool_)
    names = {name for row in by_class if row is not None for name in row.rule.limits}
    limits = {name: np.zeros(len(CustomerClass), np.int64) for name in names}
    for number, row in enumerate(by_class):
        if row is None or not row.enabled:
            continue
        eligible[list(row.rule.roles), number] = True
        for name, limit in row.rule.limits.items():
            limits[name][number] = limit
    return RuleInForce(limits, eligible)


@dataclass(frozen=True)
class Limits:
    """The limits of one rule for rows of known classes; `roles` None: all pushed by meters."""

    rule: RuleInForce
    classes: NDArray[np.int8]
    roles: NDArray[np.int8] | None = None

    @classmethod
    def of(cls, rule: RuleInForce, block: DayBlock) -> Limits:
        """Return the rule's limits for these points and their delivery."""
        roles = None if block.delivery is None else block.delivery.role
        return cls(rule, block.facts.customer_class, roles)

    @cached_property
    def eligible(self) -> NDArray[np.bool_] | None:
        """Return the rows that the rule looks at, or None where it looks at all."""
        if self.rule.eligible.all():
            return None
        if self.roles is None:
            pushed = self.rule.eligible[SourceRole.PUSH]
            return None if pushed.all() else pushed[self.classes]
        by_row: NDArray[np.bool_] = self.rule.eligible[self.roles, self.classes]
        return by_row

    @property
    def none_eligible(self) -> bool:
        """Return whether the rule looks at no row."""
        return self.eligible is not None and not bool(self.eligible.any())

    def looked_at(self, where: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Return the rows of `where` that the rule looks at, rising."""
        eligible = where if self.eligible is None else where & self.eligible
        return np.flatnonzero(eligible).astype(np.int32)

    def all(self, name: str) -> NDArray[np.int64]:
        """Return a limit for every row; (n,)."""
        limit: NDArray[np.int64] = self.rule.limits[name][self.classes]
        return limit

    def at(self, name: str, rows: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return a limit for some rows; (k,)."""
        limit: NDArray[np.int64] = self.rule.limits[name][self.classes[rows]]
        return limit

    def least(self, name: str) -> int:
        """Return the smallest value of a limit over the classes that the rule looks at."""
        judged = self.rule.eligible.any(axis=0)
        return int(self.rule.limits[name][judged].min())
