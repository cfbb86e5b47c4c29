"""What a fleet has, worked out from the simulation itself, beside what was read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.simulator.calendars import HALF_HOUR_SECONDS, age_of, instant_of
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.objects import LOAD_DAYS
from congto.headend.simulator.profiles import load_ages
from congto.interfaces.bench.headend.meters import BEGIN, END, NOW, fleet_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from congto.headend.profiles.readout import Readout
    from congto.headend.simulator.meter import Meter

ages_of = load_ages(LOAD_DAYS * 48)


class Compared(NamedTuple):
    """Meters and half-hours that exist and that were read with their true values."""

    readable: int
    complete: int
    of_wrong_key: int
    half_hours: int
    half_hours_read: int


def compare(
    count: int, seed: int, faults: Mapping[Trouble, float], readouts: Mapping[int, Readout]
) -> Compared:
    """Compare each half-hour read with the one that the meter measured.

    A meter with another key than the shipment says has nothing that may be read.
    """
    fleet = fleet_of(count, seed, faults)
    readable = complete = of_wrong_key = existing = right = 0
    for number in range(1, count + 1):
        if fleet.troubles.has(Trouble.WRONG_KEY, number):
            of_wrong_key += 1
            continue
        meter = fleet.meter(number)
        assert meter is not None  # its number is one of the fleet's
        measured = half_hours_of(meter)
        read = readouts.get(number)
        told = {}
        if read is not None and read.half_hours is not None:
            told = dict(zip(read.half_hours.begins, read.half_hours.values[0], strict=True))
        same = sum(told.get(begins) == value for begins, value in measured.items())
        readable += 1
        existing += len(measured)
        right += same
        complete += same == len(measured) == len(told)
    return Compared(readable, complete, of_wrong_key, existing, right)


def half_hours_of(meter: Meter) -> dict[datetime, int]:
    """Return the half-hours of the day read that are in the meter: begin -> Wh taken."""
    begin, end = age_of(BEGIN), age_of(END)
    first = begin // HALF_HOUR_SECONDS
    values = meter.half_hours(first, (end - begin) // HALF_HOUR_SECONDS).import_wh.tolist()
    return {
        instant_of(age - HALF_HOUR_SECONDS): values[age // HALF_HOUR_SECONDS - 1 - first]
        for age in ages_of(meter, age_of(NOW)).tolist()
        if begin < age <= end
    }
