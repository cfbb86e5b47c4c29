"""The activity calendar (class 20): which script runs at which time of which day.

A passive calendar is written beside the active one and takes its place at a time or by command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import (
    LOGICAL_NAME,
    OCTETS,
    U8,
    U16,
    ZERO,
    array_of,
    record,
)
from congto.headend.cosem.classes.moments import DATE_TIME, TIME, CosemTime
from congto.headend.cosem.classes.shape import CosemObject, attribute, method

if TYPE_CHECKING:
    from congto.headend.dlms.datetimes import CosemClock


class Season(NamedTuple):
    """A season: from when a week profile holds."""

    season_profile_name: bytes
    season_start: CosemClock
    week_name: bytes


class Week(NamedTuple):
    """A week profile: the day profile of each weekday."""

    week_profile_name: bytes
    monday: int
    tuesday: int
    wednesday: int
    thursday: int
    friday: int
    saturday: int
    sunday: int


class DayAction(NamedTuple):
    """A script that runs at a time of day."""

    start_time: CosemTime
    script_logical_name: bytes
    script_selector: int


class Day(NamedTuple):
    """A day profile: its actions in order of time."""

    day_id: int
    day_schedule: tuple[DayAction, ...]


SEASONS = array_of(record(Season, OCTETS, DATE_TIME, OCTETS))
WEEKS = array_of(record(Week, OCTETS, *[U8] * 7))
DAYS = array_of(record(Day, U8, array_of(record(DayAction, TIME, LOGICAL_NAME, U16))))


class ActivityCalendar(
    CosemObject, number=20, version=0, title="Activity calendar", clause="4.5.5"
):
    """Seasons of weeks of days, twice: the active calendar and the one that waits."""

    calendar_name_active = attribute(2, OCTETS)
    season_profile_active = attribute(3, SEASONS)
    week_profile_table_active = attribute(4, WEEKS)
    day_profile_table_active = attribute(5, DAYS)
    calendar_name_passive = attribute(6, OCTETS)
    season_profile_passive = attribute(7, SEASONS)
    week_profile_table_passive = attribute(8, WEEKS)
    day_profile_table_passive = attribute(9, DAYS)
    activate_passive_calendar_time = attribute(10, DATE_TIME)

    activate_passive_calendar = method(1, ZERO)
