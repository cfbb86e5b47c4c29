"""Activity calendar (class 20) and special days (class 11): which of three rates counts when.

A new calendar counts from the second of its activation; what was counted before stays in its rate.
One season a year is known, as Viet Nam's bands have none, and bands begin on half-hours.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.data import Data, array, octets, structure, u8, u16
from congto.headend.dlms.datetimes import ANY_YEAR, clock
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.simulator.calendars import (
    HALF_HOURS,
    INSTALLED_DAY,
    RATES,
    Calendar,
    age_of_clock,
    delivered_week,
)
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.load import DAYS_MAX
from congto.headend.simulator.things import Call, RefusalError, Thing, keep, octet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from congto.headend.simulator.meter import Meter

CALENDAR, SPECIAL_DAYS = obis("0.0.13.0.0.255"), obis("0.0.11.0.0.255")
RATE_SCRIPTS = obis("0.0.10.0.100.255")
CALENDAR_CLASS, SPECIAL_CLASS = 20, 11
NAME, SEASONS, WEEKS, DAYS = 2, 3, 4, 5
PASSIVE = 4
"""The passive counterpart of an active attribute has a number so much higher."""
UNSPECIFIED = bytes.fromhex("FFFFFFFFFFFFFFFFFF800000")
NO_YEAR = b"\xff\xff"
EVERY_NEW_YEAR = bytes.fromhex("FFFF0101FFFFFFFFFF800000")


@lru_cache(maxsize=8)
def delivered(on: date) -> dict[int, bytes]:
    """Return attributes 2 to 5 of the calendar that meters delivered on a day have."""
    week = delivered_week(on)
    kinds = sorted(set(week), key=week.index)
    numbers = [kinds.index(day) + 1 for day in week]
    season = structure(octets(b"1"), octets(EVERY_NEW_YEAR), octets(b"1"))
    return {
        NAME: octet_bytes(b"VN-BANDS"),
        SEASONS: encode(array((season,))),
        WEEKS: encode(array((structure(octets(b"1"), *map(u8, numbers)),))),
        DAYS: encode(array(_day_profile(number, day) for number, day in enumerate(kinds, 1))),
    }


def _day_profile(number: int, rates: Sequence[int]) -> Data:
    """Return a day profile: an action at each half-hour where the rate changes."""
    changes = [
        structure(
            octets(bytes((place // 2, place % 2 * 30, 0, 0))),
            octets(RATE_SCRIPTS),
            u16(rate + 1),
        )
        for place, rate in enumerate(rates)
        if place == 0 or rates[place - 1] != rate
    ]
    return structure(u8(number), array(changes))


def _rates(schedule: Data) -> list[int]:
    """Return the rate of each half-hour by a day's actions."""
    changes: dict[int, int] = {}
    for action in schedule.items:
        start, _, selector = action.items
        hour, minute, second, _ = start.octets
        if minute not in {0, 30} or second not in {0, 0xFF} or hour > 23:
            raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
        if not 1 <= selector.number <= RATES:
            raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
        changes[hour * 2 + minute // 30] = selector.number - 1
    if 0 not in changes:
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    rates: list[int] = []
    for place in range(HALF_HOURS):
        rates.append(changes.get(place, rates[-1] if rates else 0))
    return rates


def _calendar(tables: Mapping[int, bytes], special: Data) -> Calendar:
    """Return the calendar that attributes 3 to 5 and the entries of special days say."""
    (season,) = decode(tables[SEASONS]).items
    wanted = season.items[2].octets
    days = {day.items[0].number: _rates(day.items[1]) for day in decode(tables[DAYS]).items}
    weeks = {week.items[0].octets: week.items[1:] for week in decode(tables[WEEKS]).items}
    week = [days[one.number] for one in weeks[wanted]]
    found: dict[int, list[int]] = {}
    for entry in special.items:
        _, when, number = entry.items
        found.update(dict.fromkeys(_dates(when.octets), days[number.number]))
    return Calendar(week, found)


def _dates(when: bytes) -> Iterator[int]:
    """Yield the days that a special day's date names; the year may be left open."""
    year = int.from_bytes(when[:2])
    last = INSTALLED_DAY.year + DAYS_MAX // 365
    for one in range(INSTALLED_DAY.year, last) if year == ANY_YEAR else (year,):
        try:
            yield (date(one, when[2], when[3]) - INSTALLED_DAY).days
        except ValueError:
            continue  # 29 February of an ordinary year


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what does not fit into the meter's answer."""
    try:
        yield
    except (DlmsError, ValueError, KeyError, IndexError) as error:
        raise RefusalError(AccessResult.TYPE_UNMATCHED) from error


def _active(number: int, call: Call) -> bytes:
    """Return an attribute of the calendar in force."""
    tables = next(
        tables for since, tables in reversed(call.meter.calendar_tables) if since <= call.age
    )
    return tables[number]


def _passive(number: int, call: Call) -> bytes:
    return call.meter.calendar_tables[0][1][number]


def _special(meter: Meter) -> Data:
    return decode(meter.written.get((SPECIAL_CLASS, SPECIAL_DAYS, 2), b"\x01\x00"))


def _activate_at(call: Call, age: int) -> None:
    """Let the passive calendar count from an age on; a later one that waited is dropped."""
    meter = call.meter
    tables = {
        number: meter.written.get(
            (CALENDAR_CLASS, CALENDAR, number + PASSIVE), _passive(number, call)
        )
        for number in (NAME, SEASONS, WEEKS, DAYS)
    }
    with _refusing():
        calendar = _calendar(tables, _special(meter))
    age = max(age, call.age)
    _drop_waiting(call)
    meter.calendars.append((age, calendar))
    meter.calendar_tables.append((age, tables))
    meter.happened(age, EventCode.CALENDAR_ACTIVATED)
    meter.changed()


def _drop_waiting(call: Call) -> None:
    """Forget a calendar whose hour has not come."""
    meter = call.meter
    meter.calendars = [one for one in meter.calendars if one[0] <= call.age]
    meter.calendar_tables = [one for one in meter.calendar_tables if one[0] <= call.age]
    code = EventCode.CALENDAR_ACTIVATED
    meter.events = [one for one in meter.events if one.age <= call.age or one.code != code]


def _activate(call: Call, _parameter: Data | None) -> None:
    _activate_at(call, call.age)


def _take_time(call: Call, value: Data) -> None:
    with _refusing():
        if value.octets.startswith(NO_YEAR):
            _drop_waiting(call)
        else:
            _activate_at(call, age_of_clock(clock(value.octets)) - call.meter.clock_offset)
    key = (CALENDAR_CLASS, CALENDAR, 10)
    call.meter.written[key] = encode(value)


def _take_special(call: Call, value: Data) -> None:
    with _refusing():
        tables = next(
            tables for since, tables in reversed(call.meter.calendar_tables) if since <= call.age
        )
        calendar = _calendar(tables, value)
    call.meter.calendars.append((call.age, calendar))
    call.meter.calendars.sort(key=lambda one: one[0])
    call.meter.written[SPECIAL_CLASS, SPECIAL_DAYS, 2] = encode(value)
    call.meter.changed()


def _insert(call: Call, parameter: Data | None) -> None:
    with _refusing():
        entry = parameter or array(())
        number = entry.items[0].number
        others = [one for one in _special(call.meter).items if one.items[0].number != number]
        _take_special(call, array((*others, entry)))


def _delete(call: Call, parameter: Data | None) -> None:
    with _refusing():
        number = (parameter or array(())).number
        entries = _special(call.meter).items
        _take_special(call, array(one for one in entries if one.items[0].number != number))


THINGS = (
    Thing(
        CALENDAR_CLASS,
        0,
        CALENDAR,
        {
            2: lambda call: _active(NAME, call),
            3: lambda call: _active(SEASONS, call),
            4: lambda call: _active(WEEKS, call),
            5: lambda call: _active(DAYS, call),
            6: lambda call: _passive(NAME, call),
            7: lambda call: _passive(SEASONS, call),
            8: lambda call: _passive(WEEKS, call),
            9: lambda call: _passive(DAYS, call),
            10: octet_bytes(UNSPECIFIED),
        },
        {**dict.fromkeys((6, 7, 8, 9), keep), 10: _take_time},
        {1: _activate},
    ),
    Thing(
        SPECIAL_CLASS,
        0,
        SPECIAL_DAYS,
        {2: b"\x01\x00"},
        {2: _take_special},
        {1: _insert, 2: _delete},
    ),
)
