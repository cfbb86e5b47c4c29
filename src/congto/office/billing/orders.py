"""What a worker must know of a run, and what it answers: plain values that can be sent to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.vocabulary.gates import GateRule


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One run.

    Attributes:
        issue: issue what passes the gates at once; else leave it ready.
        series: the invoice series of each unit, by unit number.
        rules: the gates' rules in force at the end of the period.
    """

    run_id: int
    period_from: date
    period_to: date
    issued_on: date
    due_date: date
    at: datetime
    books_per_batch: int
    issue: bool
    series: dict[int, int]
    rules: tuple[GateRule, ...]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What one transaction did: bills written, of them held, accounts parked."""

    books: int
    bills: int
    held: int
    parked: int
