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
        highest_wh, slot: the highest measured half-hour and the first at which it was reached;
            ABSENT where none was measured; (n,).
    """

    band_wh: NDArray[np.int64]
    present: NDArray[np.int8]
    measured: NDArray[np.int8]
    estimated: NDArray[np.int8]
    edited: NDArray[np.int8]
    quality: NDArray[np.int8]
    highest_wh: NDArray[np.int32]
    slot: NDArray[np.int8]


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


def _of_one_quality(
    values: NDArray[np.int32], quality: NDArray[np.uint8], bands: Sequence[Register]
) -> DayFigures:
    """Return the figures of rows whose values share a quality."""
    band_wh, present = _sums(values, runs(bands))
    highest, slot = _highest(values)
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
        np.where(present > 0, quality, NO_QUALITY).astype(np.int8),
        np.where(measured, highest, ABSENT).astype(np.int32),
        slot,
    )


def _of_each_quality(
    values: NDArray[np.int32], qualities: NDArray[np.uint8], bands: Sequence[Register]
) -> DayFigures:
    """Return the figures of rows whose values differ in quality."""
    there = (values != ABSENT) & (qualities > Quality.REJECTED.value)
    measured = there & (qualities >= Quality.MEASURED_SUSPECT.value)
    edited = there & (qualities == Quality.EDITED.value)
    band_wh, present = _sums(np.where(there, values, ABSENT), runs(bands))
    highest, slot = _highest(np.where(measured, values, ABSENT))
    return DayFigures(
        band_wh,
        present,
        _count(measured),
        _count(there & ~measured & ~edited),
        _count(edited),
        np.where(there, qualities, NO_QUALITY).min(axis=1).astype(np.int8),
        highest,
        slot,
    )


def _sums(
    values: NDArray[np.int32], of: Sequence[Run]
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Add up rows by runs of half-hours; return the sums (3, n) and how many were present (n,)."""
    added = np.zeros((len(BANDS), len(values)), np.int64)
    present = np.full(len(values), HALF_HOURS, np.int8)
    for start in range(0, len(values), ROWS_A_TURN):
        part = slice(start, start + ROWS_A_TURN)
        turned = values[part].T.copy()
        lowest = turned.min()
        if lowest == ABSENT:
            known = turned != ABSENT
            turned *= known
            present[part] = known.sum(axis=0)
            lowest = turned.min()
        narrow = turned.max() <= SAFE and lowest >= -SAFE
        dtype = np.int32 if narrow else np.int64
        for band, first, end in of:
            added[band, part] += turned[first:end].sum(axis=0, dtype=dtype)
    return added, present


def _highest(values: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Return the highest value of each row, ABSENT of none, and the first place that has it."""
    slot = values.argmax(axis=1)
    return values[np.arange(len(values)), slot], slot.astype(np.int8)


def _count(which: NDArray[np.bool_]) -> NDArray[np.int8]:
    counts: NDArray[np.int8] = which.sum(axis=1).astype(np.int8)
    return counts
