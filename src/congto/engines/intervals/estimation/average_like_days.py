"""E-08: the mean of like days, until a register comes.

Condition: the registers do not say the sum, and there are at least 3 like days (2 for a holiday).
Value: x_k = mean over the like days of x_{d,k}, not scaled; temporary. Method 15.
Origin: AEMO method 15 (average like day); California VEE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import PARTS
from congto.engines.intervals.estimation.sources import LIKE_DAYS_MAX
from congto.vocabulary.intervals import DayType

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open

NEEDED = 3
NEEDED_ON_HOLIDAY = 2


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return the mean of the like days where there are enough of them."""
    like = known.sources.like_days
    if like is None:
        return Proposal.none(half_hours)
    row, day, half_hour = half_hours.row, half_hours.day, half_hours.half_hour
    total = np.zeros(len(row), np.int64)
    count = np.zeros(len(row), np.int64)
    for rank in range(LIKE_DAYS_MAX):
        value = like[row, day, rank, half_hour]
        total += np.where(value >= 0, value, 0)
        count += value >= 0
    holiday = np.array([one is DayType.HOLIDAY for one in known.span.day_types])
    needed = np.where(holiday, NEEDED_ON_HOLIDAY, NEEDED)[day]
    return Proposal(count >= needed, total * PARTS // np.maximum(count, 1))
