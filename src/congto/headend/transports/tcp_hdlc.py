"""HDLC frames over TCP: modems and serial converters that pass the bytes of a line through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Connected, Disconnected
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.parameters import STANDARD, Parameters
from congto.headend.dlms.hdlc.states import Role, State
from congto.headend.transports.line import Line

if TYPE_CHECKING:
    from typing import Self

    from congto.headend.dlms.hdlc.events import Event
    from congto.headend.dlms.hdlc.parameters import Quirks
    from congto.headend.transports.line import Trace

PROPOSED = Parameters(
    information_transmit=512, information_receive=512, window_transmit=1, window_receive=3
)
"""What we propose; a meter that can less says so."""
UP = b""
"""What is delivered when the link is there: no message is empty."""


class TcpHdlc(Line):
    """A connection to one meter on such a line.

    Args:
        client: our number, the upper part of our address.
        meter: the meter's address, in the length that its make wants.
        quirks: habits of the make.
    """

    def __init__(
        self,
        client: int,
        meter: Address,
        trace: Trace | None = None,
        parameters: Parameters = PROPOSED,
        quirks: Quirks = STANDARD,
    ) -> None:
        super().__init__(trace)
        self.link = HdlcLink(Role.CLIENT, Address(client), meter, parameters, quirks)

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
        """End the link (DISC) and hang up; the meter's UA is not awaited."""
        if self.link.state is State.CONNECTED:
            self.write(self.link.disconnect())
        await super().close()

    def framed(self, apdu: bytes) -> bytes:
        """Return the frames that may go out now."""
        return self.link.send(apdu)

    def take(self, data: bytes) -> None:
        """Hand on what these bytes complete, and write what the link answers."""
        for event in self.link.receive(data):
            self._on(event)
        self.write(self.link.outgoing())

    def overdue(self) -> bool:
        """Repeat what may have been lost, as often as the quirks say."""
        self.write(self.link.timeout())
        return True

    def _on(self, event: Event) -> None:
        if isinstance(event, Apdu):
            if event.numbered:
                self.deliver(event.apdu)
            else:
                self.push(event.apdu)
        elif isinstance(event, Connected):
            self.deliver(UP)
        elif isinstance(event, Disconnected):
            gone = DlmsError(Fault.BROKEN, "the meter ended the link", expected="an answer")
            self.fail(event.fault or gone)
        # A broken frame alone ends nothing: what it carried is asked for again in time.
