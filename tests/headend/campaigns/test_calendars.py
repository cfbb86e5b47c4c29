"""Three-rate conversion: the bands of the decisions as tables, and the meter that counts by them.

Tables by hand from Art. 5(1) of Circular 16/2014/TT-BCT: peak Monday to Saturday 09:30-11:30 and
17:00-20:00, off-peak every day 22:00-04:00; and from decision 963/QĐ-BCT: peak Monday to Saturday
17:30-22:30, off-peak every day 00:00-06:00. Rates of the simulated meter: 1 normal, 2 peak, 3
off-peak.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from congto.headend.campaigns.calendars import BandCalendar, band_calendar, rates_of, same
from congto.headend.campaigns.conversion import Activation, CalendarWhy, convert, read_calendar
from congto.headend.campaigns.proof import Verdict
from congto.headend.cosem.classes.activity_calendar import DayAction
from congto.headend.cosem.classes.moments import CosemTime
from congto.headend.dlms.data import array, octets, structure, u8, u16
from congto.headend.dlms.datetimes import ANY
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.profiles.loader import load_profile
from congto.reference import load_time_bands
from congto.vocabulary.groups import Register
from world_commands import Mischief, carry, meddled
from world_simulator import DAY, World

PROFILE = load_profile("congto-simulator")
RATES = {Register.NORMAL: 1, Register.PEAK: 2, Register.OFF_PEAK: 3}
OLD, NEW = load_time_bands()
BY_HAND = {
    "16/2014/TT-BCT": (
        [(0, 0, 3), (4, 0, 1), (9, 30, 2), (11, 30, 1), (17, 0, 2), (20, 0, 1), (22, 0, 3)],
        [(0, 0, 3), (4, 0, 1), (22, 0, 3)],
    ),
    "963/QĐ-BCT": (
        [(0, 0, 3), (6, 0, 1), (17, 30, 2), (22, 30, 1)],
        [(0, 0, 3), (6, 0, 1)],
    ),
}
CALENDAR, SPECIAL = "0.0.13.0.0.255", "0.0.11.0.0.255"
SPECIAL_DAY = structure(u16(1), octets(bytes((0x07, 0xEA, 12, 25, 0xFF))), u8(2))


@pytest.fixture
def meddler(monkeypatch):
    return meddled(monkeypatch)


@pytest.fixture
def world():
    return World()


def converted(session=None, *, activation=None, special=None, told=None):
    wanted = band_calendar(NEW, RATES, special)
    tell = [].append if told is None else told.append
    return carry(session, convert(session.client, wanted, activation, tell=tell))


@pytest.mark.parametrize("schedule", [OLD, NEW], ids=lambda one: one.code)
def test_a_decision_becomes_a_weekday_and_a_sunday(schedule):
    found = band_calendar(schedule, RATES)
    (season,), (week,), days = found.tables[1:]
    assert season.week_name == week.week_profile_name
    assert (season.season_start.month, season.season_start.day) == (1, 1)
    assert week[1:] == (1, 1, 1, 1, 1, 1, 2)  # Monday to Saturday, Sunday
    told = [
        [(one.start_time.hour, one.start_time.minute, one.script_selector) for one in day[1]]
        for day in days
    ]
    assert [day.day_id for day in days] == [1, 2]
    assert tuple(told) == BY_HAND[schedule.code]
    assert {one.script_logical_name for day in days for one in day[1]} == {obis("0-0:10.0.100*255")}
    assert found.special == ()  # no text of Viet Nam names one


def test_a_calendar_is_named_after_its_document():
    assert band_calendar(OLD, RATES).tables.name == b"162014TT"
    assert band_calendar(NEW, RATES).tables.name == b"963QBCT"


def test_rates_are_those_of_the_registers_of_the_model():
    assert rates_of(PROFILE) == RATES
    single = replace(PROFILE, registers=PROFILE.registers[:1])
    with pytest.raises(DlmsError, match="no rate"):
        rates_of(single)


def test_a_meter_is_converted_and_counts_by_the_new_bands(world, meddler):
    session, told = world.visit(), []
    outcome = converted(session, told=told)
    assert (outcome.verdict, outcome.why) == (Verdict.CONFIRMED, CalendarWhy.SHOWN)
    assert same(outcome.active.tables, band_calendar(NEW, RATES).tables)
    assert outcome.scripts_checked
    assert [one.tables.name for one in told] == [b"VN-BANDS"]  # as delivered
    days = session.get(20, CALENDAR, 5)
    assert (
        tuple([(one[0][0], one[0][1], one[2]) for one in day[1]] for day in days)
        == BY_HAND[NEW.code]
    )
    # 25 November 2026 is a Wednesday. From 10:10 to 11:30 the old bands have peak, the new none.
    at_ten = session.registers()
    world.age += 4_500
    at_eleven = session.registers()
    assert (at_eleven[2], at_eleven[3]) == (at_ten[2], at_ten[3])
    assert at_eleven[1] > at_ten[1]
    world.age += 8 * 3_600  # 19:25, peak since 17:30
    assert session.registers()[2] > at_eleven[2]


def test_a_calendar_that_is_active_is_not_written_again(world, meddler):
    session = world.visit()
    converted(session)
    told = []
    meddler.heard.clear()
    outcome = converted(session, told=told)
    assert (outcome.verdict, outcome.why) == (Verdict.CONFIRMED, CalendarWhy.ALREADY)
    assert (meddler.heard, told) == ([], [])


def test_a_dated_calendar_waits_and_takes_its_place_on_the_day(world, meddler):
    session = world.visit()
    first_of_december = datetime(2026, 11, 30, 17, tzinfo=UTC)
    activation = Activation(first_of_december, PROFILE.times)
    outcome = converted(session, activation=activation)
    assert (outcome.verdict, outcome.why) == (Verdict.CONFIRMED, CalendarWhy.WAITING)
    assert outcome.active.tables.name == b"VN-BANDS"
    assert session.get(20, CALENDAR, 10) == bytes.fromhex("07EA0C010200000000FE5C00")
    meddler.heard.clear()
    again = converted(session, activation=activation)
    assert (again.why, meddler.heard) == (CalendarWhy.WAITING, [])
    world.age += 6 * DAY
    later = converted(session, activation=activation)
    assert (later.verdict, later.why, meddler.heard) == (
        Verdict.CONFIRMED, CalendarWhy.ALREADY, [],
    )  # fmt: skip


def test_a_calendar_that_waited_is_stopped_before_another_is_written(world, meddler):
    session = world.visit()
    activation = Activation(datetime(2026, 11, 30, 17, tzinfo=UTC), PROFILE.times)
    carry(session, convert(session.client, band_calendar(OLD, RATES), activation))
    meddler.heard.clear()
    assert converted(session, activation=activation).why is CalendarWhy.WAITING
    assert meddler.heard == [("set", 20, number) for number in (10, 6, 7, 8, 9, 10)]
    world.age += 6 * DAY
    assert session.get(20, CALENDAR, 2) == b"963QBCT"


def test_special_days_of_the_maker_are_cleared_where_no_text_names_one(world, meddler):
    session = world.visit()
    session.set(11, SPECIAL, 2, array((SPECIAL_DAY,)))
    outcome = converted(session)
    assert outcome.verdict is Verdict.CONFIRMED
    assert len(outcome.before.special) == 1
    assert session.get(11, SPECIAL) == []


def test_days_that_follow_another_weekday_are_written_after_the_calendar(world, meddler):
    session = world.visit()
    tet = {date(2027, 2, 8): 7, date(2027, 2, 6): 7}  # as Sundays, were a text to say so
    outcome = converted(session, special=tet)
    assert outcome.verdict is Verdict.CONFIRMED
    assert [row[2] for row in session.get(11, SPECIAL)] == [2, 2]
    assert [tuple(row[1][2:4]) for row in session.get(11, SPECIAL)] == [(2, 6), (2, 8)]
    assert meddler.heard[-2:] == [("act", 20, 1), ("set", 11, 2)]


def test_special_days_cannot_wait(world, meddler):
    session = world.visit()
    session.set(11, SPECIAL, 2, array((SPECIAL_DAY,)))
    meddler.heard.clear()
    activation = Activation(datetime(2026, 11, 30, 17, tzinfo=UTC), PROFILE.times)
    with pytest.raises(DlmsError, match="special days"):
        converted(session, activation=activation)
    assert meddler.heard == []


OTHERS = {
    6: octets(b"OTHER"),
    7: array(
        (structure(octets(b"9"), octets(bytes.fromhex("FFFF0101FFFFFFFFFF800000")), octets(b"9")),)
    ),
    8: array((structure(octets(b"9"), *[u8(1)] * 7),)),
    9: array((structure(u8(1), array(())),)),
}


@pytest.mark.parametrize(
    ("number", "differs"), [(6, "name"), (7, "seasons"), (8, "weeks"), (9, "days")]
)
def test_what_was_not_written_beside_is_not_activated(world, meddler, number, differs):
    session = world.visit()
    session.set(20, CALENDAR, number, OTHERS[number])
    meddler.plan("set", 20, number, Mischief.NOT_DONE)
    outcome = converted(session)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, CalendarWhy.PASSIVE)
    assert outcome.differs == (differs,)
    assert ("act", 20, 1) not in meddler.heard
    assert session.get(20, CALENDAR, 2) == b"VN-BANDS"


@pytest.mark.parametrize(
    ("mischief", "verdict", "why"),
    [
        (Mischief.NOT_DONE, Verdict.NOT_DONE, CalendarWhy.ACTIVE),
        (Mischief.REFUSED, Verdict.NOT_DONE, CalendarWhy.ACTIVE),
        (Mischief.DENIED_DONE, Verdict.CONFIRMED, CalendarWhy.SHOWN),
        (Mischief.ANSWER_LOST, Verdict.UNCERTAIN, CalendarWhy.UNSEEN),
        (Mischief.REQUEST_LOST, Verdict.UNCERTAIN, CalendarWhy.UNSEEN),
    ],
)
def test_what_counts_is_the_active_calendar_and_a_repeat_ends_it(
    world, meddler, mischief, verdict, why
):
    meddler.plan("act", 20, 1, mischief)
    outcome = converted(world.visit())
    assert (outcome.verdict, outcome.why) == (verdict, why)
    meddler.gone = False
    again = converted(world.visit())
    assert again.verdict is Verdict.CONFIRMED
    done = mischief in {Mischief.DENIED_DONE, Mischief.ANSWER_LOST}
    assert again.why is (CalendarWhy.ALREADY if done else CalendarWhy.SHOWN)


@pytest.mark.parametrize("lost_at", range(6))
def test_a_line_that_ends_at_any_write_leaves_one_of_the_two_calendars(world, meddler, lost_at):
    place = [("set", 20, 6), ("set", 20, 7), ("set", 20, 8), ("set", 20, 9), ("act", 20, 1)]
    place.append(("set", 11, 2))
    session = world.visit()
    session.set(11, SPECIAL, 2, array((SPECIAL_DAY,)))
    meddler.plan(*place[lost_at], Mischief.ANSWER_LOST)
    outcome = converted(session)
    assert outcome.verdict is Verdict.UNCERTAIN
    meddler.gone = False
    found = carry(session := world.visit(), read_calendar(session.client))
    assert found.tables.name in {b"VN-BANDS", b"963QBCT"}
    assert converted(world.visit()).verdict is Verdict.CONFIRMED


def test_rates_without_a_script_are_refused_and_nothing_is_written(world, meddler):
    session = world.visit()
    wanted = band_calendar(NEW, {Register.NORMAL: 1, Register.PEAK: 2, Register.OFF_PEAK: 4})
    with pytest.raises(DlmsError) as caught:
        carry(session, convert(session.client, wanted))
    assert (caught.value.fault, meddler.heard) == (Fault.BAD_VALUE, [])


def test_calendars_are_the_same_where_only_open_parts_and_order_differ():
    wanted = band_calendar(OLD, RATES).tables
    open_parts = tuple(
        day._replace(
            day_schedule=tuple(
                DayAction(CosemTime(*one.start_time[:2], ANY, ANY), *one[1:])
                for one in reversed(day.day_schedule)
            )
        )
        for day in reversed(wanted.days)
    )
    assert same(wanted._replace(days=open_parts), wanted)
    later = wanted.days[0].day_schedule[1]._replace(start_time=CosemTime(4, 30))
    moved = wanted.days[0]._replace(
        day_schedule=(wanted.days[0].day_schedule[0], later, *wanted.days[0].day_schedule[2:])
    )
    assert not same(wanted._replace(days=(moved, wanted.days[1])), wanted)


def test_a_calendar_is_read(world):
    session = world.visit()
    found = carry(session, read_calendar(session.client))
    assert isinstance(found, BandCalendar)
    assert found.tables._replace(name=b"162014TT").name == band_calendar(OLD, RATES).tables.name
    assert same(found.tables._replace(name=b"162014TT"), band_calendar(OLD, RATES).tables)
