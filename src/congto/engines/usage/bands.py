"""Half-hours by time band: which band each of a day's 48 is paid by."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from congto.vocabulary.groups import BAND_CODES, Register
from congto.vocabulary.prices import schedule_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.vocabulary.prices import TimeBandSchedule

BANDS = (Register.NORMAL, Register.PEAK, Register.OFF_PEAK)
"""The bands in the order of the columns normal_wh, peak_wh, off_peak_wh."""


class Run(NamedTuple):
    """Half-hours from `first` up to `end`, not included, of one band: its place in BANDS."""

    band: int
    first: int
    end: int


def bands_of(schedules: Sequence[TimeBandSchedule], day: date) -> tuple[Register, ...]:
    """Return the band of each half-hour of a local day, by the schedule in force on it.

    A half-hour belongs to the window in which it starts; the windows of Viet Nam begin and end on
    half-hours (tariffs 2.1). Sunday has no peak; a public holiday counts as the weekday it falls on
    (inference: no source names holidays). Raises NotInForceError before the first schedule.
    """
    schedule = schedule_on(tuple(schedules), day)
    return tuple(BAND_CODES[band] for band in schedule.bands(day.isoweekday()))


def runs(bands: Sequence[Register]) -> list[Run]:
    """Cut a day into runs of one band, in the order of time."""
    found = []
    for band, places in groupby(range(len(bands)), key=lambda place: bands[place]):
        slots = list(places)
        found.append(Run(BANDS.index(band), slots[0], slots[-1] + 1))
    return found
