"""E-03: the meter's relay was open.

Condition: the relay is confirmed open for the whole day. Value: 0. Method 19.
Origin: AEMO method 19 (zero).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return 0 where the relay was open."""
    is_open = known.span.relay_open[half_hours.row, half_hours.day]
    return Proposal(is_open, np.zeros(len(half_hours.at), np.int64))
