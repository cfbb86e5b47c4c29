"""Usage: what billing needs to know of the meters."""

from congto.engines.usage.bands import split_bands
from congto.engines.usage.rounding import whole_kwh
from congto.engines.usage.stopped_meter import estimate
from congto.engines.usage.usage import determine

__all__ = ["determine", "estimate", "split_bands", "whole_kwh"]
