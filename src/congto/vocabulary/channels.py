"""How and where customers pay: the two measures need to know whether cash was given, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.prices import Confidence


class Handing(StrEnum):
    """What the customer hands over."""

    CASH = "cash"
    CASHLESS = "cashless"


class Place(StrEnum):
    """Where the customer pays."""

    HOME = "home"
    COUNTER = "counter"  # the utility's own
    POINT = "point"  # a bank's, an intermediary's, an agent's
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Channel:
    """What a channel's word means where a kind of partner writes it, in [valid_from, valid_to)."""

    partner: str
    channel: str
    handing: Handing
    place: Place
    valid_from: date
    valid_to: date | None
    source: str
    confidence: Confidence

    def holds_on(self, day: date) -> bool:
        """Tell whether the word means this on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class CommuneDecision:
    """A decision with a list of communes of special difficulty.

    Attributes:
        decision, title: number and name. signed: its day.
        until: first day after the time that it names itself.
        communes: how many it lists, where that is known.
        replaced_by, replaced_from: the decision whose list took its place, and from when.
    """

    decision: str
    signed: date
    until: date
    title: str
    communes: int | None
    replaced_by: str | None
    replaced_from: date | None
    confidence: Confidence

    def current_on(self, day: date) -> bool:
        """Tell whether the list is neither replaced nor past its time on a day."""
        replaced = self.replaced_from is not None and self.replaced_from <= day
        return self.signed <= day < self.until and not replaced


def share_bp(part: int, whole: int) -> int | None:
    """Return part of whole in hundredths of a percent, rounded half up; None of nothing.

    1 of 3 is 33.33 % (3333);  2 of 3 is 66.67 % (6667);  1 of 8 is 12.50 % (1250).
    """
    if whole <= 0:
        return None
    return (2 * part * 10_000 + whole) // (2 * whole)
