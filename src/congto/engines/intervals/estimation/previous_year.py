"""E-10: the same period of last year.

Condition: a like day of the same period last year is stored, and the use of the last 28 days and of
the same 28 days a year before is known. Value: last year's half-hour x (28 days now / then).
Temporary unless the registers prove the sum. Method 23.
Origin: AEMO methods 23 and 51.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import times_ratio
from congto.engines.intervals.estimation.sources import per_point

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return last year's values, brought to this year's level."""
    sources = known.sources
    if sources.last_year is None:
        return Proposal.none(half_hours)
    row = half_hours.row
    values = sources.last_year[row, half_hours.day, half_hours.half_hour].astype("int64")
    now, then = per_point(sources.recent_wh, row), per_point(sources.year_ago_wh, row)
    return Proposal(*times_ratio(values, now, then))
