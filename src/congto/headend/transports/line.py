"""A TCP connection to one meter: a question, and its answer before a deadline.

One reader at a time. What comes without being asked is handed to `pushed` or kept until asked for.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    Trace = Callable[[bool, bytes], None]
    """Is told (sent by us, bytes) of all that goes over the line, as it goes."""

WAITING_MAX = 64
"""So many messages that nobody asked for are kept; a meter that sends more is hung up on."""


class Line(asyncio.Protocol, ABC):
    """What the framings share; a subclass says how a message is framed.

    Args:
        trace: is told all bytes, for the page that shows a session frame by frame.

    Attributes:
        pushed: takes messages that are pushes by their framing; set by the session.
    """

    def __init__(self, trace: Trace | None = None) -> None:
        self.pushed: Callable[[bytes], None] | None = None
        self._trace = trace
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[bytes] = deque()
        self._fault: DlmsError | None = None
        self._asking: asyncio.Future[bytes] | None = None
        self._closed: asyncio.Future[None] | None = None
        # One timer a line, looked after when it rings: an answer in time costs none.
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._patience = 0.0

    async def connect(self, host: str, port: int, seconds: float) -> Self:
        """Connect.

        Raises:
            DlmsError: UNREACHABLE, or SILENT where a link has to be set up first.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                await loop.create_connection(lambda: self, host, port)
        except TimeoutError as error:
            raise _unreachable(host, port, f"no answer in {seconds:g} seconds") from error
        except OSError as error:
            raise _unreachable(host, port, error.strerror or str(error)) from error
        return self

    async def ask(self, apdu: bytes, seconds: float) -> bytes:
        """Send a message and return the next one that comes.

        Raises:
            DlmsError: SILENT at the deadline, BROKEN where the line ended, those of the framing.
        """
        self.write(self.framed(apdu))
        return await self.next(seconds)

    async def next(self, seconds: float) -> bytes:
        """Return the next message without sending any; errors as of `ask`."""
        if self._waiting:
            return self._waiting.popleft()
        if self._fault is not None:
            raise self._fault
        loop = asyncio.get_running_loop()
        asking: asyncio.Future[bytes] = loop.create_future()
        self._asking = asking
        self._patience = seconds
        self._deadline = loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer(loop, self._deadline)
        try:
            return await asking
        finally:
            self._asking = None

    async def close(self) -> None:
        """Hang up and wait until the socket is gone; does nothing the second time."""
        if self._transport is not None:
            self._transport.close()
        if self._closed is not None:
            await self._closed

    def write(self, octets: bytes) -> None:
        """Write bytes; what is written to a line that has ended shows at the next answer."""
        if octets and self._transport is not None:
            if self._trace is not None:
                self._trace(True, octets)
            self._transport.write(octets)

    @property
    def is_up(self) -> bool:
        """Say whether bytes still get through."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_asking(self) -> bool:
        """Say whether an answer is awaited."""
        return self._asking is not None and not self._asking.done()

    # What a framing does.

    @abstractmethod
    def framed(self, apdu: bytes) -> bytes:
        """Return the bytes that carry a message."""

    @abstractmethod
    def take(self, data: bytes) -> None:
        """Take bytes that came; hand on with `deliver`, `push` and `fail`."""

    def overdue(self) -> bool:
        """Return whether the question was repeated, so that the deadline starts anew."""
        return False

    def deliver(self, apdu: bytes) -> None:
        """Hand a message to whoever asked."""
        if self._asking is not None and not self._asking.done():
            self._asking.set_result(apdu)
        elif len(self._waiting) < WAITING_MAX:
            self._waiting.append(apdu)
        else:
            self.fail(DlmsError(Fault.TOO_LARGE, f"more than {WAITING_MAX} messages unasked"))

    def push(self, apdu: bytes) -> None:
        """Hand on a message that the framing marks as a push."""
        if self.pushed is not None:
            self.pushed(apdu)

    def fail(self, fault: DlmsError) -> None:
        """End the line: who asks learns why."""
        if self._fault is None:
            self._fault = fault
        if self._asking is not None and not self._asking.done():
            self._asking.set_exception(self._fault)
        if self._transport is not None:
            self._transport.close()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # create_connection gives one
        self._transport = transport
        self._closed = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        if self._trace is not None:
            self._trace(False, data)
        try:
            self.take(data)
        except DlmsError as fault:
            self.fail(fault)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        why = "hung up" if exc is None else str(exc) or type(exc).__name__
        self.fail(DlmsError(Fault.BROKEN, f"the connection ended: {why}", expected="an answer"))
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(when, self._late, loop)

    def _late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        asking = self._asking
        if asking is None or asking.done():
            return
        if loop.time() < self._deadline:
            self._set_timer(loop, self._deadline)
            return
        try:
            again = self.overdue()
        except DlmsError as fault:
            asking.set_exception(fault)
            return
        if again:
            self._deadline = loop.time() + self._patience
            self._set_timer(loop, self._deadline)
            return
        told = f"no answer in {self._patience:g} seconds"
        asking.set_exception(DlmsError(Fault.SILENT, told, expected="an answer"))


def _unreachable(host: str, port: int, why: str) -> DlmsError:
    return DlmsError(
        Fault.UNREACHABLE,
        f"{host}:{port}: {why}",
        expected="a meter that listens there",
        action="Compare address and port with the meter's; is its modem online?",
    )
