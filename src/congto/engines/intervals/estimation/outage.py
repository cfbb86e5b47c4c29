"""E-02: power was down.

Condition: an outage event (power-down to power-up, from the event log) covers the half-hour.
Value: 0. Method 19. Origin: AEMO method 19; the half-hour is no end point of a line either
(California VEE: "intervals containing a power failure cannot be used as end points").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return 0 where the event log tells of an outage."""
    outage = known.span.outage
    if outage is None:
        return Proposal.none(half_hours)
    return Proposal(outage[half_hours.row, half_hours.at], np.zeros(len(half_hours.at), np.int64))
