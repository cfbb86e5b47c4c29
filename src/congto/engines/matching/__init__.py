"""MATCHING: what was collected against what arrived."""

from congto.engines.matching.codes import CODES, find_codes
from congto.engines.matching.days import COLLECTED, CREDITED, SETTLED, settle_days
from congto.engines.matching.pairing import ITEMS, KEYS, LINES, MATCHES, pair
from congto.engines.matching.references import read_references

__all__ = [
    "CODES",
    "COLLECTED",
    "CREDITED",
    "ITEMS",
    "KEYS",
    "LINES",
    "MATCHES",
    "SETTLED",
    "find_codes",
    "pair",
    "read_references",
    "settle_days",
]
