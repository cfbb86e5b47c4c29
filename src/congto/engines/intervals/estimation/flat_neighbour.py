"""E-05: a short gap with one neighbour only.

Condition: at most 2 hours are open in a row, and one neighbour was measured and not during an
outage. Value: that neighbour. Method 117 (AEMO 17, flat). Origin: Oracle MDM ("flat load").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal, runs
from congto.engines.intervals.estimation.linear import LONGEST
from congto.engines.intervals.estimation.parts import PARTS

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return the one neighbour that is there (the left one, had E-04 left both)."""
    gaps = runs(half_hours, known)
    neighbour = np.where(gaps.left >= 0, gaps.left, gaps.right)
    applies = (gaps.length <= LONGEST) & (neighbour >= 0)
    return Proposal(applies[gaps.of], np.where(applies, neighbour * PARTS, 0)[gaps.of])
