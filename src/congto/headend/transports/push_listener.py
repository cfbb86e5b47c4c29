"""Pushes over UDP and TCP: messages in the wrapper, plain or ciphered, into a queue with a bound.

Datagrams that come faster than they are taken are dropped and counted, never kept without end: a
meter pushes again, or the gap is asked for later. A TCP connection waits instead.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.client import Notice
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.forms import CIPHERED_TAGS, decode
from congto.headend.dlms.wrapper import WrapperReader, unwrap, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.security.counters import PeerState
    from congto.headend.dlms.security.protection import Protection

    Opens = Callable[[bytes], tuple[Protection, PeerState] | None]
    """System title -> what opens that meter's messages; None: no key of it is known."""

WAITING_MAX = 10_000
RECEIVED, DROPPED, TAKEN = "received", "dropped", "taken"
CONNECTIONS_MAX = 10_000
BUSY = "too_many_connections"
QUIET_SECONDS = 900.0
"""A connection that says nothing for so long is closed."""
READ_BYTES = 65_536


class Datagram(NamedTuple):
    """A message in its wrapper as it came, and from where."""

    content: bytes
    host: str
    port: int


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
    """Listens on one UDP port, and on a TCP port if asked to.

    Args:
        opens: finds keys by system title; the caller keeps each meter's counters in them.
        waiting_max: datagrams kept until they are taken.

    Attributes:
        counts: received, dropped, taken, and refused ones by the name of the fault.
    """

    def __init__(self, opens: Opens, waiting_max: int = WAITING_MAX) -> None:
        self.counts: Counter[str] = Counter()
        self._opens = opens
        self._waiting: asyncio.Queue[Datagram] = asyncio.Queue(waiting_max)
        self._transport: asyncio.BaseTransport | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def listen(self, host: str, port: int) -> int:
        """Listen; return the port, which the system chooses for 0.

        Raises:
            OSError: the address is taken.
        """
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, (host, port))
        listening: int = self._transport.get_extra_info("sockname")[1]
        return listening

    async def listen_tcp(self, host: str, port: int) -> int:
        """Take connections of concentrators too; return the port.

        Raises:
            OSError: the address is taken.
        """
        self._server = await asyncio.start_server(self._converse, host, port)
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def waiting(self, most: int) -> list[Datagram]:
        """Return what has come, at least one and at most so many, as it came."""
        found = [await self._waiting.get()]
        while len(found) < most and not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        return found

    async def receive(self) -> Push:
        """Return the next push that can be read; the others are counted by their fault."""
        while True:
            datagram = await self._waiting.get()
            try:
                push = self.opened(datagram)
            except DlmsError as error:
                self.counts[error.fault] += 1
                continue
            self.counts[TAKEN] += 1
            return push

    def close(self) -> None:
        """Stop listening; what waits can still be taken."""
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            writer.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.counts[RECEIVED] += 1
        try:
            self._waiting.put_nowait(Datagram(data, addr[0], addr[1]))
        except asyncio.QueueFull:
            self.counts[DROPPED] += 1

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the messages of one connection until it is closed, quiet or senseless."""
        if len(self._connections) >= CONNECTIONS_MAX:
            self.counts[BUSY] += 1
            writer.close()
            return
        self._connections.add(writer)
        host, port = writer.get_extra_info("peername")[:2]
        frames = WrapperReader()
        try:
            while received := await asyncio.wait_for(reader.read(READ_BYTES), QUIET_SECONDS):
                for frame in frames.feed(received):
                    self.counts[RECEIVED] += 1
                    await self._waiting.put(Datagram(wrap(*frame), host, port))
        except DlmsError as error:
            self.counts[error.fault] += 1
        except (OSError, TimeoutError):
            self.counts[Fault.SILENT] += 1  # hung up or quiet: what was whole is taken
        finally:
            self._connections.discard(writer)
            writer.close()

    def opened(self, datagram: Datagram) -> Push:
        """Open a message; it may ask for keys, so call it where that may take its time.

        Raises:
            DlmsError: no push, malformed, of an unknown sender, a wrong tag, a replay.
        """
        content, host, port = datagram
        source, destination, apdu = unwrap(content)
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
