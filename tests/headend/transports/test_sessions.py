"""Sessions over real sockets: read, released, classified, and in step again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from congto.headend.dlms.apdu.notices import DataNotification
from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.data import u8
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.counters import PeerState
from congto.headend.dlms.security.keys import KeySet, KeyUse
from congto.headend.dlms.security.protection import Protection
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.model import Framing
from congto.headend.profiles.readout import Span, read_meter
from congto.headend.transports.outlook import OF_FAULTS, Outlook, outlook_of
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import JUMP_MAX, Habits, Place, open_session
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel, Status
from small_meter import (
    LOAD,
    METER_TITLE,
    START,
    SmallMeter,
    access,
    buffer,
    keys,
    row,
    served,
)

PROFILE = load_profile("congto-simulator")
QUICK = Habits(Deadlines(2.0, 0.3, 0.3))
DAY = Span(START, START + timedelta(days=1))


def read(meter, *, hdlc=False, profile=PROFILE, habits=QUICK, given=None, span=DAY):
    """Read the meter once; return the readout and the session, closed."""

    async def reading():
        async with served(meter, hdlc=hdlc) as port:
            place = Place("127.0.0.1", port, 1)
            who = access() if given is None else given
            try:
                async with await open_session(place, profile, who, habits) as session:
                    return await session.run(read_meter(session.client, profile, span)), session
            finally:
                await asyncio.sleep(0)
                for _ in range(100):
                    if not meter.open_lines:
                        break
                    await asyncio.sleep(0.01)

    return asyncio.run(reading())


def test_clock_registers_and_a_day_of_half_hours_are_read_and_the_meter_is_released():
    meter = SmallMeter()
    told, session = read(meter)
    assert told.clock == START + timedelta(hours=30)
    assert (Channel.ACTIVE_IMPORT, Register.TOTAL, 1_234_567) in told.readings
    assert (Channel.ACTIVE_EXPORT, Register.TOTAL, 42) in told.readings
    assert [one.values for one in told.half_hours.rows] == [(100 + n, 2, 3) for n in range(48)]
    assert told.half_hours.rows[0].begins == START
    assert told.half_hours.rows[-1].begins == START + timedelta(hours=23, minutes=30)
    assert session.release_fault is None
    assert (meter.cut, meter.open_lines) == (0, 0)


def test_what_the_meter_lacks_is_named_and_the_rest_is_read():
    meter = SmallMeter()
    told, _ = read(meter)
    assert sorted(told.refused) == [
        f"3/1-0:{name}*255/2" for name in ("1.8.1", "1.8.2", "1.8.3", "3.8.0")
    ]
    assert all("object-undefined" in why for why in told.refused.values())


def test_over_hdlc_the_same_is_read():
    meter = SmallMeter()
    told, session = read(meter, hdlc=True, profile=replace(PROFILE, framing=Framing.HDLC))
    assert len(told.half_hours.rows) == 48
    assert session.release_fault is None
    assert (meter.cut, meter.open_lines) == (0, 0)


def test_rows_that_come_twice_are_counted_and_those_that_differ_apart():
    meter = SmallMeter()
    rows = [row(0, 7), row(0, 7), row(1, 8, status=0x80), row(1, 9)]
    meter.objects.values[LOAD, 2] = buffer(rows)
    found = read(meter)[0].half_hours
    assert [one.values[0] for one in found.rows] == [7, 8]
    assert (found.repeated, found.conflicting) == (1, 1)
    assert [one.status for one in found.rows] == [0, Status.POWER_DOWN]


@pytest.mark.parametrize("number", range(2, 6))
def test_a_meter_that_falls_silent_is_told_so_released_and_hung_up_on(number):
    meter = SmallMeter()
    meter.spoil = lambda at, apdu: None if at == number else apdu
    with pytest.raises(DlmsError) as caught:
        read(meter)
    assert caught.value.fault is Fault.SILENT
    assert outlook_of(caught.value) is Outlook.TRANSIENT
    assert (meter.cut, meter.open_lines) == (0, 0)


@pytest.mark.parametrize("number", [0, 1])
def test_silence_while_associating_may_be_the_counter_and_is_tried_once_more(number):
    meter = SmallMeter()
    meter.spoil = lambda at, apdu: None if at == number else apdu
    told, _ = read(meter)
    assert len(told.half_hours.rows) == 48
    assert (meter.connections, meter.open_lines) == (3, 0)  # silent, public client, again


@pytest.mark.parametrize("number", [0, 1])
def test_a_meter_that_stays_silent_is_given_up_with_what_was_tried(number):
    meter = SmallMeter()
    meter.spoil = lambda at, apdu: None if at >= number else apdu
    with pytest.raises(DlmsError) as caught:
        read(meter)
    assert caught.value.fault is Fault.SILENT
    assert "counter could not be read" in caught.value.__notes__[0]
    assert (meter.connections, meter.open_lines) == (2, 0)


def test_what_was_read_stands_where_only_the_release_is_not_answered():
    meter = SmallMeter()
    meter.spoil = lambda _at, apdu: None if apdu[:1] == b"\x63" else apdu
    told, session = read(meter)
    assert len(told.half_hours.rows) == 48
    assert session.release_fault.fault is Fault.SILENT
    assert (meter.cut, meter.open_lines) == (0, 0)


@pytest.mark.parametrize("number", range(2, 6))
def test_a_line_that_breaks_is_told_so(number):
    meter = SmallMeter()
    meter.hang_up_at = number
    with pytest.raises(DlmsError) as caught:
        read(meter)
    assert caught.value.fault is Fault.BROKEN
    assert outlook_of(caught.value) is Outlook.TRANSIENT
    assert meter.open_lines == 0


def test_nobody_listening_is_unreachable():
    async def reading():
        async with served(SmallMeter()) as port:
            pass
        await open_session(Place("127.0.0.1", port, 1), PROFILE, access(), QUICK)

    with pytest.raises(DlmsError) as caught:
        asyncio.run(reading())
    assert caught.value.fault is Fault.UNREACHABLE
    assert "127.0.0.1:" in caught.value.sentence()


def test_a_counter_behind_the_meters_is_raised_and_the_session_succeeds():
    meter = SmallMeter()
    meter.peer = PeerState(known={KeyUse.UNICAST: 5_000})
    given = access(upcoming=10)
    told, _ = read(meter, given=given)
    assert told.clock == START + timedelta(hours=30)
    assert given.counter.upcoming > 5_001
    assert meter.connections == 3  # refused, public client, again
    assert (meter.cut, meter.open_lines) == (0, 0)


def test_a_counter_a_little_behind_is_in_step_again_with_the_next_numbers_reserved():
    meter = SmallMeter()
    meter.peer = PeerState(known={KeyUse.UNICAST: 12})
    given = access(upcoming=10)  # 10 to 25 are reserved for the try that is refused
    told, _ = read(meter, given=given)
    assert told.clock == START + timedelta(hours=30)
    assert given.counter.upcoming == 42


def test_a_counter_in_step_is_not_raised_for_another_reason():
    meter = SmallMeter()
    given = access(upcoming=10, keys=KeySet.of(unicast=bytes(16), authentication=bytes(16)))
    with pytest.raises(DlmsError) as caught:
        read(meter, given=given)
    assert outlook_of(caught.value) is Outlook.SECURITY
    assert given.counter.upcoming < 100
    assert meter.connections == 2


def test_a_counter_told_far_ahead_is_not_believed():
    meter = SmallMeter()
    meter.peer = PeerState(known={KeyUse.UNICAST: JUMP_MAX + 1_000})
    given = access(upcoming=0)
    with pytest.raises(DlmsError) as caught:
        read(meter, given=given)
    assert caught.value.fault is Fault.COUNTER_SPENT
    assert given.counter.upcoming < 100


def test_a_wrong_tag_ends_the_session_as_a_matter_of_security():
    meter = SmallMeter()
    # Answer 3 is the first of the load profile; its last byte belongs to the tag.
    meter.spoil = lambda at, apdu: apdu[:-1] + bytes((apdu[-1] ^ 1,)) if at == 3 else apdu
    with pytest.raises(DlmsError) as caught:
        read(meter)
    assert caught.value.fault is Fault.BAD_TAG
    assert outlook_of(caught.value) is Outlook.SECURITY
    assert (meter.cut, meter.open_lines) == (0, 0)


def push_of(number: int) -> DataNotification:
    return DataNotification(number, b"", u8(number))


def test_a_plain_push_between_answers_of_a_ciphered_association_is_handed_on_as_not_proved():
    meter = SmallMeter()
    heard = []
    meter.before = lambda number: [push_of(8).encode()] if number == 3 else []
    told, session = read(meter, habits=Habits(QUICK.deadlines, heard.append))
    assert len(told.half_hours.rows) == 48
    assert [(one.notice, one.proved) for one in heard] == [(push_of(8), False)]
    assert session.unheard == 0


def test_pushes_that_nobody_takes_are_counted():
    meter = SmallMeter()
    meter.before = lambda number: [push_of(number).encode()] * (2 if number in {2, 3} else 0)
    _, session = read(meter)
    assert session.unheard == 4


def test_a_meter_that_pushes_without_end_is_given_up():
    meter = SmallMeter()
    meter.before = lambda number: [push_of(1).encode()] * (200 if number == 2 else 0)
    with pytest.raises(DlmsError) as caught:
        read(meter)
    assert caught.value.fault is Fault.TOO_LARGE
    assert meter.open_lines == 0


def test_a_proved_push_inside_the_association_is_proved():
    meter = SmallMeter()
    heard = []

    async def reading():
        async with served(meter) as port:
            place = Place("127.0.0.1", port, 1)
            async with await open_session(
                place, PROFILE, access(), Habits(QUICK.deadlines, heard.append)
            ) as session:
                sender = Protection(METER_TITLE, keys(), meter.counter)
                push = sender.protect(push_of(7).encode())
                session.line.deliver(push)
                await session.run(read_meter(session.client, PROFILE, None))

    asyncio.run(reading())
    assert [(one.notice, one.proved) for one in heard] == [(push_of(7), True)]


def test_every_fault_has_an_outlook():
    assert set(OF_FAULTS) == set(Fault)


def test_results_that_pass_are_transient_and_others_not():
    refused = AccessRefusedError(PROFILE.clock, AccessResult.TEMPORARY_FAILURE)
    assert outlook_of(refused) is Outlook.TRANSIENT
    denied = AccessRefusedError(PROFILE.clock, AccessResult.READ_WRITE_DENIED)
    assert outlook_of(denied) is Outlook.PERMANENT


def test_cancelling_a_reading_releases_the_meter():
    meter = SmallMeter()
    reached = asyncio.Event()

    def spoil(at, apdu):
        if at == 2:
            reached.set()
            return None
        return apdu

    meter.spoil = spoil

    async def reading():
        async with served(meter) as port:
            place = Place("127.0.0.1", port, 1)
            slow = Habits(Deadlines(2.0, 60.0, 1.0))

            async def one():
                async with await open_session(place, PROFILE, access(), slow) as session:
                    await session.run(read_meter(session.client, PROFILE, None))

            task = asyncio.create_task(one())
            await asyncio.wait_for(reached.wait(), 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(reading())
    assert (meter.cut, meter.open_lines) == (0, 0)
