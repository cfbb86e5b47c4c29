"""Writes of deliveries: what doors call."""

from __future__ import annotations

from congto.office.intake.receiving import (
    load_days,
    load_delivered_events,
    load_half_hours,
    preview_days,
    preview_delivered_events,
    receive,
    settle,
)
from congto.office.intake.statistics import measure_day

__all__ = [
    "load_days",
    "load_delivered_events",
    "load_half_hours",
    "measure_day",
    "preview_days",
    "preview_delivered_events",
    "receive",
    "settle",
]
