"""Our client reads a simulated meter: registers, profiles, the view of its objects."""

import pytest

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.data import i8, octets, structure, u16
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.simulator.fleet import Secured
from world_simulator import CLOCK, DAY, HALF_HOUR, NOW, Session, World, by_entry, by_range, stamp

DAILY = obis("1.0.98.2.0.255")


@pytest.fixture
def world():
    return World()


def midnight(world):
    return world.age // DAY * DAY


def yesterday(world, **how):
    """Select the 48 half-hours of yesterday: stamps are the ends."""
    end = midnight(world)
    return by_range(end - DAY + HALF_HOUR, end, **how)


@pytest.mark.parametrize("secured", list(Secured))
def test_a_day_of_half_hours_adds_up_to_the_difference_of_the_daily_registers(secured):
    world = World(secured=secured)
    session = world.visit(3)
    rows = session.rows(yesterday(world))
    (before, after) = session.rows(by_range(midnight(world) - DAY, midnight(world)), DAILY)
    assert len(rows) == 48
    assert rows[0][0] == stamp(midnight(world) - DAY + HALF_HOUR)
    assert rows[-1][0] == stamp(midnight(world)) == after[0]
    assert sum(row[2] for row in rows) == after[1] - before[1]
    assert sum(row[4] for row in rows) == after[6] - before[6]
    assert after[1] == sum(after[2:5])
    session.release()


def test_registers_now_are_those_of_midnight_and_the_half_hours_since(world):
    session = world.visit(4)
    total, *rates = session.registers()
    assert total == sum(rates)
    (day,) = session.rows(by_range(midnight(world), midnight(world)), DAILY)
    today = session.rows(by_range(midnight(world) + HALF_HOUR, world.age))
    started = total - day[1] - sum(row[2] for row in today)
    world.age += 20 * 60 - 17  # 10:30:00: the half-hour that had begun is over
    (last,) = session.rows(by_range(world.age, world.age))
    assert 0 <= started <= last[2]
    assert session.registers()[0] == day[1] + sum(row[2] for row in today) + last[2]


def test_a_range_is_the_same_with_and_without_deviation(world):
    session = world.visit()
    assert session.rows(yesterday(world)) == session.rows(yesterday(world, deviation=False))


def test_entries_are_counted_from_the_oldest_and_columns_from_one(world):
    session = world.visit()
    every = session.rows()
    assert len(every) == session.get(7, "1.0.99.1.0.255", 7) == 2880
    assert session.rows(by_entry(1, 2)) == every[:2]
    assert session.rows(by_entry(2880, 0)) == every[-1:]
    assert session.rows(by_entry(2879, 2880, 3, 4)) == [row[2:4] for row in every[-2:]]


def test_a_range_gives_the_columns_that_were_chosen(world):
    session = world.visit()
    column = structure(u16(3), octets(obis("1.0.1.29.0.255")), i8(2), u16(0))
    chosen = session.rows(yesterday(world, columns=(column,)))
    assert chosen == [[row[2]] for row in session.rows(yesterday(world))]


def test_the_columns_say_what_the_rows_hold(world):
    session = world.visit()
    columns = session.get(7, "1.0.99.1.0.255", 3)
    assert len(columns) == len(session.rows(by_entry(1, 1))[0])
    assert columns[0] == [8, CLOCK, 2, 0] == session.get(7, "1.0.99.1.0.255", 6)
    assert session.get(7, "1.0.99.1.0.255", 4) == HALF_HOUR


def test_the_greatest_demand_of_the_month_is_twice_its_greatest_half_hour(world):
    session = world.visit()
    first = midnight(world) - 24 * DAY  # 25 November: the month began 24 days before
    rows = session.rows(by_range(first + HALF_HOUR, world.age))
    greatest = max(row[2] for row in rows)
    assert session.get(4, "1.0.1.6.0.255") == 2 * greatest
    assert session.get(4, "1.0.1.6.0.255", 5) in [row[0] for row in rows if row[2] == greatest]


def test_monthly_rows_are_the_registers_of_the_first_days_of_months(world):
    months = world.visit().rows(name=obis("1.0.98.1.0.255"))
    days = [clock(row[0]) for row in months]
    assert [(day.year, day.month, day.day) for day in days][-2:] == [(2026, 10, 1), (2026, 11, 1)]
    assert len(months) == 13
    assert all(row[1] == sum(row[2:5]) for row in months)


def test_every_attribute_of_the_view_can_be_read(world):
    session = world.visit()
    view = session.get(15, "0.0.40.0.0.255")
    assert {row[0] for row in view} == {
        1, 3, 4, 6, 7, 8, 9, 11, 15, 17, 18, 20, 22, 40, 64, 70, 71,
    }  # fmt: skip
    read = 0
    for class_id, _version, name, (attributes, _methods) in view:
        assert session.get(class_id, name, 1) == name
        for number, _mode, _selectors in attributes:
            session.get(class_id, name, number)
            read += 1
    assert read > 100


@pytest.mark.parametrize(
    ("secured", "context", "mechanism"),
    [(Secured.NONE, 1, 0), (Secured.PASSWORD, 1, 1), (Secured.GMAC, 3, 5)],
)
def test_the_view_says_how_the_client_is_associated(secured, context, mechanism):
    session = World(secured=secured, pdu_max=512).visit()
    arcs = bytes.fromhex("60857405")  # 2.16.756.5 of the DLMS User Association
    assert session.get(15, "0.0.40.0.0.255", 4) == arcs + bytes((8, 1, context))
    assert session.get(15, "0.0.40.0.0.255", 6) == arcs + bytes((8, 2, mechanism))
    assert session.get(15, "0.0.40.0.0.255", 5)[1:3] == [512, 512]


def test_lists_are_answered_attribute_by_attribute(world):
    session = world.visit()
    wanted = [Reference(3, obis("1.0.1.8.0.255"), 2), Reference(3, obis("1.0.9.9.9.255"), 2)]
    (total, missing) = session.do(session.client.get_list(wanted))
    assert total.number == session.registers()[0]
    assert missing == 4  # object-undefined


def test_the_public_client_reads_the_counter_and_no_energy(world):
    world.visit().release()
    session = world.visit(public=True)
    assert session.get(1, "0.0.43.1.0.255") > 0
    assert session.get(1, "0.0.42.0.0.255") == b"SIM0070000001"
    names = [row[2] for row in session.get(15, "0.0.40.0.0.255")]
    assert obis("1.0.1.8.0.255") not in names
    with pytest.raises(AccessRefusedError, match="object-undefined"):
        session.registers()
    with pytest.raises(AccessRefusedError, match="read-write-denied"):
        session.set(8, "0.0.1.0.0.255", 2, octets(stamp(world.age)))


def test_the_clock_tells_the_time_of_viet_nam(world):
    assert clock(world.visit().get(8, CLOCK)).instant(None) == NOW


@pytest.mark.parametrize(
    ("class_id", "name", "number", "result"),
    [
        (3, "1.0.9.9.9.255", 2, "object-undefined"),
        (1, "1.0.1.8.0.255", 2, "object-class-inconsistent"),
        (3, "1.0.1.8.0.255", 9, "read-write-denied"),
    ],
)
def test_what_is_not_there_is_refused_by_its_name(world, class_id, name, number, result):
    with pytest.raises(AccessRefusedError, match=result):
        world.visit().get(class_id, name, number)


def test_a_wrong_password_is_refused():
    world = World(secured=Secured.PASSWORD)
    world.meter(2).password = b"another"
    with pytest.raises(DlmsError) as refused:
        world.visit(2)
    assert refused.value.fault is Fault.REJECTED


def test_a_second_client_is_refused_for_now_until_the_first_has_released(world):
    first = world.visit(2)
    second = Session(world, 2)
    with pytest.raises(DlmsError, match="for now") as refused:
        second.do(second.client.associate())
    assert refused.value.fault is Fault.REJECTED
    assert first.registers()[0] > 0
    first.release()
    third = Session(world, 2)
    third.do(third.client.associate())
    assert third.registers()[0] > 0
