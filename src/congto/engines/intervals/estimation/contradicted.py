"""E-13: the register says less than the half-hours that were measured.

Condition: V = (R1 - R0) x m - measured values is negative by at least one step of the dial, in a
span that has something to estimate. The two cannot both be right, and the register counts (V-10):
the span's values are rejected too and the whole of it is estimated, as E-06 or E-07. Half-hours
without supply stay 0. Negative by less than a step is no contradiction: the dial cuts what it shows
(docs/decisions/0017); then V counts as 0 and what was measured stays.
Origin: V-10 (sum check of California and Oracle) applied to a day with gaps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.span import Span


def reject(span: Span) -> Span:
    """Return the span without the measured values that the register contradicts."""
    gap = ~span.usable.all(axis=1)
    negative = gap & span.contradicted()
    return replace(span, usable=span.usable & ~negative[:, None]) if negative.any() else span
