"""HDLC frames over TCP: modems and serial converters that pass the bytes of a line through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Connected, Disconnected
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.states import Role, State
from congto.headend.profiles.model import STANDARD_LINK
from congto.headend.transports.line import Line

if TYPE_CHECKING:
    from typing import Self

    from congto.headend.dlms.hdlc.events import Event
    from congto.headend.profiles.model import Link
    from congto.headend.transports.line import Trace

UP = b""
"""What is delivered when the link is there: no message is empty."""


class TcpHdlc(Line):
    """A connection to one meter on such a line.

    Args:
        client: our number, the upper part of our address.
        meter: the meter's address, in the length that its make wants.
        habits: of the make.
    """

    def __init__(
        self,
        client: int,
        meter: Address,
        trace: Trace | None = None,
        habits: Link = STANDARD_LINK,
    ) -> None:
        super().__init__(trace)
        own = Address(client)
        self.link = HdlcLink(Role.CLIENT, own, meter, habits.parameters, habits.quirks)
        self._habits = habits
        self._ending: asyncio.Future[None] | None = None
        self._pause: asyncio.TimerHandle | None = None

    async def connect(self, host: str, port: int, seconds: float) -> Self:
        """Connect, then set up the link (SNRM, UA).

        Raises:
            DlmsError: UNREACHABLE; SILENT, no answer to SNRM; REFUSED by the meter.
        """
        await super().connect(host, port, seconds)
        self.write(self.link.connect())
        try:
            await self.next(seconds)
        except DlmsError:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """End the link (DISC), wait a little for the meter to confirm it (UA), and hang up.

        A converter in between may serve only one caller: one that is hung up on too early has not
        passed the DISC on, and the meter stays occupied until it gives up by itself.
        """
        if self.link.state is State.CONNECTED and self.is_up:
            loop = asyncio.get_running_loop()
            self._ending = loop.create_future()
            self.write(self.link.disconnect())
        try:
            if self._ending is not None:
                await asyncio.wait((self._ending,), timeout=self._habits.disconnect_seconds)
        finally:
            self._heard()
            await super().close()

    def framed(self, apdu: bytes) -> bytes:
        """Return the frames that may go out now."""
        return self.link.send(apdu)

    def take(self, data: bytes) -> None:
        """Hand on what these bytes complete, and write what the link answers."""
        self._heard()
        for event in self.link.receive(data):
            self._on(event)
        self.write(self.link.outgoing())
        if self._habits.octet_seconds is not None and self.link.is_cut:
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(self._habits.octet_seconds, self._cut)

    def overdue(self) -> bool:
        """Repeat what may have been lost, as often as the quirks say."""
        self.write(self.link.timeout())
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard()
        self._ended()
        super().connection_lost(exc)

    def _heard(self) -> None:
        """Wait no longer for the rest of a frame: bytes came, or nobody needs them."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _cut(self) -> None:
        """Ask again: the rest of a frame has not come within the time between octets."""
        self._pause = None
        if not self.is_asking:
            return
        try:
            self.write(self.link.timeout())
        except DlmsError as fault:
            self.fail(fault)

    def _ended(self) -> None:
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(None)

    def _on(self, event: Event) -> None:
        if isinstance(event, Apdu):
            if event.numbered:
                self.deliver(event.apdu)
            else:
                self.push(event.apdu)
        elif isinstance(event, Connected):
            self.deliver(UP)
        elif isinstance(event, Disconnected) and self._ending is not None:
            self._ended()
        elif isinstance(event, Disconnected):
            gone = DlmsError(Fault.BROKEN, "the meter ended the link", expected="an answer")
            self.fail(event.fault or gone)
        # A broken frame alone ends nothing: what it carried is asked for again in time.
