"""Rules of half-hours with their limits, as values: published, or decided by the utility since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from congto.vocabulary.intervals import CustomerClass, SourceRole
    from congto.vocabulary.prices import Confidence


@dataclass(frozen=True, slots=True)
class IntervalRule:
    """A rule and its limits for one customer class, or for all where that is None.

    Attributes:
        rule: "V-01" to "V-26".
        roles: the deliveries it looks at.
        limits: whole numbers by name; each rule's file says which it reads.
    """

    rule: str
    customer_class: CustomerClass | None
    roles: tuple[SourceRole, ...]
    limits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DatedIntervalRule:
    """A rule as published or decided: dated, with its source; the end is open.

    A row of a class replaces the row for all; `enabled` False switches the rule off.
    """

    rule: IntervalRule
    valid_from: date
    enabled: bool
    source: str
    confidence: Confidence
