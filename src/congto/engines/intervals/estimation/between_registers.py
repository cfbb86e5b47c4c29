"""The days between two known registers that have to be completed together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Stretches(NamedTuple):
    """One entry per stretch: the point's row, its first day and how many days it has."""

    row: NDArray[np.intp]
    first: NDArray[np.intp]
    days: NDArray[np.intp]


def stretches(registers_known: NDArray[np.bool_], days_complete: NDArray[np.bool_]) -> Stretches:
    """Return the stretches between two neighbouring known registers with anything to estimate.

    A meter that was silent for five days is one stretch of five days: each of them alone has no
    register at one end or at both. Days before the first and after the last known register are in
    no stretch; they are estimated day by day until a register comes.

    Args:
        registers_known: at 00:00 of each day and at the end of the last one; (n, days + 1).
        days_complete: nothing is missing or rejected in the day; (n, days).
    """
    row, at = np.nonzero(registers_known)
    pair = np.flatnonzero(row[1:] == row[:-1])
    row, first, last = row[pair], at[pair], at[pair + 1]
    gaps = np.zeros(registers_known.shape, np.int64)
    gaps[:, 1:] = np.cumsum(~days_complete, axis=1)
    wanted = gaps[row, last] > gaps[row, first]
    return Stretches(row[wanted], first[wanted], (last - first)[wanted])
