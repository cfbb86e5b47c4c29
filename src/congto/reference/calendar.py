"""The calendar of Viet Nam: which type of day a date is.

Public holidays (Labour Code art. 112) come from the library `holidays`, with the days off that the
government moved and the Saturdays worked in exchange. Which days around Tết are off is announced
each year: for years not announced yet the library follows the rule of the years before (recalled).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import holidays

from congto.vocabulary.intervals import DayType

if TYPE_CHECKING:
    from datetime import date

SATURDAY, SUNDAY = 5, 6


@cache
def _holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("VN", years=year, language="vi")


def holiday_name(day: date) -> str | None:
    """Return the Vietnamese name of the public holiday on a day, or None."""
    name: str | None = _holidays(day.year).get(day)
    return name


@cache
def day_type(day: date) -> DayType:
    """Return the type of a day; a Saturday worked in exchange for a day off is a working day."""
    calendar = _holidays(day.year)
    if day in calendar:
        return DayType.HOLIDAY
    if day.weekday() < SATURDAY or calendar.is_working_day(day):
        return DayType.WORKING
    return DayType.SUNDAY if day.weekday() == SUNDAY else DayType.SATURDAY
