"""Gaps of many meters at once: days with missing half-hours become ranges to be asked for.

A day's gaps are 48 bits, the lowest for 00:00. Runs that touch, also over midnight, are one range;
so are runs with a short hole between them: the rows asked for twice cost less than a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.vocabulary.intervals import HALF_HOURS, MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOLE_MAX = 6
"""Half-hours that are there already and are asked for again to spare a request."""
ZONE_HALF_HOURS = 14
"""Viet Nam is seven hours ahead of UTC."""
BITS = np.uint64(1) << np.arange(HALF_HOURS, dtype=np.uint64)
GAPS = {"device": pl.Int64(), "local_day": pl.Date(), "missing": pl.UInt64()}
"""One row per device and day that lacks a half-hour."""
RANGES = {
    "device": pl.Int64(),
    "begins": pl.Datetime("us", "UTC"),
    "ends": pl.Datetime("us", "UTC"),
}
"""One row per range, [begins, ends), of a device, rising."""


def packed(missing: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return rows of 48 as bits."""
    octets = np.packbits(missing, axis=1, bitorder="little")
    wide = np.zeros((len(octets), 8), np.uint8)
    wide[:, : octets.shape[1]] = octets
    return wide.view("<u8").ravel().astype(np.uint64)


def ranges_of(gaps: pl.DataFrame) -> pl.DataFrame:
    """Return what to ask of each device (RANGES) for the gaps (GAPS) it has."""
    rows = gaps.sort("device", "local_day")
    bits = (rows["missing"].to_numpy()[:, None] & BITS) != 0
    row, slot = np.nonzero(bits)
    device = rows["device"].to_numpy()[row]
    day = rows["local_day"].cast(pl.Int32).to_numpy().astype(np.int64)[row]
    place = day * HALF_HOURS + slot
    begins = np.ones(len(place), np.bool_)
    begins[1:] = (np.diff(place) > HOLE_MAX + 1) | (np.diff(device) != 0)
    ends = np.ones(len(place), np.bool_)
    ends[:-1] = begins[1:]
    return pl.DataFrame(
        {
            "device": device[begins],
            "begins": _microseconds(place[begins]),
            "ends": _microseconds(place[ends] + 1),
        }
    ).select(pl.col(name).cast(dtype) for name, dtype in RANGES.items())


def _microseconds(place: NDArray[np.int64]) -> NDArray[np.int64]:
    return (place - ZONE_HALF_HOURS) * (MINUTES * 60_000_000)
