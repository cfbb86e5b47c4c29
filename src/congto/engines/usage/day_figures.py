"""What a day adds to a month: sums by band, counts by quality, the highest half-hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.usage.bands import BANDS, runs
from congto.vocabulary.intervals import ABSENT, HALF_HOURS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from congto.engines.usage.bands import Run
    from congto.engines.usage.valid_day import ValidDay
    from congto.vocabulary.groups import Register

NO_QUALITY = 127
"""Weaker of nothing: no half-hour is present."""

ROWS_A_TURN = 4096
"""Rows turned on their side at a time: 786 kB, which stay in the core's cache. Turned, half-hours
are added as whole columns, 2.4 times as fast as along rows of 48."""

SAFE = (2**31 - 1) // HALF_HOURS
"""48 half-hours below this (44 MWh each) add up in 32 bits."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Figures of one day; row i speaks of the day's point i.

    Attributes:
        band_wh: sums of the half-hours present, in the order of BANDS; (3, n).
        present, measured, estimated, edited: half-hours; (n,).
        quality: the weakest of those present, NO_QUALITY where none is; (n,).
        highest_wh: the highest measured half-hour; ABSENT where none was measured; (n,).
    """

    band_wh: NDArray[np.int64]
    present: NDArray[np.int8]
    measured: NDArray[np.int8]
    estimated: NDArray[np.int8]
    edited: NDArray[np.int8]
    quality: NDArray[np.int8]
    highest_wh: NDArray[np.int32]


def figures(day: ValidDay, bands: Sequence[Register]) -> DayFigures:
    """Return the figures of a day.

    A half-hour without a value, or with one that is missing or rejected by its quality, is not
    present: it is neither added nor taken for zero. Demand is read from measured half-hours only:
    an estimate or a person's figure never makes a peak (complaints of false peaks, meterdata 6).
    """
    plain = _of_one_quality(day.values, day.quality, bands)
    if day.mixed.size:
        exact = _of_each_quality(day.values[day.mixed], day.qualities, bands)
        for name in DayFigures.__slots__:
            getattr(plain, name)[..., day.mixed] = getattr(exact, name)
    return plain


def slots(day: ValidDay, rows: NDArray[np.intp], highest: NDArray[np.int32]) -> NDArray[np.int8]:
    """Return at which half-hour some rows of a day first measured their highest value.

    Args:
        day: the day.
        rows: rising; each has a measured half-hour.
        highest: the highest measured value of each of these rows.
    """
    reached = day.values[rows] == highest[:, None]
    if day.mixed.size:
        place = np.minimum(np.searchsorted(day.mixed, rows), day.mixed.size - 1)
        mixed = day.mixed[place] == rows
        measured = day.qualities[place[mixed]] >= Quality.MEASURED_SUSPECT.value
        reached[mixed] &= measured
    first: NDArray[np.int8] = reached.argmax(axis=1).astype(np.int8)
    return first


def _of_one_quality(
    values: NDArray[np.int32], quality: NDArray[np.uint8], bands: Sequence[Register]
) -> DayFigures:
    """Return the figures of rows whose values share a quality."""
    band_wh, present, highest = _sums(values, runs(bands))
    usable = quality > Quality.REJECTED.value
    if not usable.all():
        present *= usable
        band_wh *= usable
    measured = quality >= Quality.MEASURED_SUSPECT.value
    edited = quality == Quality.EDITED.value
    return DayFigures(
        band_wh,
        present,
        present * measured,
        present * ~(measured | edited),
        present * edited,
        np.where(present > 0, quality, np.uint8(NO_QUALITY)).astype(np.int8),
        np.where(measured, highest, np.int32(ABSENT)),
    )


def _of_each_quality(
    values: NDArray[np.int32], qualities: NDArray[np.uint8], bands: Sequence[Register]
) -> DayFigures:
    """Return the figures of rows whose values differ in quality."""
    there = (values != ABSENT) & (qualities > Quality.REJECTED.value)
    measured = there & (qualities >= Quality.MEASURED_SUSPECT.value)
    edited = there & (qualities == Quality.EDITED.value)
    band_wh, present, _ = _sums(np.where(there, values, ABSENT), runs(bands))
    return DayFigures(
        band_wh,
        present,
        _count(measured),
        _count(there & ~measured & ~edited),
        _count(edited),
        np.where(there, qualities, NO_QUALITY).min(axis=1).astype(np.int8),
        np.where(measured, values, ABSENT).max(axis=1),
    )


def _sums(
    values: NDArray[np.int32], of: Sequence[Run]
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int32]]:
    """Add up rows by runs of half-hours.

    Returns the sums (3, n), how many were present (n,) and the highest, ABSENT of none (n,).
    """
    added = np.zeros((len(BANDS), len(values)), np.int64)
    present = np.full(len(values), HALF_HOURS, np.int8)
    highest = np.empty(len(values), np.int32)
    for start in range(0, len(values), ROWS_A_TURN):
        part = slice(start, start + ROWS_A_TURN)
        turned = values[part].T.copy()
        turned.max(axis=0, out=highest[part])
        lowest = turned.min()
        if lowest == ABSENT:
            known = turned != ABSENT
            turned *= known
            present[part] = known.sum(axis=0)
            lowest = turned.min()
        narrow = highest[part].max() <= SAFE and lowest >= -SAFE
        dtype = np.int32 if narrow else np.int64
        for band, first, end in of:
            added[band, part] += turned[first:end].sum(axis=0, dtype=dtype)
    return added, present, highest


def _count(which: NDArray[np.bool_]) -> NDArray[np.int8]:
    counts: NDArray[np.int8] = which.sum(axis=1).astype(np.int8)
    return counts
