"""Commands to a simulated meter: each does what the Blue Book says, and shows it."""

import pytest

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.data import Bits, array, enum, i8, octets, structure, u8, u16, u32
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.counters import counter_from
from congto.headend.dlms.security.keys import KeySet, SecretKey
from congto.headend.dlms.security.wrap import KeyId, transfer_bytes
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.secrets import secrets_of
from world_simulator import CLOCK, DAY, HALF_HOUR, NOW, SEED, World, by_range, stamp

RELAY, IMAGE = "0.0.96.3.10.255", "0.0.44.0.0.255"
CALENDAR, SPECIAL, EVENTS = "0.0.13.0.0.255", "0.0.11.0.0.255", obis("0.0.99.98.0.255")
SCRIPTS = octets(obis("0.0.10.0.100.255"))


@pytest.fixture
def world():
    return World()


def codes(session):
    return [code for _, code in session.rows(name=EVENTS)]


def test_the_relay_opens_no_energy_flows_and_closes_again(world):
    session = world.visit()
    session.act(70, RELAY, 1, i8(0))
    assert [session.get(70, RELAY, number) for number in (2, 3)] == [False, 0]
    opened = session.registers()[0]
    world.age += 3 * HALF_HOUR
    assert session.registers()[0] == opened
    session.act(70, RELAY, 2, i8(0))
    assert [session.get(70, RELAY, number) for number in (2, 3)] == [True, 1]
    world.age += 2 * HALF_HOUR
    # Open from 10:10:17 to 11:40:17; the half-hours asked for end at 11:00, 11:30, 12:00, 12:30.
    since = session.rows(by_range(world.age - 4 * HALF_HOUR, world.age))
    assert [row[2] > 0 for row in since] == [False, False, True, True]
    assert session.registers()[0] > opened
    assert codes(session) == [62, 63]


def test_a_relay_of_mode_three_waits_for_the_button(world):
    session = world.visit()
    session.set(70, RELAY, 4, enum(3))
    session.act(70, RELAY, 1, i8(0))
    session.act(70, RELAY, 2, i8(0))
    assert [session.get(70, RELAY, number) for number in (2, 3)] == [False, 2]


def test_a_stuck_relay_answers_success_and_stays_closed():
    world = World(faults={Trouble.RELAY_STUCK: 1.0})
    session = world.visit()
    session.act(70, RELAY, 1, i8(0))
    assert [session.get(70, RELAY, number) for number in (2, 3)] == [True, 0]
    before = session.registers()[0]
    world.age += DAY
    assert session.registers()[0] > before


def test_the_limiter_keeps_its_threshold(world):
    session = world.visit()
    session.set(71, "0.0.17.0.0.255", 4, u32(3300))
    assert session.get(71, "0.0.17.0.0.255", 4) == 3300
    with pytest.raises(AccessRefusedError, match="type-unmatched"):
        session.set(71, "0.0.17.0.0.255", 4, u16(3300))
    assert world.visit(2).get(71, "0.0.17.0.0.255", 4) == 0xFFFF_FFFF


def test_a_drifting_clock_is_set_and_shifted():
    world = World(faults={Trouble.CLOCK_DRIFT: 1.0})
    session = world.visit()
    drift = (clock(session.get(8, CLOCK)).instant(None) - NOW).total_seconds()
    assert 60 <= abs(drift) <= 900
    session.set(8, CLOCK, 2, octets(stamp(world.age)))
    assert clock(session.get(8, CLOCK)).instant(None) == NOW
    session.do(session.client.act(Reference(8, CLOCK, 6), i8(-30)))
    assert (clock(session.get(8, CLOCK)).instant(None) - NOW).total_seconds() == -30
    assert codes(session) == [4, 5, 4, 5]


def day_profile(number, *changes):
    actions = [
        structure(octets(bytes((hour, minute, 0, 0))), SCRIPTS, u16(rate))
        for hour, minute, rate in changes
    ]
    return structure(u8(number), array(actions))


def test_a_passive_calendar_counts_once_it_is_activated(world):
    session = world.visit()
    before = session.registers()
    week = structure(octets(b"1"), *[u8(5)] * 7)
    session.set(20, CALENDAR, 8, array((week,)))
    session.set(20, CALENDAR, 9, array((day_profile(5, (0, 0, 1)),)))
    world.age += HALF_HOUR
    waiting = session.registers()
    assert waiting[2] > before[2]  # 10:10 to 10:40 is peak by the old bands
    session.act(20, CALENDAR, 1, i8(0))
    world.age += 3 * DAY
    after = session.registers()
    assert after[2:] == waiting[2:]
    assert after[1] - waiting[1] == after[0] - waiting[0] > 0
    assert session.get(20, CALENDAR, 5) == [day_profile(5, (0, 0, 1)).plain()]
    assert codes(session) == [9]


def test_a_calendar_can_wait_for_its_hour(world):
    session = world.visit()
    midnight = (world.age // DAY + 1) * DAY
    session.set(20, CALENDAR, 9, array((day_profile(1, (0, 0, 3)), day_profile(2, (0, 0, 3)))))
    session.set(20, CALENDAR, 10, octets(stamp(midnight)))
    assert len(session.get(20, CALENDAR, 5)[0][1]) > 1
    world.age = midnight
    at_midnight = session.registers()
    world.age += DAY
    after = session.registers()
    assert after[3] - at_midnight[3] == after[0] - at_midnight[0]
    assert [len(day[1]) for day in session.get(20, CALENDAR, 5)] == [1, 1]


@pytest.mark.parametrize(
    "days",
    [
        array((day_profile(1, (0, 0, 1), (9, 15, 2)), day_profile(2, (0, 0, 1)))),
        array((day_profile(1, (0, 0, 4)), day_profile(2, (0, 0, 1)))),
        array((day_profile(1, (0, 0, 1)),)),
        array((u8(1),)),
    ],
)
def test_a_calendar_that_the_meter_cannot_follow_is_refused(world, days):
    session = world.visit()
    session.set(20, CALENDAR, 9, days)
    with pytest.raises(AccessRefusedError):
        session.act(20, CALENDAR, 1, i8(0))


def test_a_special_day_counts_as_its_day_profile(world):
    session = world.visit()
    tomorrow = (world.age // DAY + 1) * DAY  # 26 November 2026, a Thursday
    date = octets(bytes((0x07, 0xEA, 11, 26, 0xFF)))
    session.act(11, SPECIAL, 1, structure(u16(1), date, u8(2)))  # as a Sunday: no peak
    assert session.get(11, SPECIAL) == [[1, date.value, 2]]
    world.age = tomorrow
    before = session.registers()
    world.age += DAY
    after = session.registers()
    assert after[2] == before[2]
    world.age += DAY
    assert session.registers()[2] > after[2]


def test_an_image_is_taken_in_blocks_verified_and_activated(world):
    session = world.visit()
    name = octets(b"CONGTO-SIM-2.0")
    session.act(18, IMAGE, 1, structure(name, u32(700)))
    block = [octets(bytes(256)), octets(bytes(256)), octets(bytes(188))]
    session.act(18, IMAGE, 2, structure(u32(0), block[0]))
    session.act(18, IMAGE, 2, structure(u32(2), block[2]))
    assert session.get(18, IMAGE, 3) == Bits(3, 0b101)
    assert session.get(18, IMAGE, 4) == 1
    with pytest.raises(AccessRefusedError):
        session.act(18, IMAGE, 3, i8(0))
    session.release()
    again = world.visit()  # the transfer goes on where it stood
    again.act(18, IMAGE, 1, structure(name, u32(700)))
    again.act(18, IMAGE, 2, structure(u32(1), block[1]))
    again.act(18, IMAGE, 3, i8(0))
    assert again.get(18, IMAGE, 7) == [[700, b"CONGTO-SIM-2.0", b""]]
    again.act(18, IMAGE, 4, i8(0))
    assert again.get(18, IMAGE, 6) == 6
    assert again.get(1, "1.0.0.2.0.255") == b"CONGTO-SIM-2.0"


def test_an_image_of_another_model_is_refused(world):
    with pytest.raises(AccessRefusedError):
        world.visit().act(18, IMAGE, 1, structure(octets(b"OTHER-2.0"), u32(700)))


def test_new_keys_hold_from_the_next_association_and_the_old_ones_no_more(world):
    session = world.visit()
    made = secrets_of(SEED, 1)
    new = SecretKey(bytes(range(16)))
    parameter = decode(transfer_bytes(SecretKey(made.master), {KeyId.UNICAST: new}))
    session.act(64, "0.0.43.0.0.255", 2, parameter)
    session.release()
    with pytest.raises(DlmsError) as refused:
        world.visit()
    assert refused.value.fault is Fault.REFUSED  # deciphering-error
    keys = KeySet.of(unicast=new.raw, authentication=made.authentication, master=made.master)
    assert world.visit(keys=keys, counter=counter_from(1)).registers()[0] > 0


def test_keys_wrapped_with_another_master_key_are_refused_and_nothing_changes(world):
    session = world.visit()
    other = decode(transfer_bytes(SecretKey(bytes(16)), {KeyId.UNICAST: SecretKey(bytes(16))}))
    with pytest.raises(AccessRefusedError):
        session.act(64, "0.0.43.0.0.255", 2, other)
    session.release()
    world.visit().release()


@pytest.mark.parametrize(("number", "size"), [(i8(-1), 256), (u32(3), 256), (u32(2), 256)])
def test_a_block_that_the_image_does_not_have_is_refused(world, number, size):
    session = world.visit()
    session.act(18, IMAGE, 1, structure(octets(b"CONGTO-SIM-2.0"), u32(700)))
    with pytest.raises(AccessRefusedError, match="scope-of-access-violated"):
        session.act(18, IMAGE, 2, structure(number, octets(bytes(size))))


def test_a_clock_of_another_century_is_refused(world):
    session = world.visit()
    with pytest.raises(AccessRefusedError, match="scope-of-access-violated"):
        session.set(8, CLOCK, 2, octets(bytes.fromhex("270f0c1fff173b3b00fe5c00")))
    assert clock(session.get(8, CLOCK)).instant(None) == NOW
