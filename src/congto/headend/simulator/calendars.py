"""The meter's own time and the rates that its calendar switches.

Inside the simulator time is the age: whole seconds since 2024-01-01 00:00 of Viet Nam, a Monday,
when every meter was installed with registers at zero.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.usage.bands import bands_of
from congto.headend.dlms.datetimes import CosemClock, clock_of
from congto.reference import load_time_bands
from congto.vocabulary.groups import Register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ZONE_MINUTES = 420
INSTALLED = datetime(2023, 12, 31, 17, tzinfo=UTC)
INSTALLED_DAY = date(2024, 1, 1)
DAY_SECONDS, HALF_HOUR_SECONDS, HALF_HOURS = 86_400, 1_800, 48
RATES = 3
"""Rates in the order of Viet Nam's registers: normal, peak, off-peak."""
BANDS = (Register.NORMAL, Register.PEAK, Register.OFF_PEAK)


def age_of(instant: datetime) -> int:
    """Return the age at an instant."""
    return int((instant - INSTALLED).total_seconds())


def instant_of(age: int) -> datetime:
    """Return the instant of an age."""
    return INSTALLED + timedelta(seconds=age)


def day_of(age: int) -> date:
    """Return the local day of an age."""
    return INSTALLED_DAY + timedelta(days=age // DAY_SECONDS)


def clock_bytes(age: int) -> bytes:
    """Return the twelve bytes of a clock."""
    return clock_of(instant_of(age), ZONE_MINUTES).octets()


@lru_cache(maxsize=512)
def half_hour_stamps(day: int) -> NDArray[np.uint8]:
    """Return the clocks of a day's half-hours from 00:00 to 23:30, one row each; shared by all."""
    first = clock_bytes(day * DAY_SECONDS)
    stamps = np.tile(np.frombuffer(first, np.uint8), (HALF_HOURS, 1))
    places = np.arange(HALF_HOURS, dtype=np.uint8)
    stamps[:, 5] = places // 2
    stamps[:, 6] = places % 2 * 30
    return stamps


def age_of_clock(fields: CosemClock) -> int:
    """Return the age that a clock tells; without a deviation it is local time."""
    return age_of(fields.instant(ZONE_MINUTES))


class Calendar:
    """Which of the three rates each half-hour of the week belongs to, and of special days.

    Args:
        week: seven rows of 48 places of a rate, from Monday.
        special: day number -> 48 places of a rate.
    """

    __slots__ = ("masks", "special", "week")

    def __init__(
        self, week: Sequence[Sequence[int]], special: Mapping[int, Sequence[int]] | None = None
    ) -> None:
        self.week = np.array(week, np.int64)
        self.special = {day: np.array(rates) for day, rates in (special or {}).items()}
        self.masks = rate_masks(self.week)

    def rates(self, day: int) -> NDArray[np.int64]:
        """Return the rate of each half-hour of a day."""
        found = self.special.get(day)
        if found is not None:
            return found
        week: NDArray[np.int64] = self.week[day % 7]
        return week


def rate_masks(rates: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ones where a half-hour belongs to a rate; the rates are the last axis."""
    masks: NDArray[np.int64] = (rates[..., None] == np.arange(RATES)).astype(np.int64)
    return masks


@lru_cache(maxsize=8)
def delivered_week(on: date) -> tuple[tuple[int, ...], ...]:
    """Return the week by the time bands in force on a day, as meters are delivered with."""
    monday = on - timedelta(days=on.weekday())
    days = (monday + timedelta(days=place) for place in range(7))
    schedules = load_time_bands()
    return tuple(tuple(BANDS.index(band) for band in bands_of(schedules, day)) for day in days)
