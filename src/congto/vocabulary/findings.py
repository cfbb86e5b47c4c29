"""Findings: bad news as data. Rule ids are stable; docs/reference/findings.md lists them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class Severity(StrEnum):
    """What a finding does to the value it is about."""

    INFO = "info"
    WARNING = "warning"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken by one subject in one period.

    Attributes:
        rule: stable id such as "RDG-002".
        subject: code of what it is about (usage point, customer, file:line).
        observed / expected: what was seen against what the rule asks for, as text with units.
        text: one sentence that a clerk understands.
    """

    rule: str
    severity: Severity
    subject: str
    observed: str
    expected: str
    text: str
    period_from: date | None = None
    period_to: date | None = None
