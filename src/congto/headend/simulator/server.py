"""One port, many meters: TCP with the wrapper or with HDLC.

Which meter is meant follows from the address called and from the logical device in the message:
number = number of the local address + logical device - 1. All of 127.0.0.0/8 reaches this machine
without any setting on Linux, so 127.0.0.5 with logical device 1 is meter 5, and so is logical
device 5 at 127.0.0.1, or at the address of the network that the server listens at.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.hdlc.events import Apdu, Connected, Disconnected
from congto.headend.dlms.hdlc.frame import Frame
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.parameters import Parameters
from congto.headend.dlms.hdlc.reader import FrameReader
from congto.headend.dlms.hdlc.states import Role
from congto.headend.dlms.wrapper import WrapperReader, wrap
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.fleet import number_at
from congto.headend.simulator.station import Station

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.simulator.fleet import Fleet

APDU_BYTES_MAX = 65_535
HERE = "127."
LINK = Parameters(
    information_transmit=512, information_receive=512, window_transmit=3, window_receive=3
)
INACTIVE_SECONDS = 120.0
"""A meter hangs up when nothing has come for so long."""
UNKNOWN, CONNECTIONS, MESSAGES, MALFORMED = "unknown", "connections", "messages", "malformed"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a server behaves.

    Attributes:
        slow_seconds: how late a slow answer comes.
        only_here: connections from other machines are hung up on.
    """

    slow_seconds: float = 5.0
    only_here: bool = True


DEFAULT = Habits()


class Line(asyncio.Protocol, ABC):
    """One connection; what the two framings share.

    Args:
        server: whose connection it is.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.base = 1
        self._transport: asyncio.Transport | None = None
        self._stations: dict[int, Station] = {}
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        address = transport.get_extra_info("sockname")[0]
        if self.server.habits.only_here and not address.startswith(HERE):
            self._transport.abort()
            return
        self.base = number_at(address)
        self.server.lines.add(self)
        self.server.counts[CONNECTIONS] += 1
        self._heard = asyncio.get_running_loop().time()
        self._look(INACTIVE_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self.server.lines.discard(self)
        self.forget()
        if self._watch is not None:
            self._watch.cancel()

    def data_received(self, data: bytes) -> None:
        self._heard = asyncio.get_running_loop().time()
        self.take(data)

    @abstractmethod
    def take(self, data: bytes) -> None:
        """Take bytes of the line."""

    def station(self, device: int) -> Station | None:
        """Return the meter that a logical device stands for, None where there is none."""
        found = self._stations.get(device)
        if found is None:
            meter = self.server.fleet.meter(self.base + device - 1)
            if meter is None:
                self.server.counts[UNKNOWN] += 1
                return None
            found = self._stations[device] = Station(self.server.fleet, meter)
        self.server.counts[MESSAGES] += 1
        return found

    def write(self, octets: bytes, trouble: Trouble | None) -> None:
        """Write to the client, with what befalls the line meanwhile."""
        if trouble is Trouble.SLOW:
            asyncio.get_running_loop().call_later(
                self.server.habits.slow_seconds, self._put, octets
            )
        elif trouble is Trouble.HALF_FRAME:
            self._put(octets[: len(octets) // 2])
            self.hang_up()
        else:
            self._put(octets)

    def forget(self) -> None:
        """Drop the associations of this line."""
        for station in self._stations.values():
            station.forget()

    def hang_up(self) -> None:
        """Close the connection after what was written."""
        if self._transport is not None:
            self._transport.close()

    def _put(self, octets: bytes) -> None:
        if self._transport is not None and octets:
            self._transport.write(octets)

    def _look(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        left = self._heard + INACTIVE_SECONDS - loop.time()
        if left <= 0:
            self.hang_up()
            return
        self._watch = loop.call_later(min(left, seconds), self._look, INACTIVE_SECONDS)


class WrapperLine(Line):
    """TCP with the wrapper (IEC 62056-47)."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._reader = WrapperReader(APDU_BYTES_MAX)

    def take(self, data: bytes) -> None:
        """Answer the messages that these bytes complete."""
        try:
            frames = self._reader.feed(data)
        except DlmsError:
            self.server.counts[MALFORMED] += 1
            self.hang_up()
            return
        for client, device, apdu in frames:
            station = self.station(device)
            if station is None:
                continue
            answer = station.answer(client, apdu)
            if answer.apdu:
                self.write(wrap(device, client, answer.apdu), answer.trouble)


class HdlcLine(Line):
    """TCP with HDLC frames; one meter a connection, the one that the first frame calls."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._link: HdlcLink | None = None
        self._first = FrameReader()
        self._early = b""
        self._device = 0

    def take(self, data: bytes) -> None:
        """Answer the frames that these bytes complete."""
        if self._link is None:
            self._early += data
            data = self._called(data)
        link = self._link
        if link is None or not data:
            return
        trouble = None
        written = b""
        for event in link.receive(data):
            if isinstance(event, Apdu):
                peer = link.stations.peer
                station = self.station(self._device)
                if station is None or peer is None:
                    continue
                answer = station.answer(peer.upper, event.apdu)
                trouble = answer.trouble
                if answer.apdu:
                    written += link.send(answer.apdu)
            elif isinstance(event, Connected | Disconnected):
                self.forget()
        if trouble is not Trouble.SILENT:
            written += link.outgoing()
            self.write(_spoilt(written) if trouble is Trouble.WRONG_CHECK else written, trouble)

    def _called(self, data: bytes) -> bytes:
        """Return all that came once the first frame says which meter is called."""
        frames = [item for item in self._first.feed(data) if isinstance(item, Frame)]
        if not frames:
            self._early = self._early[-4096:]
            return b""
        self._device = frames[0].destination.upper
        if self.server.fleet.meter(self.base + self._device - 1) is None:
            self.server.counts[UNKNOWN] += 1
            self._early, self._first = b"", FrameReader()
            return b""
        self._link = HdlcLink(Role.SERVER, frames[0].destination, None, LINK)
        early, self._early = self._early, b""
        return early


def _spoilt(octets: bytes) -> bytes:
    """Return frames of which the last one's check sequence is wrong."""
    return octets[:-2] + bytes((octets[-2] ^ 0x01,)) + octets[-1:] if len(octets) > 2 else octets


class Server:
    """Serves a fleet on one port.

    Args:
        fleet: the meters.
        hdlc: HDLC frames in place of the wrapper.
        line: any other framing.
        habits: how it behaves.

    Attributes:
        counts: connections, messages, messages to meters that are not there, malformed ones.
        lines: the connections that are open.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        hdlc: bool = False,
        habits: Habits = DEFAULT,
        line: Callable[[Server], Line] | None = None,
    ) -> None:
        self.fleet = fleet
        self.counts: Counter[str] = Counter()
        self._line = line or (HdlcLine if hdlc else WrapperLine)
        self.habits = habits
        self.lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, which the system chooses for 0.

        Raises:
            OSError: the address is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._line(self),
            host,
            port,
            backlog=4096,
        )
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def stop(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
            for line in list(self.lines):
                line.hang_up()
            await self._server.wait_closed()
