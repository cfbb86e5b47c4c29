"""From measured fractions of a watt-hour to whole ones, without losing any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WholeWattHours:
    """Cumulative rounding: round the running total, hand out its differences.

    Three half-hours of 0.4 Wh run to 0.4, 0.8, 1.2; rounded totals 0, 1, 1; handed out 0, 1, 0.
    So any number of intervals adds up to the rounded total, as a register would show it, and no
    interval is off by 1 Wh or more. Totals are rounded half to even (numpy.rint).
    """

    def __init__(self, count: int) -> None:
        self._total = np.zeros(count)
        self.counted = np.zeros(count, dtype=np.int64)

    def add(self, watt_hours: NDArray[np.float64]) -> NDArray[np.int64]:
        """Take a row per half-hour and a column per meter; return whole Wh in the same shape."""
        running = self._total + np.cumsum(watt_hours, axis=0)
        totals = np.rint(running).astype(np.int64)
        steps = np.diff(totals, axis=0, prepend=self.counted[None, :])
        self._total, self.counted = running[-1], totals[-1]
        return steps
