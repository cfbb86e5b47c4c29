"""How far the register advanced over the day: the witness of its half-hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.block import PointFacts

WH_PER_KWH = 1000


def dial_wh(facts: PointFacts) -> NDArray[np.int64]:
    """Return where each dial starts again from zero, Wh before the multiplier; 10^digits kWh."""
    return WH_PER_KWH * 10 ** facts.dial_digits.astype(np.int64)


def resolution_wh(facts: PointFacts) -> NDArray[np.int64]:
    """Return the last digit of each dial in Wh before the multiplier: 2 decimals -> 10."""
    return WH_PER_KWH // 10 ** facts.decimals.astype(np.int64)


def read_step_wh(facts: PointFacts, *reads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the step in which reads were told, Wh on the primary side: 2 decimals, x 20 -> 200.

    The last digit of the dial, times the multiplier; finer where a read shows more than the dial:
    12,345 Wh was not read from a dial of whole kWh.

    Args:
        facts: of the points.
        reads: both ends, or an advance, Wh before the multiplier; ABSENT_WH says nothing.
    """
    step = resolution_wh(facts)
    for _ in range(3):  # 1,000, 100, 10, 1 Wh
        finer = np.zeros(len(step), np.bool_)
        for read in reads:
            finer |= (read != ABSENT_WH) & (read % step != 0)
        step = np.where(finer, step // 10, step)
    return step * facts.multiplier


def both_read(facts: PointFacts) -> NDArray[np.bool_]:
    """Return where the register was read at both ends of the day."""
    read: NDArray[np.bool_] = (facts.opening_wh != ABSENT_WH) & (facts.closing_wh != ABSENT_WH)
    return read


def rolled_over(
    old_wh: NDArray[np.int64], new_wh: NDArray[np.int64], dial: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return where a smaller number is a dial that passed its last one (rule V-07).

    It stood above 0.9 x 10^d and stands below 0.1 x 10^d.
    """
    rolled: NDArray[np.bool_] = (old_wh * 10 > dial * 9) & (new_wh * 10 < dial)
    return rolled


def advance_wh(facts: PointFacts) -> NDArray[np.int64]:
    """Return the energy by the register, Wh on the primary side; (n,).

    (closing - opening) x multiplier, a dial that rolled over counted on. ABSENT_WH where a read is
    missing or the register went backwards.
    """
    old, new = facts.opening_wh, facts.closing_wh
    dial, read = dial_wh(facts), both_read(facts)
    forwards = read & (new >= old)
    rolled = read & ~forwards & rolled_over(old, new, dial)
    step = np.where(forwards | rolled, new, 0) - np.where(forwards | rolled, old, 0)
    energy = (step + np.where(rolled, dial, 0)) * facts.multiplier
    return np.where(forwards | rolled, energy, ABSENT_WH)
