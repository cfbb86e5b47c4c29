"""E-06: the shape of like days, the size of the register.

Condition: both registers are known and there are at least 3 like days (2 for a holiday, whose like
days are the last two Sundays). Value: w_k = mean over the like days of x_{d,k}; E-99 then makes it
x_k = V x w_k / sum(w), V = (R1 - R0) x m - measured values. Method 24.
Origin: California VEE (average of selected reference days beyond 2 hours); AEMO method 24 (data
scaling); Elhub E001 (real total and historical profile).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import average_like_days
from congto.engines.intervals.estimation.gaps import Proposal

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return the mean of the like days, before it is scaled."""
    mean = average_like_days.propose(half_hours, known)
    proven = known.left_wh[half_hours.row] != ABSENT_WH
    return Proposal(mean.applies & proven, mean.parts)
