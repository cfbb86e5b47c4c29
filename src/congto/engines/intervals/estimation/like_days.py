"""Days like the one to estimate: which stored days to read, and which of them to lean on.

Like days: the same type of day; the 4 most recent within 35 days; no holidays, no day of which more
than 10 % is estimated, no day that V-12 found too high or too low. A holiday is like the last two
Sundays. The engine knows no calendar: the caller says the type of each day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.sources import LIKE_DAYS_MAX
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, DayType
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WINDOW_DAYS = 35
SUNDAYS_FOR_HOLIDAY = 2
ESTIMATED_PERCENT_MAX = 10

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
WEEK_BEFORE = -7
ORDER_TABLE: dict[int, tuple[tuple[int, int], ...]] = {
    # Western Australia, method 14; which week of two is meant in the row of Wednesday: recalled.
    MONDAY: ((MONDAY, WEEK_BEFORE),),
    TUESDAY: (
        (TUESDAY, WEEK_BEFORE),
        (WEDNESDAY, WEEK_BEFORE),
        (THURSDAY, WEEK_BEFORE),
        (WEDNESDAY, 0),
        (THURSDAY, 0),
    ),
    WEDNESDAY: (
        (WEDNESDAY, WEEK_BEFORE),
        (TUESDAY, WEEK_BEFORE),
        (THURSDAY, WEEK_BEFORE),
        (TUESDAY, 0),
        (THURSDAY, 0),
    ),
    THURSDAY: (
        (THURSDAY, WEEK_BEFORE),
        (WEDNESDAY, 0),
        (TUESDAY, 0),
        (WEDNESDAY, WEEK_BEFORE),
        (TUESDAY, WEEK_BEFORE),
    ),
    FRIDAY: ((FRIDAY, WEEK_BEFORE),),
    SATURDAY: ((SATURDAY, WEEK_BEFORE),),
    SUNDAY: ((SUNDAY, WEEK_BEFORE),),
}
"""For each weekday the days to take in its place: weekday, and days to shift (0: the same week)."""


@dataclass(frozen=True, slots=True)
class StoredDays:
    """Stored days of some points around the one to estimate; row i speaks of the same point.

    Attributes:
        days: which days these are, in any order; those of `days_to_read`.
        values: Wh or varh; (n, k, 48). usable: see `usable_days`; (n, k).
    """

    days: tuple[date, ...]
    values: NDArray[np.int32]
    usable: NDArray[np.bool_]


def days_to_read(day: date, type_of: Callable[[date], DayType]) -> tuple[date, ...]:
    """Return the days that could stand in for the day, the most recent first, later ones last."""
    wanted = _like(type_of(day))
    before = [day - timedelta(days=back) for back in range(1, WINDOW_DAYS + 1)]
    later = [one for one in _ordered(day) if one > day]
    return tuple(one for one in (*before, *later) if type_of(one) is wanted)


def usable_days(
    values: NDArray[np.int32], qualities: NDArray[np.uint8], flagged: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which stored days may be leaned on; (n, k).

    Args:
        values: Wh; a day with a value absent is not usable; (n, k, 48).
        qualities: vocabulary.quality.Quality; (n, k, 48).
        flagged: the day has the bit of V-12; (n, k).
    """
    complete = (values != ABSENT).all(axis=2)
    estimated = (qualities <= Quality.FINAL_ESTIMATED).sum(axis=2)
    usable: NDArray[np.bool_] = (
        complete & ~flagged & (estimated * 100 <= ESTIMATED_PERCENT_MAX * HALF_HOURS)
    )
    return usable


def like_days(
    day: date, type_of: Callable[[date], DayType], stored: StoredDays
) -> NDArray[np.int32]:
    """Return up to 4 like days of each point, the most recent first, ABSENT in place of the others.

    Shape (n, 4, 48); of two for a holiday. Put on an axis of days they are `Sources.like_days`.
    """
    kind = type_of(day)
    earliest = day - timedelta(days=WINDOW_DAYS)
    columns = sorted(
        (
            at
            for at, one in enumerate(stored.days)
            if earliest <= one < day and type_of(one) is _like(kind)
        ),
        key=lambda at: stored.days[at],
        reverse=True,
    )
    out = np.full((len(stored.values), LIKE_DAYS_MAX, HALF_HOURS), ABSENT, np.int32)
    usable = stored.usable[:, columns]
    rank = np.cumsum(usable, axis=1) - 1
    for wanted in range(SUNDAYS_FOR_HOLIDAY if kind is DayType.HOLIDAY else LIKE_DAYS_MAX):
        rows, hit = np.nonzero(usable & (rank == wanted))
        out[rows, wanted] = stored.values[rows, np.take(columns, hit).astype(np.intp)]
    return out


def nearest_day(
    day: date, type_of: Callable[[date], DayType], stored: StoredDays
) -> NDArray[np.int32]:
    """Return the first usable day of the order table for each point, ABSENT without one; (n, 48).

    Days of another type are passed over. Put on an axis of days it is `Sources.nearest`.
    """
    wanted = _like(type_of(day))
    out = np.full((len(stored.values), HALF_HOURS), ABSENT, np.int32)
    vacant = np.ones(len(stored.values), np.bool_)
    for one in _ordered(day):
        if one not in stored.days or type_of(one) is not wanted:
            continue
        at = stored.days.index(one)
        rows = np.flatnonzero(vacant & stored.usable[:, at])
        out[rows] = stored.values[rows, at]
        vacant[rows] = False
    return out


def _like(kind: DayType) -> DayType:
    """Return the type of the days that are like a day of this type."""
    return DayType.SUNDAY if kind is DayType.HOLIDAY else kind


def _ordered(day: date) -> list[date]:
    """Return the days of the order table for a day; weeks begin on Monday."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=to + shift) for to, shift in ORDER_TABLE[day.weekday()]]
