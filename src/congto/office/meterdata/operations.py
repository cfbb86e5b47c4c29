"""Writes of readings, findings and usage: what runs and doors call."""

from __future__ import annotations

from congto.office.meterdata.checks import check_period
from congto.office.meterdata.loading import load_intervals, load_register_reads
from congto.office.meterdata.usage import determine_part, determine_usage, usage_partitions

__all__ = [
    "check_period",
    "determine_part",
    "determine_usage",
    "load_intervals",
    "load_register_reads",
    "usage_partitions",
]
