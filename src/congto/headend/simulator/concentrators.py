"""What concentrators have of simulated meters: half-hours and registers of a day, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from congto.headend.simulator.calendars import (
    DAY_SECONDS,
    HALF_HOURS,
    INSTALLED_DAY,
    Calendar,
    delivered_week,
)
from congto.headend.simulator.dice import chance
from congto.headend.simulator.faults import Troubles
from congto.headend.simulator.meter import Meter
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from numpy.typing import NDArray

TROUBLES = ("late", "doubled", "twice", "reordered", "cut", "totals", "clock", "missing")
"""Faults of a concentrator's file.

late: it comes another day. doubled: it comes again under another name. twice: all rows stand twice
in it. reordered: rows stand by time. cut: it breaks off. totals: a total, or the number of rows, is
wrong. clock: the clock of its first meter is minutes off. missing: its first meter lacks hours.
"""


@dataclass(frozen=True, slots=True)
class ConcentratorPlan:
    """Which files to write.

    Attributes:
        meters: numbered from 1. seed: of meters and chance. size: meters of a concentrator.
        shares: fault -> share of the files.
    """

    meters: int
    seed: int
    size: int
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConcentratorDay:
    """What one concentrator has of a day.

    Attributes:
        number: of the concentrator, from 1. serials: of its meters.
        half_hours: Wh taken, Wh given, varh; (3, meters, 48).
        registers: total, normal, peak, off-peak, reactive at 00:00; (5, meters).
        dark: half-hours with a time without voltage; (meters, 48).
        faults: those that befall the file.
    """

    number: int
    day: date
    serials: list[str]
    half_hours: NDArray[np.int64]
    registers: NDArray[np.int64]
    dark: NDArray[np.bool_]
    faults: frozenset[str]


def fleet_days(plan: ConcentratorPlan, day: date) -> Iterator[ConcentratorDay]:
    """Yield what each concentrator has of a day.

    Raises:
        InvalidInputError: the day is before the meters were installed, or beyond what they know.
    """
    age = (day - INSTALLED_DAY).days
    if age < 0:
        raise InvalidInputError(
            f"day {day}", expected=f"a day from {INSTALLED_DAY} on, when the meters were installed"
        )
    calendar, none = Calendar(delivered_week(day)), Troubles(plan.seed)
    for number, first in enumerate(range(1, plan.meters + 1, plan.size), start=1):
        members = range(first, min(first + plan.size, plan.meters + 1))
        meters = [Meter(plan.seed, one, age * DAY_SECONDS, none, calendar) for one in members]
        days = [meter.half_hours(age * HALF_HOURS, HALF_HOURS) for meter in meters]
        stands = [meter.energies(age * DAY_SECONDS) for meter in meters]
        yield ConcentratorDay(
            number,
            day,
            [meter.serial for meter in meters],
            np.array([[one.import_wh, one.export_wh, one.reactive_varh] for one in days]).swapaxes(
                0, 1
            ),
            np.array([[one.total_wh, *one.rates, one.reactive_varh] for one in stands]).T,
            np.array([one.dark for one in days]),
            frozenset(
                name
                for place, name in enumerate(TROUBLES)
                if chance(plan.seed, 0xDC, place, number) < plan.shares.get(name, 0.0)
            ),
        )
