"""Chance that is the same again: numbers made of a seed and what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MASK = 0xFFFF_FFFF_FFFF_FFFF
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def dice(*parts: int) -> int:
    """Return 64 bits that depend on every part (splitmix64, G. Steele and others, 2014)."""
    value = 0
    for part in parts:
        value = ((value ^ part) + _STEP) & MASK
        value = ((value ^ (value >> 30)) * _FIRST) & MASK
        value = ((value ^ (value >> 27)) * _SECOND) & MASK
        value ^= value >> 31
    return value


def chance(*parts: int) -> float:
    """Return a number from 0 up to 1, not included."""
    return (dice(*parts) >> 11) / (1 << 53)


def many_dice(seed: int, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return 64 bits for each number of a column, as `dice(seed, number)` does."""
    value = (numbers.astype(np.uint64) ^ np.uint64(dice(seed))) + np.uint64(_STEP)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(_FIRST)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(_SECOND)
    return value ^ (value >> np.uint64(31))
