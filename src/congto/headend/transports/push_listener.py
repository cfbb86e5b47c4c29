"""Pushes over UDP: datagrams in the wrapper, plain or ciphered, into a queue with a bound.

What comes faster than it is taken is dropped and counted, never kept without end: a meter pushes
again, or the gap is asked for later.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.client import Notice
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.forms import CIPHERED_TAGS, decode
from congto.headend.dlms.wrapper import unwrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.security.counters import PeerState
    from congto.headend.dlms.security.protection import Protection

    Opens = Callable[[bytes], tuple[Protection, PeerState] | None]
    """System title -> what opens that meter's messages; None: no key of it is known."""

WAITING_MAX = 10_000
RECEIVED, DROPPED, TAKEN = "received", "dropped", "taken"


class Push(NamedTuple):
    """One push.

    Attributes:
        host, port: where it came from; anybody can write that.
        source, destination: wrapper ports.
        notice: what it says.
        title: system title of the meter; None in plain.
        proved: a tag under the meter's key stands behind it.
        raw: the message as it came.
    """

    host: str
    port: int
    source: int
    destination: int
    notice: Notice
    title: bytes | None
    proved: bool
    raw: bytes


class PushListener(asyncio.DatagramProtocol):
    """Listens on one UDP port.

    Args:
        opens: finds keys by system title; the caller keeps each meter's counters in them.
        waiting_max: datagrams kept until they are taken.

    Attributes:
        counts: received, dropped, taken, and refused ones by the name of the fault.
    """

    def __init__(self, opens: Opens, waiting_max: int = WAITING_MAX) -> None:
        self.counts: Counter[str] = Counter()
        self._opens = opens
        self._waiting: asyncio.Queue[tuple[bytes, str, int]] = asyncio.Queue(waiting_max)
        self._transport: asyncio.BaseTransport | None = None

    async def listen(self, host: str, port: int) -> int:
        """Listen; return the port, which the system chooses for 0.

        Raises:
            OSError: the address is taken.
        """
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, (host, port))
        listening: int = self._transport.get_extra_info("sockname")[1]
        return listening

    async def receive(self) -> Push:
        """Return the next push that can be read; the others are counted by their fault."""
        while True:
            datagram, host, port = await self._waiting.get()
            try:
                push = self._opened(datagram, host, port)
            except DlmsError as error:
                self.counts[error.fault] += 1
                continue
            self.counts[TAKEN] += 1
            return push

    def close(self) -> None:
        """Stop listening; what waits can still be taken."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.counts[RECEIVED] += 1
        try:
            self._waiting.put_nowait((data, addr[0], addr[1]))
        except asyncio.QueueFull:
            self.counts[DROPPED] += 1

    def _opened(self, datagram: bytes, host: str, port: int) -> Push:
        source, destination, apdu = unwrap(datagram)
        title, plain, proved = None, apdu, False
        if apdu and apdu[0] in CIPHERED_TAGS:
            title, plain, proved = self._unprotected(apdu)
        message = parse(plain)
        if not isinstance(message, Notice):
            raise DlmsError(Fault.UNEXPECTED, type(message).__name__, expected="a push")
        return Push(host, port, source, destination, message, title, proved, apdu)

    def _unprotected(self, apdu: bytes) -> tuple[bytes, bytes, bool]:
        title = decode(apdu).system_title
        found = None if title is None else self._opens(title)
        if title is None or found is None:
            raise DlmsError(
                Fault.UNKNOWN_KEY,
                f"a ciphered push of {'nobody' if title is None else title.hex()}",
                expected="the system title of a meter whose keys are known",
                action="Import the meter's keys from the maker's shipment file",
            )
        protection, peer = found
        plain = protection.unprotect(apdu, peer)
        return title, plain, protection.received.authenticated
