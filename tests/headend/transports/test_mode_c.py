"""Mode C over true sockets: simulated meters behind a gateway, its faults, lines that differ."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files

import pytest

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.local_readout import with_parity
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.model import LocalMode
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.mode_c import ModeCLine
from congto.headend.simulator.secrets import secrets_of, serial_of
from congto.headend.simulator.server import Server
from congto.headend.transports.access import Access
from congto.headend.transports.session import Deadlines
from congto.headend.transports.tcp_local import read_local_meter
from congto.headend.transports.visit import Habits, Place, open_session
from congto.vocabulary.errors import InvalidInputError
from small_meter import access
from world_simulator import NOW, SEED, World

PROFILE = load_profile("iec-mode-c")
QUICK = Habits(Deadlines(2.0, 0.4, 0.4))
METER = 1  # at 127.0.0.1


def local(**changes):
    return replace(PROFILE, local=replace(PROFILE.local, **changes))


COMMANDS = local(mode=LocalMode.COMMANDS)
KEYS = Access(secrets_of(SEED, METER).password)


@asynccontextmanager
async def serving(world, line=ModeCLine):
    server = Server(world.fleet, line=line)
    port = await server.start("127.0.0.1", 0)
    try:
        yield Place("127.0.0.1", port, 1)
    finally:
        await server.stop()


def read(profile=PROFILE, given=KEYS, world=None, line=ModeCLine, habits=QUICK):
    world = World() if world is None else world

    async def reading():
        async with serving(world, line) as place:
            return await read_local_meter(place, profile, given, habits)

    return world, asyncio.run(reading())


def expect_all(world, told):
    measured = world.meter(METER).energies(world.age)
    assert told.refused == {}
    assert told.clock == NOW
    assert [one.value for one in told.readings] == [
        measured.total_wh,
        *measured.rates,
        measured.export_wh,
        measured.reactive_varh,
    ]


@pytest.mark.parametrize("variant", ["R1", "R5"])
def test_registers_are_read_by_command(variant):
    profile = replace(COMMANDS, local=replace(COMMANDS.local, command=variant))
    expect_all(*read(profile))


def test_all_is_read_in_one_block():
    expect_all(*read())


@pytest.mark.parametrize("address", [serial_of(SEED, METER), "000"])
def test_a_meter_answers_to_its_serial_number(address):
    expect_all(*read(local(address=address)))


def test_a_meter_does_not_answer_to_another_number():
    with pytest.raises(DlmsError) as caught:
        read(local(address=serial_of(SEED, METER + 1)))
    assert caught.value.fault is Fault.SILENT


def test_a_wrong_password_is_refused_and_not_shown():
    with pytest.raises(DlmsError) as caught:
        read(COMMANDS, Access(b"87654321"))
    assert caught.value.fault is Fault.REFUSED
    assert "87654321" not in caught.value.sentence()


def test_a_password_of_other_bytes_is_refused_before_a_call():
    with pytest.raises(DlmsError) as caught:
        read(COMMANDS, Access(b"\xff\xfe"))
    assert caught.value.fault is Fault.BAD_VALUE


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        (Trouble.SILENT, Fault.SILENT),
        (Trouble.HALF_FRAME, Fault.BROKEN),
    ],
)
def test_a_fault_of_the_line_is_named(trouble, fault):
    world = World(faults={trouble: 1.0})
    for connection in range(6):
        world.meter(METER).connections = connection
        with pytest.raises(DlmsError) as caught:
            read(COMMANDS, world=world, habits=Habits(Deadlines(2.0, 0.1, 0.1)))
        assert caught.value.fault is fault


def test_blocks_with_a_wrong_check_are_asked_for_again():
    world = World(faults={Trouble.WRONG_CHECK: 1.0})
    for connection in range(8):
        world.meter(METER).connections = connection
        expect_all(*read(COMMANDS, world=world))
    assert world.fleet.troubles.counts[Trouble.WRONG_CHECK] == 8


class Echoing(ModeCLine):
    """A converter on two wires: what is sent comes back before the answer, all with parity."""

    def data_received(self, data):
        self._put(data)
        super().data_received(bytes(byte & 0x7F for byte in data))

    def write(self, octets, trouble=None):
        super().write(with_parity(octets), trouble)


@pytest.mark.parametrize("mode", list(LocalMode))
def test_echoes_are_passed_over_and_parity_is_taken_off(mode):
    expect_all(*read(local(mode=mode, parity_bits=True), line=Echoing))


def test_parity_is_even():
    """By hand: / (2F) has five bits set, ? (3F) six, ! (21) two, CR (0D) three, LF (0A) two."""
    assert with_parity(b"/?!\r\n") == bytes.fromhex("AF3F218D0A")


def test_a_session_of_dlms_with_such_a_profile_is_refused_by_name():
    async def reading():
        await open_session(Place("127.0.0.1", 1, 1), PROFILE, access(), QUICK)

    with pytest.raises(DlmsError, match="mode C"):
        asyncio.run(reading())


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("framing: mode-c", "framing: hdlc", "framing"),
        ("command: R5", "command: R3", "command"),
        ("speed: offered", 'speed: "9"', "speed"),
        ("date_order: ymd", "date_order: mdy", "date_order"),
        ("mode: readout", "mode: all", "mode"),
    ],
)
def test_what_is_wrong_in_such_a_profile_is_told(tmp_path, right, wrong, told):
    text = files("congto.headend.profiles").joinpath("iec-mode-c.yaml").read_text()
    assert right in text
    (tmp_path / "mine.yaml").write_text(text.replace(right, wrong, 1))
    with pytest.raises(InvalidInputError) as caught:
        load_profile("mine", tmp_path)
    assert told in caught.value.sentence()
