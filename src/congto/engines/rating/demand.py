"""Which demand decides whether a buyer pays for reactive power."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

CYCLES = 3


def demand_that_counts(registered_kw: Decimal, peaks_kw: Sequence[Decimal], from_kw: int) -> int:
    """Return the kW to test against the limit: what is registered, or what was really used.

    Registered under 40 kW but an actual maximum of 40 kW or more in each of the last three
    cycles: the buyer pays from the next cycle (TT 15/2014/TT-BCT). 30 kW and maxima of 41, 44, 40
    -> 40; 41, 39, 44 -> 30.
    """
    last = list(peaks_kw)[-CYCLES:]
    if registered_kw < from_kw and len(last) == CYCLES and min(last) >= from_kw:
        return int(min(last))
    return int(registered_kw)
