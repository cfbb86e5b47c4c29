"""A meter of a handful of objects on a real socket, for tests of sessions; not the simulator."""

import asyncio
import struct
import threading
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.connection import State
from congto.headend.dlms.datetimes import clock_of
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.states import Role
from congto.headend.dlms.meter import MeterAssociation, Offer
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import KeySet
from congto.headend.dlms.security.protection import Protection
from congto.headend.dlms.wrapper import WrapperReader, wrap
from congto.headend.transports.access import Access

# The keys of the Green Book's examples (edition 7, Table 35), open to all.
UNICAST = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AUTHENTICATION = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
METER_TITLE, CLIENT_TITLE = b"TST\x00\x00\x00\x00\x01", b"CONGTO01"
PUBLIC = 16
START = datetime(2026, 10, 31, 17, tzinfo=UTC)  # 2026-11-01 00:00 in Viet Nam
CLOCK, COUNTER = obis("0.0.1.0.0.255"), obis("0.0.43.1.0.255")
TOTAL, EXPORT, LOAD = obis("1.0.1.8.0.255"), obis("1.0.2.8.0.255"), obis("1.0.99.1.0.255")


def keys() -> KeySet:
    return KeySet.of(unicast=UNICAST, authentication=AUTHENTICATION)


class Memory:
    """Our invocation counter, in memory."""

    def __init__(self, upcoming: int = 0) -> None:
        self.upcoming = upcoming

    def reserve(self, count: int) -> int:
        first = self.upcoming
        self.upcoming += count
        return first

    def raise_to(self, number: int) -> None:
        self.upcoming = max(self.upcoming, number)


def access(upcoming: int = 0, **changes) -> Access:
    given = {"keys": keys(), "own_title": CLIENT_TITLE, "counter": Memory(upcoming)}
    return Access(**{**given, **changes})


def clock_bytes(instant: datetime) -> bytes:
    return b"\x09\x0c" + clock_of(instant, 420).octets()


def row(place: int, wh: int, status: int = 0) -> bytes:
    """A row of the profile: end of the half-hour, status, A+, A-, Q+."""
    ends = clock_bytes(START + timedelta(minutes=30 * (place + 1)))
    numbers = b"".join(b"\x06" + struct.pack(">I", value) for value in (wh, 2, 3))
    return b"\x02\x05" + ends + bytes((0x11, status)) + numbers


def buffer(rows: list[bytes]) -> bytes:
    return bytes((1, len(rows))) + b"".join(rows)


class Objects:
    """Values by logical name and attribute; each reference asked for is kept."""

    def __init__(self) -> None:
        self.asked: list[Reference] = []
        self.values: dict[tuple[bytes, int], bytes] = {
            (CLOCK, 2): clock_bytes(START + timedelta(hours=30)),
            (TOTAL, 2): b"\x06\x00\x12\xd6\x87",  # 1,234,567
            (TOTAL, 3): b"\x02\x02\x0f\x00\x16\x1e",  # scaler 0, Wh
            (EXPORT, 2): b"\x06\x00\x00\x00\x2a",
            (EXPORT, 3): b"\x02\x02\x0f\x00\x16\x1e",
            (LOAD, 2): buffer([row(place, 100 + place) for place in range(48)]),
        }

    def get(self, reference: Reference) -> bytes | AccessResult:
        self.asked.append(reference)
        return self.values.get((reference.name, reference.number), AccessResult.OBJECT_UNDEFINED)

    def set(self, _reference, _value) -> AccessResult:
        return AccessResult.READ_WRITE_DENIED

    def act(self, _method, _parameter):
        return AccessResult.READ_WRITE_DENIED, None


class SmallMeter:
    """The meter; `spoil(answer number, bytes)` may change an answer's APDU, None keeps silent.

    Attributes:
        associations: client number -> the association it has.
        cut: associations that ended with their connection, not by a release.
    """

    def __init__(self, *, secured: bool = True) -> None:
        self.secured = secured
        self.objects = Objects()
        self.peer = PeerState()
        self.counter = counter_from(1)
        self.associations: dict[int, MeterAssociation] = {}
        self.connections = self.answers = self.open_lines = self.cut = 0
        self.spoil = lambda _number, apdu: apdu
        self.before = lambda _number: []
        self.hang_up_at = -1

    @property
    def still_associated(self) -> list[int]:
        return [
            client
            for client, one in self.associations.items()
            if one.connection.state is not State.CLOSED
        ]

    def offer(self, client: int) -> Offer:
        if client == PUBLIC or not self.secured:
            return Offer(pdu_max=512)
        protection = Protection(METER_TITLE, keys(), self.counter)
        return Offer(
            Mechanism.GMAC, protection=protection, peer=self.peer, title=METER_TITLE, pdu_max=512
        )

    def answer(self, client: int, apdu: bytes) -> list[bytes]:
        if apdu[:1] == b"\x60" and client not in self.still_associated:
            highest = max(self.peer.proved.values(), default=0)
            self.objects.values[COUNTER, 2] = b"\x06" + struct.pack(">I", highest)
            self.associations[client] = MeterAssociation(self.offer(client), self.objects)
        number, self.answers = self.answers, self.answers + 1
        answer = self.spoil(number, self.associations[client].receive(apdu))
        return [*self.before(number), *([] if answer is None else [answer])]


class Wrapped(asyncio.Protocol):
    def __init__(self, meter: SmallMeter) -> None:
        self.meter = meter
        self.reader = WrapperReader()

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.meter.connections += 1
        self.meter.open_lines += 1

    def connection_lost(self, _exc) -> None:
        self.meter.open_lines -= 1
        self.meter.cut += len(self.meter.still_associated)
        self.meter.associations.clear()

    def data_received(self, data: bytes) -> None:
        for client, device, apdu in self.reader.feed(data):
            if self.meter.answers == self.meter.hang_up_at:
                self.meter.answers += 1
                self.transport.close()
                return
            for answer in self.meter.answer(client, apdu):
                self.transport.write(wrap(device, client, answer))


class Framed(Wrapped):
    def __init__(self, meter: SmallMeter) -> None:
        super().__init__(meter)
        self.link = HdlcLink(Role.SERVER, Address(1), None)

    def data_received(self, data: bytes) -> None:
        out = b""
        for event in self.link.receive(data):
            if isinstance(event, Apdu):
                for answer in self.meter.answer(self.link.stations.peer.upper, event.apdu):
                    out += self.link.send(answer)
        self.transport.write(out + self.link.outgoing())


@asynccontextmanager
async def served(meter: SmallMeter, *, hdlc: bool = False):
    """Serve a meter at 127.0.0.1; gives the port."""
    loop = asyncio.get_running_loop()
    line = Framed if hdlc else Wrapped
    server = await loop.create_server(lambda: line(meter), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@contextmanager
def listening(meter):
    """Serve a meter from a thread of its own; gives HOST:PORT."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    place = []

    async def serve():
        async with served(meter) as port:
            place.append(f"127.0.0.1:{port}")
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield place[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
