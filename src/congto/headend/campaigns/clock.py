"""A meter's clock: how far it is off, moved where it is too far, and read again.

The clock is never moved across the end of a half-hour on its own: forward, the meter closes that
half-hour early and the rest of it has no row; backward, it closes it twice. So old and new time
have to lie in one half-hour, whose energy then is that of a longer or shorter time: it is named, to
be flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.campaigns.proof import Verdict, told, tried, untold
from congto.headend.cosem.classes.clock import Clock
from congto.headend.cosem.classes.exchange import act
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.connection import State
from congto.headend.dlms.data import octets
from congto.headend.dlms.datetimes import ClockStatus, clock, clock_of
from congto.headend.dlms.faults import DlmsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.dlms.data import Data
    from congto.headend.profiles.model import Profile, Times

    Now = Callable[[], datetime]

HALF_HOUR = timedelta(minutes=30)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SHIFT_SECONDS_MAX = 900
"""Method shift_time takes no more either way (Blue Book, class 8)."""


class Deed(StrEnum):
    """What was done with a clock."""

    LEFT = "left"  # near enough
    SHIFTED = "shifted"  # moved by seconds: how long the message takes does not matter
    SET = "set"
    POSTPONED = "postponed"  # the end of a half-hour lies between old and new time
    BEYOND = (
        "beyond"  # so far off, or without a time, that every move crosses one: a person decides
    )


class ClockRule(NamedTuple):
    """When a clock is moved, and how.

    Attributes:
        leave_seconds: so much off is left.
        shift_seconds: up to here it is shifted, beyond it is set; at most 900.
        margin_seconds: kept from the end of a half-hour, beside what the messages take.
    """

    leave_seconds: int = 10
    shift_seconds: int = 120
    margin_seconds: int = 5


RULE = ClockRule()


class ClockReading(NamedTuple):
    """A clock compared with ours.

    Attributes:
        told: the meter's time in UTC; None where it has no valid one.
        at: ours, in the middle between question and answer.
        seconds_unsure: half of the time between them.
    """

    told: datetime | None
    at: datetime
    seconds_unsure: float

    @property
    def seconds_ahead(self) -> float | None:
        """Return how far the meter is ahead of us, negative where it is behind."""
        return None if self.told is None else (self.told - self.at).total_seconds()

    def within(self, seconds: float) -> bool:
        """Say whether it cannot be shown to be more than so many seconds off."""
        ahead = self.seconds_ahead
        return ahead is not None and abs(ahead) <= seconds + self.seconds_unsure


class Touched(NamedTuple):
    """Half-hours in [begin, end) whose energy is that of a longer or shorter time."""

    begin: datetime
    end: datetime


class Move(NamedTuple):
    """What is about to be done: written down before it is sent.

    Attributes:
        deed: SHIFTED or SET. before: the clock as read. touched: half-hours to be flagged.
    """

    deed: Deed
    before: ClockReading
    touched: Touched


@dataclass(frozen=True, slots=True)
class ClockOutcome:
    """What came of it.

    Attributes:
        verdict: CONFIRMED where the clock is right now, by what was read last.
        deed: what was sent, or why nothing.
        before, after: the clock as read; `after` None where it was not read again.
        touched: half-hours to be flagged; None where nothing was sent.
        not_before: when a postponed move can be made.
        answer: what the meter answered against it; empty for success.
    """

    verdict: Verdict
    deed: Deed
    before: ClockReading
    after: ClockReading | None = None
    touched: Touched | None = None
    not_before: datetime | None = None
    answer: str = ""


def read_clock(client: Client, profile: Profile, now: Now) -> Exchange[ClockReading]:
    """Read the clock; `now` gives our time.

    Raises:
        DlmsError: the meter refuses its clock, or the session cannot go on.
    """
    asked = now()
    value = yield from client.get_data(profile.clock)
    half = (now() - asked) / 2
    return ClockReading(_instant(value, profile.times), asked + half, half.total_seconds())


def keep_clock(  # noqa: PLR0913  (what is asked, by whom it is told, and what is allowed)
    client: Client,
    profile: Profile,
    now: Now,
    rule: ClockRule = RULE,
    *,
    across: bool = False,
    tell: Callable[[Move], None] = untold,
) -> Exchange[ClockOutcome]:
    """Read the clock, move it where it is too far off, and read it again.

    Args:
        client: associated.
        profile: the model.
        now: gives our time.
        rule: when and how.
        across: a person has decided that ends of half-hours may be crossed.
        tell: takes the move before it is sent.

    Raises:
        DlmsError: the clock could not be read, and nothing was sent.
    """
    look = partial(read_clock, client, profile, now)
    before = yield from look()
    if before.within(rule.leave_seconds):
        return ClockOutcome(Verdict.CONFIRMED, Deed.LEFT, before)
    if not across and (held := _held_back(before, rule)) is not None:
        return held
    seconds = before.seconds_ahead
    shift = seconds is not None and abs(seconds) <= min(rule.shift_seconds, SHIFT_SECONDS_MAX)
    deed = Deed.SHIFTED if shift else Deed.SET
    move = Move(deed, before, touched_by(before))
    tell(move)
    if shift:
        against = yield from tried(_shift(client, profile.clock.name, -round(seconds or 0)))
        if isinstance(against, AccessRefusedError):  # optional in the standard: not all have it
            move = move._replace(deed=Deed.SET)
            against = yield from tried(_set(client, profile, now, before))
    else:
        against = yield from tried(_set(client, profile, now, before))
    return (yield from _proved(client, look, rule, move, against))


def touched_by(before: ClockReading) -> Touched:
    """Return the half-hours that a move to the right time touches."""
    times = (before.at, before.told or before.at)
    return Touched(_begin(min(times)), _begin(max(times)) + HALF_HOUR)


def wait_for_room(true: datetime, meter: datetime, margin: timedelta) -> timedelta | None:
    """Return how long until both times, with the margin around, lie in one half-hour.

    None where they are so far apart that they never do.
    """
    low, high = min(true, meter) - margin, max(true, meter) + margin
    if high - low >= HALF_HOUR:
        return None
    return timedelta(0) if _begin(low) == _begin(high) else _begin(high) - low


def _held_back(before: ClockReading, rule: ClockRule) -> ClockOutcome | None:
    """Return why the clock may not be moved now; None where it may."""
    beyond = ClockOutcome(Verdict.NOT_DONE, Deed.BEYOND, before)
    if before.told is None:
        return beyond
    # The write travels as the question did, and may be late by its whole way there and back.
    margin = timedelta(seconds=rule.margin_seconds + 2 * before.seconds_unsure)
    wait = wait_for_room(before.at, before.told, margin)
    if wait is None:
        return beyond
    if wait:
        when = before.at + wait
        return ClockOutcome(Verdict.NOT_DONE, Deed.POSTPONED, before, not_before=when)
    return None


def _proved(
    client: Client,
    look: Callable[[], Exchange[ClockReading]],
    rule: ClockRule,
    move: Move,
    against: DlmsError | None,
) -> Exchange[ClockOutcome]:
    """Read the clock again; without a second reading nothing is claimed."""
    after = None
    if client.connection.state is State.OPEN:
        try:
            after = yield from look()
        except DlmsError as error:
            against = against or error
    if after is None:
        verdict = Verdict.UNCERTAIN
    else:
        verdict = Verdict.CONFIRMED if after.within(rule.leave_seconds) else Verdict.NOT_DONE
    return ClockOutcome(verdict, move.deed, move.before, after, move.touched, answer=told(against))


def _shift(client: Client, name: bytes, seconds: int) -> Exchange[None]:
    yield from act(client, Clock(name), Clock.shift_time, seconds)


def _set(client: Client, profile: Profile, now: Now, before: ClockReading) -> Exchange[None]:
    times = profile.times
    arrives = now() + timedelta(seconds=before.seconds_unsure + 0.5)
    fields = clock_of(arrives.replace(microsecond=0), times.zone_minutes, inverted=times.inverted)
    yield from client.set(profile.clock, octets(fields.octets()))


def _instant(value: Data, times: Times) -> datetime | None:
    """Return the time that a clock tells; None where it says itself that it has none."""
    fields = clock(value.octets)
    specified = fields.status != 0xFF
    if specified and fields.status & ClockStatus.INVALID:
        return None
    try:
        return fields.instant(times.zone_minutes, inverted=times.inverted)
    except DlmsError:  # parts not specified: a clock that has lost its time
        return None


def _begin(instant: datetime) -> datetime:
    """Return the begin of the half-hour that an instant lies in; Viet Nam's are those of UTC."""
    return instant - (instant - EPOCH) % HALF_HOUR
