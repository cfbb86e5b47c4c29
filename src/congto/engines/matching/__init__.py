"""MATCHING: what was collected against what arrived."""

from congto.engines.matching.days import COLLECTED, CREDITED, SETTLED, settle_days
from congto.engines.matching.references import read_references
from congto.engines.matching.threeway import (
    CLASSED,
    CLASSED_CREDITS,
    CLASSED_DAYS,
    CREDITS,
    DUE,
    OURS,
    THEIRS,
    classify_credits,
    classify_days,
    classify_payments,
)

__all__ = [
    "CLASSED",
    "CLASSED_CREDITS",
    "CLASSED_DAYS",
    "COLLECTED",
    "CREDITED",
    "CREDITS",
    "DUE",
    "OURS",
    "SETTLED",
    "THEIRS",
    "classify_credits",
    "classify_days",
    "classify_payments",
    "read_references",
    "settle_days",
]
