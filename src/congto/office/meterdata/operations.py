"""Writes of readings, findings and usage: what runs and doors call."""

from __future__ import annotations

from congto.office.meterdata.loading import load_intervals, load_register_reads

__all__ = ["load_intervals", "load_register_reads"]
