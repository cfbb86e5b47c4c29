"""Messages in the wrapper over TCP (IEC 62056-47)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.wrapper import WrapperReader, wrap
from congto.headend.transports.line import Line

if TYPE_CHECKING:
    from congto.headend.transports.line import Trace


class TcpWrapper(Line):
    """A connection to a logical device for one client number.

    Messages from another device or to another client were not asked for: they are pushes.
    """

    def __init__(
        self,
        client: int,
        device: int,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(trace)
        self._client = client
        self._device = device
        self._reader = WrapperReader()

    def framed(self, apdu: bytes) -> bytes:
        """Return the message behind its header."""
        return wrap(self._client, self._device, apdu)

    def take(self, data: bytes) -> None:
        """Hand on the messages that these bytes complete."""
        for source, destination, apdu in self._reader.feed(data):
            if source == self._device and destination == self._client:
                self.deliver(apdu)
            else:
                self.push(apdu)
