"""Writes of deliveries: what doors call."""

from __future__ import annotations

from congto.office.intake.receiving import (
    begin_load,
    load_days,
    load_delivered_events,
    load_delivered_registers,
    load_half_hours,
    preview_days,
    preview_delivered_events,
    preview_delivered_registers,
    receive,
    settle,
)
from congto.office.intake.statistics import measure_day

__all__ = [
    "begin_load",
    "load_days",
    "load_delivered_events",
    "load_delivered_registers",
    "load_half_hours",
    "measure_day",
    "preview_days",
    "preview_delivered_events",
    "preview_delivered_registers",
    "receive",
    "settle",
]
