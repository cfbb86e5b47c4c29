"""A visit: one session with a meter, in it one step after another; each step ends by itself.

A step that fails while the session goes on is no matter to the others. Where the session ends, the
steps that had not their turn end with the same fault, so that each of them is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from congto.headend.dlms.connection import State
from congto.headend.dlms.faults import DlmsError
from congto.headend.transports.visit import open_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from congto.headend.dlms.client import Client
    from congto.headend.profiles.model import Profile
    from congto.headend.transports.access import Access
    from congto.headend.transports.session import Session
    from congto.headend.transports.visit import Habits, Place

Answer = TypeVar("Answer")


class Called(NamedTuple):
    """Whom we call, and as whom."""

    place: Place
    profile: Profile
    access: Access
    habits: Habits


class StepEnd(NamedTuple, Generic[Answer]):
    """What came of a step: an answer, or the error that ended it."""

    answer: Answer | None
    error: DlmsError | None


@dataclass(frozen=True, slots=True)
class Visited(Generic[Answer]):
    """What came of a visit.

    Attributes:
        ends: of each step, in their order.
        error: what ended the session before its time; None where it came to its end.
        client: that associated; None where nothing did.
    """

    ends: list[StepEnd[Answer]]
    error: DlmsError | None
    client: Client | None


async def visit(
    called: Called,
    steps: Sequence[Callable[[Session], Awaitable[Answer]]],
    *,
    associated: Callable[[], None],
) -> Visited[Answer]:
    """Open a session, carry out the steps, end it.

    Args:
        called: the meter.
        steps: each is given the session.
        associated: is told when the meter has taken us.
    """
    ends: list[StepEnd[Answer]] = []
    try:
        session = await open_session(*called)
    except DlmsError as error:
        return Visited([StepEnd(None, error) for _ in steps], error, None)
    associated()
    broken = None
    async with session:
        for step in steps:
            if broken is not None:
                ends.append(StepEnd(None, broken))
                continue
            try:
                ends.append(StepEnd(await step(session), None))
            except DlmsError as error:
                ends.append(StepEnd(None, error))
                if session.client.connection.state is not State.OPEN:
                    broken = error
    return Visited(ends, broken, session.client)
