"""Permits: how many sessions at once, and how many may begin, as a token bucket.

Tokens are counted in whole thousandths of a start. A refill never gives more than the rate: time
that made no whole thousandth is kept for the next one, to the microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

START_MILLI = 1_000
"""Thousandths of one start."""
MICROSECONDS = 60_000
"""In which a rate of one start a minute makes one thousandth."""
DENIED_SECONDS, DENIED_SPREAD = 50, 21
"""Who is denied comes again after 50 to 70 seconds (GXF's numbers): not all at the same moment."""
URGENT_SECONDS = 2


class Limit(NamedTuple):
    """What is allowed: sessions at once; starts a minute in the long run; starts after a quiet."""

    sessions_max: int
    starts_per_minute: int
    burst: int


@dataclass(slots=True)
class Permits:
    """The state of one limit while sessions are given out.

    Attributes:
        limit: what is allowed.
        tokens_milli: thousandths of a start that are there.
        refilled_at: until when time has been turned into tokens.
        sessions: that go on now.
    """

    limit: Limit
    tokens_milli: int
    refilled_at: datetime
    sessions: int

    def refill(self, at: datetime) -> None:
        """Turn the time since the last refill into tokens; a clock set back gives none."""
        rate, full = self.limit.starts_per_minute, self.limit.burst * START_MILLI
        elapsed = (at - self.refilled_at) // timedelta(microseconds=1)
        gained = elapsed * rate // MICROSECONDS
        if gained <= 0:
            self.tokens_milli = min(self.tokens_milli, full)
            return
        if self.tokens_milli + gained >= full:
            self.tokens_milli, self.refilled_at = full, at
            return
        self.tokens_milli += gained
        self.refilled_at += timedelta(microseconds=-(-gained * MICROSECONDS // rate))

    @property
    def free(self) -> int:
        """Return how many sessions may begin now."""
        return max(
            0, min(self.limit.sessions_max - self.sessions, self.tokens_milli // START_MILLI)
        )

    def take(self) -> None:
        """Begin one session."""
        self.tokens_milli -= START_MILLI
        self.sessions += 1


def denied_wait(device: int, at: datetime, *, urgent: bool) -> timedelta:
    """Return when a device without a permit is tried again; spread by its number and the second."""
    if urgent:
        return timedelta(seconds=URGENT_SECONDS)
    return timedelta(seconds=DENIED_SECONDS + (device + int(at.timestamp())) % DENIED_SPREAD)
