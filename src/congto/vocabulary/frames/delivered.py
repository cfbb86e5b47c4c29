"""Half-hours as a file states them, before the books know its points and meters."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

DELIVERED_DAYS = Frame(
    "delivered_days",
    "one row per usage point, meter, channel and local day of a delivered file",
    {
        "line": pl.Int64(),  # where it stands in the file; 1 is the first
        "usage_point": pl.String(),  # code
        "meter": pl.String(),  # serial number; null: the file names none
        "channel": pl.Int8(),  # vocabulary.intervals.Channel
        "local_day": pl.Date(),
        "values": pl.List(pl.Int32()),  # 48 half-hours from 00:00, Wh or varh; null: missing
        "status": pl.List(pl.UInt8()),  # vocabulary.intervals.Status; null: no bit in the day
        "qualities": pl.List(pl.UInt8()),  # vocabulary.quality.Quality; null: all measured
        "methods": pl.List(pl.UInt8()),  # vocabulary.intervals.Method; null: none estimated
        "reasons": pl.List(pl.UInt8()),  # reason codes of AEMO's NEM12; null: none
        "unit": pl.String(),  # as the file says it: "kWh"
        "multiplier": pl.Int64(),  # CT x VT that the file says is in the values; null: not said
    },
)
