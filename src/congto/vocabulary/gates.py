"""What stops a bill before issue: rules with their limits, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from congto.vocabulary.prices import Confidence


class SignLevel(IntEnum):
    """Who must sign the release of a held bill."""

    CLERK = 0
    TEAM_LEADER = 1
    HEAD = 2
    DEPUTY_DIRECTOR = 3
    DIRECTOR = 4


@dataclass(frozen=True, slots=True)
class GateRule:
    """A rule in force: its limits for one price group, or for all where `group` is empty.

    Attributes:
        limits: whole numbers by name; each rule's file says which it reads.
        ladder: rising (limit, SignLevel) steps, where the rule has them.
    """

    rule: str
    group: str
    limits: Mapping[str, int]
    ladder: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DatedGateRule:
    """A rule as published or decided: dated, with its source; the end is open."""

    rule: GateRule
    valid_from: date
    enabled: bool
    source: str
    confidence: Confidence
