"""Faults of a simulated fleet: each can be seen, and befalls as many as it should."""

import numpy as np
import pytest

from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.counters import PeerState
from congto.headend.dlms.security.keys import KeyUse
from congto.headend.simulator.calendars import age_of
from congto.headend.simulator.dice import dice, many_dice
from congto.headend.simulator.faults import Trouble, Troubles, parse_shares
from congto.vocabulary.errors import InvalidInputError
from world_simulator import HALF_HOUR, Session, World, by_range

EVENTS = obis("0.0.99.98.0.255")


def all_rows(world, number=1):
    return world.visit(number).rows()


def ages(rows):
    return [age_of(clock(row[0]).instant(None)) for row in rows]


def test_missing_and_duplicate_half_hours_are_about_one_in_forty():
    whole = all_rows(World())
    lacking = all_rows(World(faults={Trouble.MISSING_ROWS: 1.0}))
    double = all_rows(World(faults={Trouble.DOUBLE_ROWS: 1.0}))
    assert 30 <= len(whole) - len(lacking) <= 120
    assert 30 <= len(double) - len(whole) <= 120
    assert [row for row in whole if row in lacking] == lacking
    assert [row for place, row in enumerate(double) if row != double[place - 1]] == whole


def test_an_outage_is_in_the_status_the_events_and_the_registers():
    world = World(faults={Trouble.OUTAGE: 1.0})
    session = world.visit(5)
    happened = session.rows(name=EVENTS)
    assert [code for _, code in happened] == [1, 2]
    down, up = ages(happened)
    rows = session.rows(by_range(down, up))
    inside = [row for row, end in zip(rows, ages(rows), strict=True) if end - HALF_HOUR >= down]
    assert all((row[1], row[2]) == (0x80, 0) for row in inside)
    days = session.rows(by_range(0, world.age), obis("1.0.98.2.0.255"))
    month = session.rows(by_range(ages(days)[-8] + HALF_HOUR, ages(days)[-1]))
    assert sum(row[2] for row in month) == days[-1][1] - days[-8][1]
    assert world.meter(5).half_hours(0, 1).dark.tolist() == [False]


def test_tampering_is_in_the_events_and_the_alarms():
    session = World(faults={Trouble.TAMPER: 1.0}).visit()
    assert [code for _, code in session.rows(name=EVENTS)] == [44, 42]
    assert session.get(1, "0.0.97.98.0.255") == 1 << 13


def test_a_meter_with_other_keys_cannot_be_associated_with():
    with pytest.raises(DlmsError) as refused:
        World(faults={Trouble.WRONG_KEY: 1.0}).visit()
    assert refused.value.fault is Fault.REFUSED


def test_a_counter_that_begins_anew_is_taken_for_a_replay():
    world = World(faults={Trouble.COUNTER_RESET: 1.0})
    world.visit().release()
    session = Session(world, 1)
    session.client.connection.peer = PeerState(known={KeyUse.UNICAST: 50})
    with pytest.raises(DlmsError) as refused:
        session.do(session.client.associate())
    assert refused.value.fault is Fault.REPLAYED


def test_a_meter_that_awaits_higher_counters_tells_the_public_client():
    world = World(faults={Trouble.COUNTER_AHEAD: 1.0})
    with pytest.raises(DlmsError, match="invocation-counter-error"):
        world.visit()
    assert world.visit(public=True).get(1, "0.0.43.1.0.255") == 1_000_000


def test_a_silent_meter_says_nothing_from_one_message_on():
    world = World(faults={Trouble.SILENT: 1.0})
    with pytest.raises(DlmsError) as silent:
        read(world.visit())
    assert silent.value.fault is Fault.SILENT
    assert world.fleet.troubles.counts == {Trouble.SILENT: 1}


def test_a_message_that_ends_before_its_lengths_say_is_refused():
    world = World(faults={Trouble.LYING_LENGTH: 1.0})
    with pytest.raises(DlmsError) as cut:
        read(world.visit())
    assert cut.value.fault in {Fault.TRUNCATED, Fault.BAD_TAG, Fault.BAD_VALUE}


def read(session):
    for _ in range(3):
        session.registers()


@pytest.mark.parametrize("trouble", [Trouble.RELAY_STUCK, Trouble.MISSING_ROWS])
def test_a_share_of_the_meters_is_befallen_and_always_the_same_ones(trouble):
    befallen = [
        [meter for meter in range(10_000) if Troubles(7, {trouble: 0.05}).has(trouble, meter)]
        for _ in range(2)
    ]
    assert befallen[0] == befallen[1]
    assert 400 < len(befallen[0]) < 600  # 500 +- 4.6 standard deviations of 21.8


def test_a_second_try_mostly_goes_well():
    troubles = Troubles(7, {Trouble.SILENT: 0.05})
    first = [meter for meter in range(10_000) if troubles.strike(meter, 0)]
    second = [meter for meter in first if troubles.strike(meter, 1)]
    assert 400 < len(first) < 600
    assert len(second) < 60


def test_dice_of_a_column_are_the_dice_of_each_number():
    assert many_dice(7, np.arange(50)).tolist() == [dice(7, number) for number in range(50)]


@pytest.mark.parametrize("text", ["silence=0.1", "silent=2", "silent=x", "silent"])
def test_faults_that_cannot_be_are_refused_by_a_sentence(text):
    with pytest.raises(InvalidInputError):
        parse_shares(text)


def test_shares_are_read():
    assert parse_shares("silent=0.01, relay-stuck=1") == {
        Trouble.SILENT: 0.01,
        Trouble.RELAY_STUCK: 1.0,
    }
    assert parse_shares("") == {}
