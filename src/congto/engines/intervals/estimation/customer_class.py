"""E-11: nothing is known of the customer but the class.

Condition: none of the methods before applies, and the class has a load profile. Value: class load
profile x mean daily use of the class, that is, the half-hour of the mean customer on such a day
(`Sources.class_days`). Temporary. Method 57.
Origin: AEMO method 57 (customer class); Elhub (assumed annual consumption).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import PARTS

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return the half-hours of the mean customer of the class."""
    days = known.sources.class_days
    if days is None:
        return Proposal.none(half_hours)
    day_type = np.array([int(one) for one in known.span.day_types])[half_hours.day]
    classes = known.span.customer_class[half_hours.row]
    value = days[classes, day_type, half_hours.half_hour].astype(np.int64)
    return Proposal(value >= 0, np.where(value >= 0, value * PARTS, 0))
