"""One session of a command with one meter: opened as the options say, one exchange, ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.dlms.faults import DlmsError
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, open_session
from congto.interfaces.cli.meter.asked import VIET_NAM, failed, place_of, profile_of
from congto.interfaces.cli.meter.keys import access_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from congto.headend.dlms.client import Client, Steps
    from congto.headend.profiles.model import Profile
    from congto.headend.transports.access import Access
    from congto.headend.transports.visit import Place

Answer = TypeVar("Answer")


class Asked(NamedTuple):
    """The meter that was asked."""

    place: Place
    profile: Profile


def hold_session(
    given: argparse.Namespace, exchange: Callable[[Client, Profile], Steps[Answer]]
) -> tuple[Asked, Answer]:
    """Carry out one exchange with the meter that the options name.

    Raises:
        CongtoError: no session, or it ended; says what that means for the next try.
    """
    profile = profile_of(given)
    place = place_of(given, profile)
    try:
        access = access_of(given.keys, place, profile.associating.suite, now())
        answer = asyncio.run(_held(place, profile, access, exchange, given.seconds))
    except DlmsError as error:
        raise failed(place, error) from error
    return Asked(place, profile), answer


async def _held(
    place: Place,
    profile: Profile,
    access: Access,
    exchange: Callable[[Client, Profile], Steps[Answer]],
    seconds: float,
) -> Answer:
    habits = Habits(Deadlines(seconds, seconds, min(seconds, 5.0)))
    async with await open_session(place, profile, access, habits) as session:
        return await session.run(exchange(session.client, profile))


def now() -> datetime:
    """Return our time."""
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)


def local(instant: datetime | None) -> str | None:
    """Return an instant as people of Viet Nam read it."""
    return None if instant is None else instant.astimezone(VIET_NAM).isoformat(timespec="seconds")
