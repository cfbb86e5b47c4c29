"""E-01: a check meter or second channel measured the half-hour.

Condition: it has a value, and both meters have sums over the last 7 days common to them.
Value: check value x (main sum / check sum) of these days, so that a steady difference between the
two is kept. Method 11. Origin: AEMO method 11; Elexon BSCP502 (main and check meter first).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import times_ratio
from congto.engines.intervals.estimation.sources import per_point

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return the check meter's values, brought to the main meter's level."""
    sources = known.sources
    if sources.check is None:
        return Proposal.none(half_hours)
    row = half_hours.row
    values = sources.check[row, half_hours.at].astype("int64")
    main, check = per_point(sources.main_wh, row), per_point(sources.check_wh, row)
    return Proposal(*times_ratio(values, main, check))
