"""Opening a session with a meter as its profile says, also where our counter is out of step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.client import NotServedError
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address
from congto.headend.profiles.model import Framing
from congto.headend.transports.access import public_client, reading_client
from congto.headend.transports.session import DEADLINES, Session
from congto.headend.transports.tcp_hdlc import TcpHdlc
from congto.headend.transports.tcp_wrapper import TcpWrapper

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.client import Client
    from congto.headend.profiles.model import Profile
    from congto.headend.transports.access import Access
    from congto.headend.transports.line import Line, Trace
    from congto.headend.transports.session import Deadlines, Pushed

COUNTER_SUSPECTS = frozenset({Fault.REFUSED, Fault.REJECTED, Fault.SILENT, Fault.BROKEN})
"""So a meter may answer a counter that it has seen: each make in its way, many not at all."""
JUMP_MAX = 10_000_000
"""What tells the counter is not proved by a key: a forger may not make us spend the whole of it."""


class Place(NamedTuple):
    """Where a meter is: address, port and logical device."""

    host: str
    port: int
    device: int

    def __str__(self) -> str:
        """Return the address as people write it."""
        return f"{self.host}:{self.port}"


class Habits(NamedTuple):
    """How sessions are held: deadlines, who hears pushes, who sees the bytes."""

    deadlines: Deadlines = DEADLINES
    pushed: Callable[[Pushed], None] | None = None
    trace: Trace | None = None


HABITS = Habits()


async def open_session(
    place: Place, profile: Profile, access: Access, habits: Habits = HABITS
) -> Session:
    """Connect and associate; use the session with `async with`, which releases it.

    Where the meter seems to refuse our invocation counter, the public client reads the one it
    knows, ours is raised above it, and the association is tried once more.

    Raises:
        DlmsError: UNREACHABLE; those of the association; with a note where the counter was read.
    """
    number = profile.associating.reading_client
    ours = 0 if access.counter is None else access.counter.upcoming
    try:
        return await _associated(place, profile, number, reading_client(profile, access), habits)
    except DlmsError as error:
        if access.counter is None or error.fault not in COUNTER_SUSPECTS:
            raise
        told = await _told_counter(place, profile, error, habits)
        if told is None or told < ours:
            raise
        if told - ours > JUMP_MAX:
            raise _incredible(place, told, ours) from error
        access.counter.raise_to(told + 1)
    return await _associated(place, profile, number, reading_client(profile, access), habits)


async def open_public_session(place: Place, profile: Profile, habits: Habits = HABITS) -> Session:
    """Connect and associate as the public client."""
    number = profile.associating.public_client
    return await _associated(place, profile, number, public_client(profile), habits)


async def _associated(
    place: Place, profile: Profile, number: int, client: Client, habits: Habits
) -> Session:
    session = Session(_line(place, profile, number, habits), client, *habits[:2])
    await session.line.connect(place.host, place.port, habits.deadlines.connect)
    try:
        await session.run(client.associate())
    except BaseException:
        await session.leave()
        raise
    return session


def _line(place: Place, profile: Profile, client: int, habits: Habits) -> Line:
    if profile.framing is Framing.WRAPPER:
        return TcpWrapper(client, place.device, habits.trace)
    if profile.framing is Framing.MODE_C:
        raise DlmsError(
            Fault.REFUSED,
            f"profile {profile.name} reads by mode C, where nobody associates",
            expected="a profile of DLMS",
            action="Read the meter with read_local_meter",
        )
    meter = Address(place.device, profile.physical or 0, size=profile.link.address_bytes)
    return TcpHdlc(client, meter, habits.trace, profile.link)


async def _told_counter(
    place: Place, profile: Profile, error: DlmsError, habits: Habits
) -> int | None:
    """Return the counter that the meter knows; None, with a note, where it cannot be read."""
    try:
        return await _counter_of(place, profile, error, habits)
    except DlmsError as failed:
        error.add_note(f"The meter's counter could not be read: {failed.sentence()}")
        return None


def _incredible(place: Place, told: int, ours: int) -> DlmsError:
    return DlmsError(
        Fault.COUNTER_SPENT,
        f"{place}: the meter says its counter is {told}, ours is {ours}",
        expected=f"at most {JUMP_MAX} apart",
        action="Read the counter on the spot before it is raised: anybody may have said this",
    )


async def _counter_of(
    place: Place, profile: Profile, error: DlmsError, habits: Habits
) -> int | None:
    """Return the last counter that the meter took, None where it cannot be learnt."""
    known = profile.associating.counter
    if known is not None:
        async with await open_public_session(place, profile, habits) as session:
            return (await session.run(session.client.get_data(known))).number
    if isinstance(error, NotServedError) and error.answer.counter is not None:
        return error.answer.counter - 1  # the exception says the one it expects
    return None
