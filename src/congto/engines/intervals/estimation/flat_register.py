"""E-07: only the registers are known.

Condition: both registers are known, and no like day and no last year ("no history": E-06, E-09 and
E-10 have been tried). Value: x_k = V / count(open), a flat line. Method 124 (AEMO 24, flat).
Origin: Itron Analytics (flat line); Elhub E002.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import PARTS

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return what is left to distribute, in equal parts over the half-hours with supply."""
    span, row = known.span, half_hours.row
    count = (~span.usable & ~span.unsupplied()).sum(axis=1)
    left = known.left_wh[row]
    applies = left != ABSENT_WH
    return Proposal(applies, np.where(applies, left, 0) * PARTS // np.maximum(count, 1)[row])
