"""From a half-hour of the demo month to a quarter-hour of the measured year 2016.

Whole weeks apart, so weekdays agree; wall clock to wall clock, so that people get up at the same
hour although Germany had summer time and Vietnam has none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEASURED_ZONE = ZoneInfo("Europe/Berlin")
MEASURED_YEAR = 2016
FIRST_INSTANT = datetime(2015, 12, 31, 23, tzinfo=UTC)
"""Row 0 of every profile; row n is 15 n minutes later. The labels in the file are never parsed."""
HALF_HOURS = 48


def measured_day(day: date) -> date:
    """Return the day of 2016 that stands for `day`: the same weekday, the nearest in the calendar.

    2026-10-01 (a Thursday) -> 2016-09-29 (a Thursday), 522 weeks earlier. A day that would fall
    outside 2016 moves by 52 weeks: 2026-12-31 -> 2016-12-29; 2027-01-01 (a Friday) -> 2016-01-01.
    """
    anniversary = date(MEASURED_YEAR, day.month, day.day)
    weeks = round((day - anniversary).days / 7)
    found = day - timedelta(weeks=weeks)
    if found.year < MEASURED_YEAR:
        found += timedelta(weeks=52)
    elif found.year > MEASURED_YEAR:
        found -= timedelta(weeks=52)
    return found


def profile_rows(day: date) -> NDArray[np.int64]:
    """Return the first of the two quarter-hour rows of each of the 48 half-hours of `day`.

    The wall clock of `day` is read as German wall clock of its measured day. On 27 March 2016 the
    hour from 02:00 does not exist: its half-hours take the rows of the hour after it. On
    30 October the hour from 02:00 exists twice: the first (summer time) is taken.
    """
    start = datetime.combine(measured_day(day), time(), tzinfo=MEASURED_ZONE)
    instants = [
        (start + timedelta(minutes=30 * half)).replace(fold=0).astimezone(UTC)
        for half in range(HALF_HOURS)
    ]
    quarter = timedelta(minutes=15)
    return np.array([(instant - FIRST_INSTANT) // quarter for instant in instants])


def window_rows(first: date, days: int) -> NDArray[np.int64]:
    """Return profile_rows of `days` days in a row, one after the other."""
    return np.concatenate([profile_rows(first + timedelta(days=n)) for n in range(days)])
