"""MATCHING: what was collected against what arrived."""

from congto.engines.matching.codes import CODES, find_codes
from congto.engines.matching.days import COLLECTED, CREDITED, SETTLED, settle_days
from congto.engines.matching.pairing import ITEMS, KEYS, LINES, MATCHES, pair
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
    "CODES",
    "COLLECTED",
    "CREDITED",
    "CREDITS",
    "DUE",
    "ITEMS",
    "KEYS",
    "LINES",
    "MATCHES",
    "OURS",
    "SETTLED",
    "THEIRS",
    "classify_credits",
    "classify_days",
    "classify_payments",
    "find_codes",
    "pair",
    "read_references",
    "settle_days",
]
