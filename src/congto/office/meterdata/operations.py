"""Writes of readings, findings and usage: what runs and doors call."""

from __future__ import annotations

from congto.office.meterdata.aggregates import aggregate_day
from congto.office.meterdata.checks import check_period
from congto.office.meterdata.determinants import determine_points
from congto.office.meterdata.loading import load_intervals, load_register_reads
from congto.office.meterdata.usage import determine_part, determine_usage, usage_partitions
from congto.office.meterdata.vee_month import days_to_validate, measure_days, validate_days

__all__ = [
    "aggregate_day",
    "check_period",
    "days_to_validate",
    "determine_part",
    "determine_points",
    "determine_usage",
    "load_intervals",
    "load_register_reads",
    "measure_days",
    "usage_partitions",
    "validate_days",
]
