"""What stands for a half-hour that is missing or rejected: one file per method, E-01 to E-13, E-99.

`estimate` chooses for every half-hour the first method that applies and then, where registers are
known at both ends, makes the sum of all values equal the registers' difference to the last Wh.
Measured values are never touched, unless the register contradicts them (E-13).
"""

from __future__ import annotations

from congto.engines.intervals.estimation.estimate import (
    Estimated,
    estimate,
    estimate_span,
    incomplete,
)
from congto.engines.intervals.estimation.sources import Sources
from congto.engines.intervals.estimation.span import Span

__all__ = [
    "Estimated",
    "Sources",
    "Span",
    "estimate",
    "estimate_span",
    "incomplete",
]
