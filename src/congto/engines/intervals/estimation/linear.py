"""E-04: a straight line over a short gap.

Condition: at most 2 hours (4 half-hours) are open in a row, and both neighbours were measured and
not during an outage. Value: x_k = x_a + (x_b - x_a) x (k - a) / (b - a). Method 17.
Origin: California VEE ("2 hours or less, use point-to-point linear interpolation"); AEMO method 17.
At the edge of the span the neighbour is the stored half-hour beside it (Oracle).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal, runs
from congto.engines.intervals.estimation.parts import PARTS

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open

LONGEST = 4
"""Half-hours: 2 hours."""


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return points of the line between the two neighbours."""
    gaps = runs(half_hours, known)
    both = (gaps.length <= LONGEST) & (gaps.left >= 0) & (gaps.right >= 0)
    applies = both[gaps.of]
    of = gaps.of[applies]
    step = half_hours.at[applies] - gaps.first[of] + 1
    rise = gaps.right[of] - gaps.left[of]
    parts = np.zeros(len(applies), np.int64)
    parts[applies] = gaps.left[of] * PARTS + rise * step * (PARTS // (gaps.length[of] + 1))
    return Proposal(applies, parts)
