"""How much energy has flowed at any instant, worked out without remembering anything.

A day of a meter has one of 16 courses of 48 half-hours. Which day has which course is the same row
for all meters, each starting at another place of it. So a register is a count of courses so far,
times the energy of each: the sum of all half-hours since the installation, exact to the Wh.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from congto.headend.simulator.calendars import (
    DAY_SECONDS,
    HALF_HOUR_SECONDS,
    HALF_HOURS,
    Calendar,
    rate_masks,
)
from congto.headend.simulator.dice import many_dice
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

COURSES, WEEK = 16, 7
SHIFTS = 512
"""So many weeks are meters set apart in the row of courses."""
DAYS_MAX = 4_383
"""Days that a meter knows: twelve years, until the end of 2035."""
MILLIONTHS = 1_000_000

# Share of the day's energy by hour, in thousandths: a home, a shop, a workshop, a solar roof.
HOURS = (
    (
        22,
        20,
        18,
        17,
        18,
        24,
        40,
        45,
        38,
        36,
        38,
        46,
        48,
        44,
        38,
        36,
        40,
        56,
        78,
        86,
        82,
        66,
        40,
        24,
    ),
    (
        10,
        10,
        10,
        10,
        10,
        12,
        20,
        42,
        60,
        66,
        68,
        66,
        60,
        62,
        66,
        66,
        64,
        60,
        62,
        64,
        56,
        32,
        14,
        10,
    ),
    (
        14,
        14,
        14,
        14,
        14,
        16,
        30,
        68,
        78,
        78,
        76,
        50,
        40,
        74,
        78,
        78,
        76,
        64,
        34,
        24,
        20,
        16,
        15,
        15,
    ),
    (0, 0, 0, 0, 0, 0, 12, 42, 82, 114, 136, 146, 142, 124, 98, 64, 32, 8, 0, 0, 0, 0, 0, 0),
)
HOME, SHOP, WORKSHOP, ROOF = range(len(HOURS))
SUNDAY_PERCENT = (112, 120, 35, 100)


@cache
def _course_of_days() -> NDArray[np.int64]:
    """Return which course each place of the common row has."""
    places = np.arange(DAYS_MAX + SHIFTS * WEEK)
    return (many_dice(2024, places) % np.uint64(COURSES)).astype(np.int64)


@cache
def _counts() -> NDArray[np.int32]:
    """Return how many days of each weekday and course lie before each place of the row."""
    courses = _course_of_days()
    places = np.arange(len(courses))
    counts = np.zeros((len(courses) + 1, WEEK * COURSES), np.int32)
    counts[places + 1, places % WEEK * COURSES + courses] = 1
    return counts.cumsum(axis=0, dtype=np.int32)


@cache
def _shapes() -> NDArray[np.int64]:
    """Return the millionths of a mean day's energy by kind of user, weekday, course, half-hour."""
    hours = np.repeat(np.array(HOURS, np.int64), 2, axis=1) * 500
    cells = np.arange(len(HOURS) * WEEK * COURSES * HALF_HOURS)
    noise = many_dice(48, cells).reshape(len(HOURS), WEEK, COURSES, HALF_HOURS)
    percent = 80 + (noise % np.uint64(41)).astype(np.int64)
    level = 75 + np.arange(COURSES) * 50 // (COURSES - 1)
    shapes = hours[:, None, None, :] * percent * level[None, None, :, None] // 10_000
    shapes[:, WEEK - 1] = shapes[:, WEEK - 1] * np.array(SUNDAY_PERCENT)[:, None, None] // 100
    return shapes


@lru_cache(maxsize=2048)
def _rate_sums(user: int, day_wh: int, thousandths: int, calendar: Calendar) -> NDArray[np.int64]:
    """Return the energy of a whole day by weekday and course (one axis) and rate."""
    table = _shapes()[user] * day_wh // MILLIONTHS * thousandths // 1000
    sums: NDArray[np.int64] = table @ calendar.masks
    return sums.reshape(WEEK * COURSES, -1)


class Load:
    """The energy of one meter in one direction.

    Args:
        user: HOME, SHOP, WORKSHOP or ROOF.
        day_wh: energy of a mean day.
        weeks: how far apart it stands in the common row of courses, below SHIFTS.
        thousandths: of each half-hour's energy; reactive energy is such a share.
    """

    __slots__ = ("_shift", "day_wh", "thousandths", "user")

    def __init__(self, user: int, day_wh: int, weeks: int, thousandths: int = 1000) -> None:
        self.user = user
        self.day_wh = day_wh
        self.thousandths = thousandths
        self._shift = weeks * WEEK

    def half_hours(self, first: int, count: int) -> NDArray[np.int64]:
        """Return the Wh of `count` half-hours from the one of number `first` since installation."""
        begin, end = first // HALF_HOURS, -(-(first + count) // HALF_HOURS)
        _refuse_beyond(end - 1)
        days = np.arange(begin, end)
        courses = _course_of_days()[begin + self._shift : end + self._shift]
        shares: NDArray[np.int64] = _shapes()[self.user, days % WEEK, courses].ravel()
        start = first - begin * HALF_HOURS
        energies = shares[start : start + count] * self.day_wh // MILLIONTHS
        return energies if self.thousandths == 1000 else energies * self.thousandths // 1000

    def energy(self, age: int, calendar: Calendar) -> NDArray[np.int64]:
        """Return the Wh since installation by rate, had the calendar always been in force."""
        day, second = divmod(age, DAY_SECONDS)
        _refuse_beyond(day)
        counts = _counts()
        past = (counts[day + self._shift] - counts[self._shift]).astype(np.int64)
        total = past @ _rate_sums(self.user, self.day_wh, self.thousandths, calendar)
        for special, rates in calendar.special.items():
            if 0 <= special < day:
                other = rate_masks(rates) - calendar.masks[special % WEEK]
                total = total + self.half_hours(special * HALF_HOURS, HALF_HOURS) @ other
        place, part = divmod(second, HALF_HOUR_SECONDS)
        today = self.half_hours(day * HALF_HOURS, place + 1)
        today[place:] = parts_of(today[place:], part)
        result: NDArray[np.int64] = total + today @ rate_masks(calendar.rates(day)[: place + 1])
        return result


def parts_of(energy_wh: NDArray[np.int64], seconds: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Return what of half-hours' energies has flowed after so many seconds, rounded down."""
    flowed: NDArray[np.int64] = energy_wh * seconds // HALF_HOUR_SECONDS
    return flowed


def _refuse_beyond(day: int) -> None:
    if day >= DAYS_MAX:
        raise InvalidInputError(
            f"simulated day {day}", expected="a day until the end of 2035", action="ask earlier"
        )
