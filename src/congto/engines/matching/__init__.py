"""MATCHING: what was collected against what arrived."""

from congto.engines.matching.days import COLLECTED, CREDITED, SETTLED, settle_days
from congto.engines.matching.references import read_references

__all__ = ["COLLECTED", "CREDITED", "SETTLED", "read_references", "settle_days"]
