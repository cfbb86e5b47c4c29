"""Usage: what billing needs to know of the meters."""

from congto.engines.usage.aggregates import aggregates
from congto.engines.usage.bands import bands_of
from congto.engines.usage.cell_hours import cell_hours
from congto.engines.usage.determinants import point_determinants
from congto.engines.usage.gate import check_gate
from congto.engines.usage.month import Month
from congto.engines.usage.rounding import whole_kwh
from congto.engines.usage.stopped_meter import estimate
from congto.engines.usage.usage import determine
from congto.engines.usage.valid_day import ValidDay

__all__ = [
    "Month",
    "ValidDay",
    "aggregates",
    "bands_of",
    "cell_hours",
    "check_gate",
    "determine",
    "estimate",
    "point_determinants",
    "whole_kwh",
]
