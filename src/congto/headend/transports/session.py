"""A session: exchanges over a line, each answer before its deadline, and a proper end.

A meter keeps its only association until it is told or has waited long enough, so every session
that was opened is released, whatever happened in it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.dlms.apdu.acse import RLRE, ReleaseRequest
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.apdu.notices import EVENT, NOTIFICATION
from congto.headend.dlms.client import NOTHING, NOTICES_MAX, Notice, Pause
from congto.headend.dlms.connection import State
from congto.headend.dlms.faults import DlmsError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from congto.headend.dlms.client import Client, Steps
    from congto.headend.transports.line import Line

Answer = TypeVar("Answer")

PLAIN_PUSHES = frozenset((bytes((NOTIFICATION,)), bytes((EVENT,))))
RELEASED = bytes((RLRE,))
PLAIN_RELEASE = ReleaseRequest().encode()


class Pushed(NamedTuple):
    """What a meter sent unasked while we spoke with it.

    Attributes:
        raw: as it came.
        notice: what it says; None where it is no push that can be read.
        proved: the association's protection vouches for it.
    """

    raw: bytes
    notice: Notice | None
    proved: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds to wait for a connection, for each answer, and for the end of the association."""

    connect: float = 30.0
    answer: float = 30.0
    release: float = 5.0


DEADLINES = Deadlines()


class Session:
    """An association over a connected line; `async with` ends both.

    Args:
        line: connected.
        client: not associated yet.
        deadlines: how long to wait.
        pushed: takes what comes between answers.

    Attributes:
        unheard: pushes that came while nobody took them.
        release_fault: why the meter did not confirm the release; None where it did.
    """

    def __init__(
        self,
        line: Line,
        client: Client,
        deadlines: Deadlines = DEADLINES,
        pushed: Callable[[Pushed], None] | None = None,
    ) -> None:
        self.line = line
        self.client = client
        self.deadlines = deadlines
        self.unheard = 0
        self.release_fault: DlmsError | None = None
        self._pushed = pushed
        line.pushed = self.hear

    async def run(self, exchange: Steps[Answer]) -> Answer:
        """Carry out an exchange and return what came of it.

        An error of the line is thrown into the exchange: a command tells what it knows then.

        Raises:
            DlmsError: those of the exchange; SILENT, BROKEN of the line; TOO_LARGE for pushes
                without an end.
        """
        try:
            step = next(exchange)
            while True:
                try:
                    answer = await self._answer_to(step)
                except DlmsError as error:
                    step = exchange.throw(error)
                    continue
                step = exchange.send(answer)
                if self.client.notices:
                    self._hand_on(Pushed(answer, self.client.notices.pop(), self._proved()))
        except StopIteration as end:
            found: Answer = end.value
            return found
        finally:
            exchange.close()

    async def leave(self) -> None:
        """Release the association and hang up; what was read stands even if the meter is mute."""
        try:
            await self._release()
        except DlmsError as error:
            self.release_fault = error
        finally:
            await self.line.close()

    def hear(self, apdu: bytes) -> None:
        """Take a push that came outside the association's protection."""
        try:
            message = parse(apdu)
        except DlmsError:  # ciphered, or of a kind unknown: handed on as it came
            message = None
        notice = message if isinstance(message, Notice) else None
        self._hand_on(Pushed(apdu, notice, proved=False))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.leave()

    async def _answer_to(self, step: bytes | Pause) -> bytes:
        """Send what an exchange yields and return the answer; after a pause there is none."""
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return NOTHING
        line, seconds = self.line, self.deadlines.answer
        answer = await (line.ask(step, seconds) if step else line.next(seconds))
        pushes = 0
        while self._is_plain_push(answer):
            pushes = _one_more(pushes)
            self.hear(answer)
            answer = await line.next(seconds)
        return answer

    async def _release(self) -> None:
        """Send the release; a late answer to an earlier question may come before its answer."""
        state = self.client.connection.state
        if state not in {State.OPEN, State.ASKED, State.CHALLENGED}:
            if state is State.CLOSED and self.client.agreed.pdu_max:
                # It had taken us, then lied: it is told, and what it says to that is no matter.
                self.line.write(self.line.framed(PLAIN_RELEASE))
            return
        exchange = self.client.release()
        octets = next(exchange)
        answer = await self.line.ask(octets, self.deadlines.release)
        for _ in range(NOTICES_MAX):
            if answer[:1] == RELEASED:
                break
            answer = await self.line.next(self.deadlines.release)
        try:
            exchange.send(answer)
        except StopIteration:
            return

    def _is_plain_push(self, apdu: bytes) -> bool:
        """Say whether it is a push beside the protection; the protected ones the client finds."""
        return apdu[:1] in PLAIN_PUSHES and self.client.connection.protection is not None

    def _proved(self) -> bool:
        """Say whether a tag stands behind what was received last."""
        protection = self.client.connection.protection
        return protection is not None and protection.received.authenticated

    def _hand_on(self, pushed: Pushed) -> None:
        if self._pushed is None:
            self.unheard += 1
        else:
            self._pushed(pushed)


def _one_more(pushes: int) -> int:
    if pushes >= NOTICES_MAX:
        raise DlmsError(
            Fault.TOO_LARGE,
            f"more than {NOTICES_MAX} pushes before an answer",
            expected="an answer",
        )
    return pushes + 1
