"""E-13: the register says less than the half-hours that were measured.

Condition: V = (R1 - R0) x m - measured values is negative, in a span that has something to
estimate. The two cannot both be right, and the register counts (V-10): the span's values are
rejected too and the whole of it is estimated, as E-06 or E-07. Half-hours without supply stay 0.
Origin: V-10 (sum check of California and Oracle) applied to a day with gaps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.engines.intervals.block import ABSENT_WH

if TYPE_CHECKING:
    from congto.engines.intervals.estimation.span import Span


def reject(span: Span) -> Span:
    """Return the span without the measured values that the register contradicts."""
    gap = ~span.usable.all(axis=1)
    negative = gap & (span.total_wh != ABSENT_WH) & (span.total_wh < span.measured_wh())
    return replace(span, usable=span.usable & ~negative[:, None]) if negative.any() else span
