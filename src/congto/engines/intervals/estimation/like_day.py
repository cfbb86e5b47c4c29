"""E-09: one like day.

Condition: there are only one or two like days, or a day of the order table. Value: the nearest day
(`Sources.nearest`, chosen by the order table of Western Australia's method 14, see like_days), else
the most recent like day. Temporary unless the registers prove the sum. Method 14.
Origin: AEMO and Western Australia, method 14 (like day).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import PARTS
from congto.engines.intervals.estimation.sources import LIKE_DAYS_MAX
from congto.vocabulary.intervals import ABSENT

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return the value of the nearest day that has one."""
    row, day, half_hour = half_hours.row, half_hours.day, half_hours.half_hour
    value = np.full(len(row), ABSENT, np.int64)
    if known.sources.nearest is not None:
        value[:] = known.sources.nearest[row, day, half_hour]
    if known.sources.like_days is not None:
        for rank in range(LIKE_DAYS_MAX):
            like = known.sources.like_days[row, day, rank, half_hour]
            value = np.where(value >= 0, value, like)
    return Proposal(value >= 0, np.where(value >= 0, value * PARTS, 0))
