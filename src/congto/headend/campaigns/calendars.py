"""Congto's time bands as the calendar of a meter that counts three rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.activity_calendar import (
    Day,
    DayAction,
    Season,
    Week,
)
from congto.headend.cosem.classes.moments import UNSPECIFIED, CosemDate, CosemTime, each_year
from congto.headend.cosem.classes.script_table import ScriptTable
from congto.headend.cosem.classes.special_days import SpecialDay
from congto.headend.dlms.datetimes import ANY
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.vocabulary.groups import BAND_CODES, Register
from congto.vocabulary.intervals import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from congto.headend.profiles.model import Profile
    from congto.vocabulary.prices import TimeBandSchedule

RATE_SCRIPTS = ScriptTable(obis("0-0:10.0.100*255"))
"""Scripts of the rates, where the standard has them (IEC 62056-6-1)."""
WEEKDAYS = range(1, 8)
NAME_BYTES_MAX = 8
ONLY = b"1"
"""Name of the one season and the one week: Viet Nam's bands are the same all year."""
RATES = (Register.NORMAL, Register.PEAK, Register.OFF_PEAK)


class Tables(NamedTuple):
    """A calendar: its name, seasons, weeks and days."""

    name: bytes
    seasons: tuple[Season, ...]
    weeks: tuple[Week, ...]
    days: tuple[Day, ...]


class BandCalendar(NamedTuple):
    """What a meter has to hold: the calendar, and the days that follow another weekday."""

    tables: Tables
    special: tuple[SpecialDay, ...] = ()


def rates_of(profile: Profile) -> dict[Register, int]:
    """Return the number of each rate: that of its register, value group E of 1-0:1.8.E.

    Raises:
        DlmsError: BAD_VALUE, the model does not have three rates.
    """
    found = {
        one.register: one.reference.name[4]
        for one in profile.registers
        if one.channel is Channel.ACTIVE_IMPORT and one.register in RATES
    }
    if set(found) != set(RATES):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"profile {profile.name} has registers of {', '.join(map(str, found)) or 'no rate'}",
            expected="one each for normal, peak and off-peak hours",
            action="Convert a meter that counts three rates, or complete its profile",
        )
    return found


def band_calendar(
    schedule: TimeBandSchedule,
    rates: Mapping[Register, int],
    special: Mapping[date, int] | None = None,
) -> BandCalendar:
    """Return the calendar that counts by a schedule of time bands.

    Args:
        schedule: as published; its bands are the same all year.
        rates: the number of the script that selects each rate.
        special: day -> the weekday whose bands it follows, 1 Monday .. 7 Sunday. None by any
            published text of Viet Nam: a public holiday counts as the weekday it falls on
            (inference, reference/vn/time_bands.yaml).
    """
    schedules: list[tuple[DayAction, ...]] = []
    numbers: list[int] = []
    for weekday in WEEKDAYS:
        actions = _actions(schedule, weekday, rates)
        if actions not in schedules:
            schedules.append(actions)
        numbers.append(schedules.index(actions) + 1)
    days = tuple(Day(number, actions) for number, actions in enumerate(schedules, 1))
    tables = Tables(
        calendar_name(schedule),
        (Season(ONLY, each_year(1, 1), ONLY),),
        (Week(ONLY, *numbers),),
        days,
    )
    entries = tuple(
        SpecialDay(place, CosemDate.of(day), numbers[weekday - 1])
        for place, (day, weekday) in enumerate(sorted((special or {}).items()), 1)
    )
    return BandCalendar(tables, entries)


def calendar_name(schedule: TimeBandSchedule) -> bytes:
    """Return the name of a schedule's calendar: letters and digits of its document, at most 8.

    "16/2014/TT-BCT" gives 162014TT.
    """
    plain = "".join(one for one in schedule.code if one.isascii() and one.isalnum())
    return plain[:NAME_BYTES_MAX].encode()


def same(found: Tables, wanted: Tables) -> bool:
    """Say whether a meter's calendar counts as another; makes write open parts differently."""
    return _plain(found) == _plain(wanted)


def _plain(tables: Tables) -> Tables:
    """Return a calendar with what does not matter made alike: seconds left open, order of rows."""
    seasons = sorted(
        season._replace(
            season_start=UNSPECIFIED._replace(
                year=season.season_start.year,
                month=season.season_start.month,
                day=season.season_start.day,
            )
        )
        for season in tables.seasons
    )
    days = sorted(
        Day(day.day_id, tuple(sorted(map(_plain_action, day.day_schedule)))) for day in tables.days
    )
    return Tables(tables.name, tuple(seasons), tuple(sorted(tables.weeks)), tuple(days))


def _plain_action(action: DayAction) -> DayAction:
    hour, minute, second, _ = action.start_time
    start = CosemTime(hour, minute, 0 if second == ANY else second)
    return action._replace(start_time=start)


def differing(found: BandCalendar, wanted: BandCalendar) -> tuple[str, ...]:
    """Return the names of the tables that differ, "special" for the special days."""
    one, other = _plain(found.tables), _plain(wanted.tables)
    names = [name for name in Tables._fields if getattr(one, name) != getattr(other, name)]
    if days_of(found) != days_of(wanted):
        names.append("special")
    return tuple(names)


def days_of(calendar: BandCalendar) -> set[tuple[int, int, int, int]]:
    """Return year, month, day and day profile of each special day."""
    return {(*entry.specialday_date[:3], entry.day_id) for entry in calendar.special}


def _actions(
    schedule: TimeBandSchedule, weekday: int, rates: Mapping[Register, int]
) -> tuple[DayAction, ...]:
    """Return the actions of a weekday: one at each half-hour where the band changes, from 00:00."""
    bands = schedule.bands(weekday)
    return tuple(
        DayAction(CosemTime(place // 2, place % 2 * 30), RATE_SCRIPTS.name, rates[BAND_CODES[band]])
        for place, band in enumerate(bands)
        if place == 0 or bands[place - 1] != band
    )
