"""Writes of deliveries: what doors call."""

from __future__ import annotations

from congto.office.intake.receiving import load_days, preview_days, receive, settle
from congto.office.intake.statistics import measure_day

__all__ = ["load_days", "measure_day", "preview_days", "receive", "settle"]
