"""HDLC over TCP as profiles say it: addresses, sizes, cut frames, and the end of a link."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files

import pytest

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Disconnected
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.states import Role
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.model import Framing, Link
from congto.headend.profiles.readout import read_meter
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, Place, open_session
from congto.vocabulary.errors import InvalidInputError
from small_meter import SmallMeter, access

PROFILE = replace(load_profile("congto-simulator"), framing=Framing.HDLC)
QUICK = Habits(Deadlines(2.0, 2.0, 1.0))


class Converter(asyncio.Protocol):
    """The meter's end of HDLC; notes in which order the link ends and the caller hangs up.

    Args:
        cut: the number of an answer of which only half is sent, once.
        confirms: the DISC is answered, so many seconds late; None: never.
    """

    def __init__(self, meter, address, *, cut=None, confirms=0.0):
        self.meter, self.cut, self.confirms = meter, cut, confirms
        self.link = HdlcLink(Role.SERVER, address, None)
        self.seen, self.frames, self.called = [], 0, None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _exc):
        self.seen.append("hung up")

    def data_received(self, data):
        out = b""
        ended = False
        for event in self.link.receive(data):
            if isinstance(event, Apdu):
                for answer in self.meter.answer(self.link.stations.peer.upper, event.apdu):
                    out += self.link.send(answer)
            ended |= isinstance(event, Disconnected)
        out += self.link.outgoing()
        self.called = self.link.stations.called
        if ended:
            if self.confirms is not None:
                asyncio.get_running_loop().call_later(self.confirms, self._confirm, out)
            return
        number, self.frames = self.frames, self.frames + 1
        self.transport.write(out[: len(out) // 2] if number == self.cut else out)

    def _confirm(self, out):
        if not self.transport.is_closing():
            self.seen.append("confirmed")
            self.transport.write(out)


@asynccontextmanager
async def served(address=Address(1), **how):  # noqa: B008  (a value that never changes)
    line = Converter(SmallMeter(), address, **how)
    server = await asyncio.get_running_loop().create_server(lambda: line, "127.0.0.1", 0)
    try:
        yield line, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def read(profile, habits=QUICK, **how):
    """Read once; return what was told, the meter's end of the line, and the seconds it took."""

    async def reading():
        loop = asyncio.get_running_loop()
        async with served(**how) as (line, port):
            begun = loop.time()
            place = Place("127.0.0.1", port, profile.device)
            async with await open_session(place, profile, access(), habits) as session:
                told = await session.run(read_meter(session.client, profile, None))
            took = loop.time() - begun
            await asyncio.sleep(0.01)
            return told, line, took

    return asyncio.run(reading())


def linked(**changes):
    return replace(PROFILE, link=replace(PROFILE.link, **changes))


def test_the_end_of_a_link_is_confirmed_before_the_caller_hangs_up():
    _, line, _ = read(PROFILE, confirms=0.1)
    assert line.seen == ["confirmed", "hung up"]


def test_a_meter_that_never_confirms_is_not_waited_for_longer_than_its_profile_says():
    _, line, took = read(linked(disconnect_seconds=0.1), confirms=None)
    assert line.seen == ["hung up"]
    assert 0.1 <= took < 1.5


def test_a_frame_that_stops_in_its_middle_is_asked_for_again_after_the_time_between_octets():
    told, _, took = read(linked(octet_seconds=0.05), cut=3)
    assert (told.clock is not None, took < 1.0) == (True, True)


def test_without_that_setting_it_waits_until_the_answer_is_overdue():
    patient = Habits(Deadlines(2.0, 0.4, 1.0))
    told, _, took = read(PROFILE, patient, cut=3)
    assert (told.clock is not None, took >= 0.4) == (True, True)


def test_a_line_that_always_stops_is_given_up_after_the_repeats_of_the_profile():
    quirks = replace(PROFILE.link.quirks, repeats_max=2)
    profile = linked(octet_seconds=0.02, quirks=quirks)

    async def reading():
        async with served() as (line, port):
            line.cut = 0

            def half(data, line=line):
                line.frames = 0
                Converter.data_received(line, data)

            line.data_received = half
            place = Place("127.0.0.1", port, 1)
            await open_session(place, profile, access(), QUICK)

    with pytest.raises(DlmsError) as caught:
        asyncio.run(reading())
    assert caught.value.fault is Fault.SILENT
    assert "2 repeats" in caught.value.sentence()


def test_noise_while_nobody_asks_asks_nothing():
    """The begin of a frame that never goes on, after the last answer."""

    async def reading():
        async with served() as (line, port):
            profile = linked(octet_seconds=0.02)
            place = Place("127.0.0.1", port, 1)
            async with await open_session(place, profile, access(), QUICK) as session:
                heard = line.frames
                line.transport.write(bytes.fromhex("7EA0"))
                await asyncio.sleep(0.1)
                assert line.frames == heard
                told = await session.run(read_meter(session.client, profile, None))
            return told, line

    told, line = asyncio.run(reading())
    assert told.clock is not None
    assert line.seen[0] == "confirmed"


def test_a_close_that_is_cancelled_hangs_up_all_the_same():
    async def reading():
        async with served(confirms=None) as (line, port):
            place = Place("127.0.0.1", port, 1)
            session = await open_session(place, linked(disconnect_seconds=60), access(), QUICK)
            leaving = asyncio.create_task(session.leave())
            await asyncio.sleep(0.1)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
            await asyncio.sleep(0.02)
            return line

    assert asyncio.run(reading()).seen == ["hung up"]


@pytest.mark.parametrize(("physical", "size"), [(None, 1), (17, 2), (17, 4)])
def test_a_meter_is_called_by_an_address_of_the_length_that_its_make_wants(physical, size):
    address = Address(1, physical or 0, size=size)
    profile = replace(linked(address_bytes=size), physical=physical)
    told, line, _ = read(profile, address=address)
    assert told.clock is not None
    assert line.called == address


def test_what_is_agreed_is_the_smaller_of_both_proposals():
    _, line, _ = read(linked(information_bytes=64, window=1))
    assert (line.link.agreed.information_transmit, line.link.agreed.window_transmit) == (64, 1)


# Settings in the file.

WHOLE = """\
  physical: "17"
  hdlc:
    address_bytes: "2"
    information_bytes: "128"
    window: "1"
    repeats: "5"
    proposes: "no"
    wide_lengths: "yes"
    shared_flags: "yes"
    llc: "no"
    octet_timeout_ms: "200"
    disconnect_ms: "500"
"""


def written(folder, line):
    text = files("congto.headend.profiles").joinpath("congto-simulator.yaml").read_text()
    assert "  physical: null\n" in text
    (folder / "mine.yaml").write_text(text.replace("  physical: null\n", line))
    return load_profile("mine", folder)


def test_every_habit_of_a_make_is_a_setting(tmp_path):
    profile = written(tmp_path, WHOLE)
    link, quirks = profile.link, profile.link.quirks
    assert (link.address_bytes, link.octet_seconds, link.disconnect_seconds) == (2, 0.2, 0.5)
    assert (link.information_bytes, link.window) == (128, 1)
    assert (quirks.proposes, quirks.wide_lengths, quirks.shared_flags) == (False, True, True)
    assert (quirks.llc, quirks.repeats_max) == (False, 5)


def test_what_is_not_said_is_as_the_standard_has_it(tmp_path):
    assert written(tmp_path, "  physical: null\n").link == Link()
    assert written(tmp_path, '  physical: "17"\n').link == Link(address_bytes=4)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('  physical: null\n  hdlc: {address_bytes: "4"}\n', "address_bytes"),
        ('  physical: "17"\n  hdlc: {address_bytes: "1"}\n', "address_bytes"),
        ('  physical: "17"\n  hdlc: {address_bytes: "3"}\n', "address_bytes"),
        ('  physical: null\n  hdlc: {window: "8"}\n', "window 8"),
        ('  physical: null\n  hdlc: {information_bytes: "5000"}\n', "5000"),
        ('  physical: null\n  hdlc: {speed: "9600"}\n', "speed"),
    ],
)
def test_a_setting_that_cannot_be_is_told_with_file_and_key(tmp_path, line, told):
    with pytest.raises(InvalidInputError) as caught:
        written(tmp_path, line)
    assert "mine.yaml" in caught.value.sentence()
    assert told in caught.value.sentence()
