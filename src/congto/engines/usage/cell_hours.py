"""Half-hours of many points added up by cell and hour, with what is estimated and what is missing.

A cell is the smallest group that is added up: the customers of one class in one district at one
element of the network. All larger groups are sums of cells, so the points are gone through once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from congto.vocabulary.frames.usage import CELL_HOURS
from congto.vocabulary.intervals import ABSENT
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.usage.valid_day import ValidDay

HOURS = 24
ROWS_A_TIME = 16_384
"""Rows added up at a time: 3 MB of half-hours, near the core."""


class Masks(NamedTuple):
    """Which half-hours of some rows are present, and which of these are estimated; (m, 48)."""

    there: NDArray[np.bool_]
    guessed: NDArray[np.bool_]


def cell_hours(day: ValidDay, cells: NDArray[np.int64]) -> pl.DataFrame:
    """Add up a day of active energy by cell and hour: frame CELL_HOURS.

    Args:
        day: half-hours of some points; those missing or rejected are not added and not counted.
        cells: the cell of each of the day's points; (n,).
    """
    keys, place = np.unique(cells, return_inverse=True)
    energy, estimated_wh, present, estimated = np.zeros((4, len(keys), HOURS), np.int64)
    for start in range(0, len(place), ROWS_A_TIME):
        part = slice(start, start + ROWS_A_TIME)
        values, masks = day.values[part], _masks(day, start)
        _add(energy, place[part], np.where(masks.there, values, 0))
        _add(present, place[part], masks.there)
        rows = np.flatnonzero(masks.guessed.any(axis=1))
        if rows.size:
            guessed = masks.guessed[rows]
            _add(estimated_wh, place[part][rows], np.where(guessed, values[rows], 0))
            _add(estimated, place[part][rows], guessed)
    return CELL_HOURS.check(
        pl.DataFrame(
            {
                "cell": np.repeat(keys, HOURS),
                "hour": np.tile(np.arange(HOURS, dtype=np.int8), len(keys)),
                "energy_wh": energy.ravel(),
                "estimated_wh": estimated_wh.ravel(),
                "present": present.ravel(),
                "estimated": estimated.ravel(),
            }
        )
    )


def _masks(day: ValidDay, start: int) -> Masks:
    """Judge the half-hours of the rows from `start` on."""
    part = slice(start, start + ROWS_A_TIME)
    values, quality = day.values[part], day.quality[part][:, None]
    known = values != ABSENT
    there = known & (quality > Quality.REJECTED.value)
    guessed = there & (quality <= Quality.FINAL_ESTIMATED.value)
    first, end = np.searchsorted(day.mixed, (start, start + len(values)))
    rows, qualities = day.mixed[first:end] - start, day.qualities[first:end]
    there[rows] = known[rows] & (qualities > Quality.REJECTED.value)
    guessed[rows] = there[rows] & (qualities <= Quality.FINAL_ESTIMATED.value)
    return Masks(there, guessed)


def _add(
    totals: NDArray[np.int64], place: NDArray[np.intp], halves: NDArray[np.int32 | np.bool_]
) -> None:
    """Add half-hours, two to the hour, to the totals of their places."""
    hours = halves[:, 0::2].astype(np.int64) + halves[:, 1::2]
    if np.any(place[1:] < place[:-1]):
        order = np.argsort(place, kind="stable")
        place, hours = place[order], hours[order]
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    totals[place[starts]] += np.add.reduceat(hours, starts, axis=0)
