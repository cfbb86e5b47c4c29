"""Estimates before rounding: whole parts of a Wh, so that a mean keeps its fractions exactly.

60 is the least number that 1 to 5 divide: the mean of up to four like days and a line over up to
four half-hours are whole parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = 60
MOST_WH = 2**31 - 1
"""The most a half-hour can carry."""

RATIO_BITS = 24


def whole_wh(parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Round parts (never negative) to whole Wh, halves up: 89 -> 1, 90 -> 2."""
    return (parts + PARTS // 2) // PARTS


def bits(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many binary digits each number has, at most one too many; 0 has none."""
    exponents: NDArray[np.int32] = np.frexp(numbers.astype(np.float64))[1]
    return exponents.astype(np.int64)


def times_ratio(
    values_wh: NDArray[np.int64], over: NDArray[np.int64], under: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return where values x over / under can be told, and it in parts, halves up.

    It can where no number is negative (so none is absent), under is not 0 and the result fits a
    half-hour. Both sides of the ratio lose the same low digits until they have 24: a change
    of less than 1 in 8 million, in a number that is estimated anyway, and no product overflows.
    """
    told = (values_wh >= 0) & (over >= 0) & (under > 0)
    spare = np.maximum(bits(np.where(told, np.maximum(over, under), 0)) - RATIO_BITS, 0)
    above, below = np.where(told, over, 0) >> spare, np.where(told, under, 1) >> spare
    told &= below > 0
    below = np.maximum(below, 1)
    parts = (np.where(told, values_wh, 0) * PARTS * above + below // 2) // below
    told &= parts <= MOST_WH * PARTS
    return told, np.where(told, parts, 0)
