"""The simulator over true sockets: addresses of meters, both framings, faults of the line."""

import asyncio
import contextlib

import pytest

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.faults import Fault
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Connected, Faulted
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.parameters import Parameters
from congto.headend.dlms.hdlc.states import Role, State
from congto.headend.dlms.obis import obis
from congto.headend.dlms.wrapper import WrapperReader, wrap
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.fleet import Secured, loopback_address, number_at
from congto.headend.simulator.server import MALFORMED, UNKNOWN, Habits, Server
from world_simulator import Session, World, by_range

SERIAL, TOTAL = Reference(1, obis("0.0.96.1.0.255"), 2), Reference(3, obis("1.0.1.8.0.255"), 2)
PATIENCE = 5.0


class WrapperCaller:
    """A client's end of TCP with the wrapper."""

    def __init__(self, reader, writer, device, client=1):
        self.reader, self.writer = reader, writer
        self.ends = (client, device)
        self.frames = WrapperReader()

    async def ask(self, apdu):
        self.writer.write(wrap(*self.ends, apdu))
        while True:
            received = await asyncio.wait_for(self.reader.read(65536), PATIENCE)
            if not received:
                raise ConnectionResetError
            for frame in self.frames.feed(received):
                assert (frame.destination, frame.source) == self.ends
                return frame.apdu


class HdlcCaller:
    """A client's end of TCP with HDLC; asks again after silence."""

    def __init__(self, reader, writer, device, client=1):
        self.reader, self.writer = reader, writer
        wide = Parameters(information_transmit=512, information_receive=512)
        self.link = HdlcLink(Role.CLIENT, Address(client), Address(device, 17, size=4), wide)
        self.faults = []

    async def events(self):
        try:
            received = await asyncio.wait_for(self.reader.read(65536), 0.3)
        except TimeoutError:
            self.writer.write(self.link.timeout())
            return []
        events = self.link.receive(received)
        self.faults += [event.fault.fault for event in events if isinstance(event, Faulted)]
        self.writer.write(self.link.outgoing())
        return events

    async def connect(self):
        self.writer.write(self.link.connect())
        while not any(isinstance(event, Connected) for event in await self.events()):
            pass

    async def ask(self, apdu):
        self.writer.write(self.link.send(apdu))
        while True:
            for event in await self.events():
                if isinstance(event, Apdu):
                    return event.apdu

    async def disconnect(self):
        self.writer.write(self.link.disconnect())
        while self.link.state is not State.DISCONNECTED:
            await self.events()


async def run(caller, exchange):
    try:
        out = next(exchange)
        while True:
            out = exchange.send(await caller.ask(out))
    except StopIteration as done:
        return done.value


@contextlib.asynccontextmanager
async def served(world, *, hdlc=False, slow_seconds=0.2):
    server = Server(world.fleet, hdlc=hdlc, habits=Habits(slow_seconds))
    server.port = await server.start("0.0.0.0", 0)  # noqa: S104  (all of 127/8; others are hung up on)
    try:
        yield server
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def calling(server, kind, number=1, device=1):
    reader, writer = await asyncio.open_connection(loopback_address(number), server.port)
    try:
        yield kind(reader, writer, device)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def visit(world, caller, number):
    """Associate, read serial number, register and a day; return the serial number."""
    client = Session(world, number).client
    await run(caller, client.associate())
    serial = await run(caller, client.get_data(SERIAL))
    await run(caller, client.get_data(TOTAL))
    wanted = by_range(world.age - 2 * 86_400, world.age)
    rows = await run(caller, client.get_data(Reference(7, obis("1.0.99.1.0.255"), 2, wanted)))
    assert len(rows.items) == 96
    await run(caller, client.release())
    return serial.value


@pytest.mark.parametrize(("address", "device"), [(5, 1), (1, 5), (3, 3)])
@pytest.mark.parametrize("secured", list(Secured))
def test_a_meter_is_found_by_address_or_by_logical_device(address, device, secured):
    async def body():
        world = World(secured=secured)
        async with (
            served(world) as server,
            calling(server, WrapperCaller, address, device) as caller,
        ):
            assert await visit(world, caller, 5) == b"SIM0070000005"

    asyncio.run(body())


def test_hdlc_carries_a_ciphered_session_in_segments():
    async def body():
        world = World()
        async with served(world, hdlc=True) as server, calling(server, HdlcCaller, 5) as caller:
            await caller.connect()
            assert await visit(world, caller, 5) == b"SIM0070000005"
            await caller.disconnect()
            await caller.connect()  # the same line again
            assert await visit(world, caller, 5) == b"SIM0070000005"
            assert caller.faults == []

    asyncio.run(body())


def test_a_frame_with_a_wrong_check_sequence_is_asked_for_again():
    async def body():
        world = World(faults={Trouble.WRONG_CHECK: 1.0})
        async with served(world, hdlc=True) as server, calling(server, HdlcCaller, 5) as caller:
            await caller.connect()
            assert await visit(world, caller, 5) == b"SIM0070000005"
            assert world.fleet.troubles.counts == {Trouble.WRONG_CHECK: 1}
            assert caller.faults == [Fault.BAD_CHECKSUM]

    asyncio.run(body())


def test_half_an_answer_ends_the_connection_and_another_try_is_a_new_chance():
    async def body():
        world = World(faults={Trouble.HALF_FRAME: 1.0})
        async with served(world) as server:
            async with calling(server, WrapperCaller, 5) as caller:
                with pytest.raises(ConnectionResetError):
                    await visit(world, caller, 5)
                assert caller.frames.waiting > 0
            world.fleet.troubles.shares[Trouble.HALF_FRAME] = 0.0
            async with calling(server, WrapperCaller, 5) as caller:
                assert await visit(world, caller, 5)

    asyncio.run(body())


def test_a_slow_answer_comes_after_its_delay():
    async def body():
        world = World(faults={Trouble.SLOW: 1.0})
        async with (
            served(world, slow_seconds=0.4) as server,
            calling(server, WrapperCaller, 5) as caller,
        ):
            begun = asyncio.get_running_loop().time()
            assert await visit(world, caller, 5)
            assert asyncio.get_running_loop().time() - begun >= 0.4

    asyncio.run(body())


def test_a_client_that_hangs_up_without_release_leaves_the_meter_free():
    async def body():
        world = World()
        async with served(world) as server:
            for _ in range(3):
                async with calling(server, WrapperCaller, 5) as caller:
                    await run(caller, Session(world, 5).client.associate())
            async with calling(server, WrapperCaller, 5) as caller:
                assert await visit(world, caller, 5) == b"SIM0070000005"

    asyncio.run(body())


def test_strangers_are_counted_and_not_answered():
    async def body():
        async with (
            served(World(count=3)) as server,
            calling(server, WrapperCaller, 9) as caller,
            calling(server, WrapperCaller, 1) as noise,
        ):
            caller.writer.write(wrap(1, 1, b"\x60\x00"))
            noise.writer.write(b"GET / HTTP/1.0\r\n\r\n")
            assert await asyncio.wait_for(noise.reader.read(), PATIENCE) == b""
            assert server.counts[MALFORMED] == 1
            assert server.counts[UNKNOWN] == 1
            assert len(server.lines) == 1

    asyncio.run(body())


@pytest.mark.parametrize(
    ("number", "address"), [(1, "127.0.0.1"), (256, "127.0.1.0"), (70_000, "127.1.17.112")]
)
def test_the_address_of_a_meter_is_its_number(number, address):
    assert loopback_address(number) == address
    assert number_at(address) == number


def test_the_shipment_file_says_where_each_meter_answers():
    fleet = World(count=300).fleet
    near = list(fleet.shipment("", 4059, framing="wrapper"))[299]
    far = list(fleet.shipment("192.168.1.7", 4059, framing="hdlc"))[299]
    assert (near.host, near.logical_device, near.framing) == ("127.0.1.44", 1, "wrapper")
    assert (far.host, far.logical_device, far.framing) == ("192.168.1.7", 300, "hdlc")
    assert near.unicast_key == far.unicast_key


def test_any_other_address_begins_at_meter_one():
    assert number_at("192.168.1.7") == 1
