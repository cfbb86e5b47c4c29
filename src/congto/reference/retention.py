"""How long the head end keeps frames, sessions, tasks and the record of opened secrets: dated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from congto.reference.fields import read_yaml, shipped
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from congto.vocabulary.prices import Confidence


class Kept(StrEnum):
    """What is kept for a term."""

    FRAMES = "frames"
    DELIVERED_FRAMES = "delivered_frames"
    SESSIONS = "sessions"
    TASKS = "tasks"
    SECRET_USES = "secret_uses"  # noqa: S105  (a word, no secret)


@dataclass(frozen=True, slots=True)
class Term:
    """A term: so many days, from a day on."""

    what: Kept
    days: int
    valid_from: date
    source: str
    confidence: Confidence


def load_terms(directory: Path | None = None) -> tuple[Term, ...]:
    """Load retention.yaml."""
    entry = read_yaml(shipped(directory).joinpath("retention.yaml")).fields("source", "terms")
    found = []
    for row in entry.entries("terms"):
        row.fields("what", "days", "valid_from", "source", "confidence")
        what, days = row.word("what", Kept), row.whole("days")
        told = row.day("valid_from"), row.text("source"), row.confidence()
        found.append(Term(what, days, *told))
    return tuple(found)


def terms_on(day: date, directory: Path | None = None) -> dict[Kept, int]:
    """Return the days that each thing is kept, as in force on a day.

    Raises:
        InvalidInputError: one has no term on the day; or frames that readings came in would outlive
            their session, by which they are found.
    """
    rows = [one for one in load_terms(directory) if one.valid_from <= day]
    days = {one.what: one.days for one in sorted(rows, key=lambda one: one.valid_from)}
    lacking = [one for one in Kept if one not in days]
    if lacking:
        raise InvalidInputError(
            f"retention.yaml has no term of {', '.join(lacking)} on {day}", expected="one of each"
        )
    if not days[Kept.FRAMES] <= days[Kept.DELIVERED_FRAMES] <= days[Kept.SESSIONS]:
        raise InvalidInputError(
            f"on {day} frames are kept {days[Kept.FRAMES]} days, delivered ones"
            f" {days[Kept.DELIVERED_FRAMES]} and sessions {days[Kept.SESSIONS]}",
            expected="no term longer than the next: frames are found by their session",
            action="correct retention.yaml",
        )
    return days
