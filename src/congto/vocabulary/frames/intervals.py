"""Frames of half-hours: as delivered, as validated, what is found and what is remembered."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

RAW_DAYS = Frame(
    "raw_days",
    "one row per usage point, channel, local day and delivery that changed something",
    {
        "usage_point": pl.Int64(),
        "channel": pl.Int8(),  # vocabulary.intervals.Channel
        "local_day": pl.Date(),
        "values": pl.List(pl.Int32()),  # 48 half-hours from 00:00, Wh or varh; null: missing
        "status": pl.List(pl.UInt8()),  # vocabulary.intervals.Status; null: no bit in the day
        "source": pl.Int8(),  # vocabulary.intervals.SourceRank
        "version": pl.Int16(),
        "known_at": pl.Datetime("us", "UTC"),
    },
)

VALIDATED_DAYS = Frame(
    "validated_days",
    "one row per usage point, channel, local day and version; the highest version is current",
    {
        "usage_point": pl.Int64(),
        "channel": pl.Int8(),
        "local_day": pl.Date(),
        "values": pl.List(pl.Int32()),  # null: neither measured nor estimated
        "qualities": pl.List(pl.UInt8()),  # vocabulary.quality.Quality; null: all as `quality`
        "methods": pl.List(pl.UInt8()),  # vocabulary.intervals.Method; null: none estimated
        "reasons": pl.List(pl.UInt32()),  # sum of reason_bit(rule); null: no rule spoke
        "quality": pl.Int16(),  # the weakest of the day
        "day_wh": pl.Int64(),  # sum of the values; null where one is missing
        "raw_version": pl.Int16(),  # the delivery it was made from; 0: edited by a person
        "version": pl.Int16(),
        "known_at": pl.Datetime("us", "UTC"),
    },
)

DAY_FINDINGS = Frame(
    "day_findings",
    "one row per rule, usage point, channel, local day and run of half-hours",
    {
        "rule": pl.String(),  # V-01 to V-26
        "action": pl.String(),  # vocabulary.intervals.Action
        "usage_point": pl.Int64(),
        "channel": pl.Int8(),
        "local_day": pl.Date(),
        "first": pl.Int8(),  # first half-hour, 0 to 47
        "last": pl.Int8(),  # last half-hour, included
        "observed": pl.Int64(),  # in the unit of the rule, mostly Wh
        "expected": pl.Int64(),
    },
)

POINT_HISTORY = Frame(
    "point_history",
    "one row per usage point, channel, local day and version: what is remembered after the day",
    {
        "usage_point": pl.Int64(),
        "channel": pl.Int8(),
        "local_day": pl.Date(),  # the last day remembered
        **{f"days_{kind}": pl.Int16() for kind in range(4)},  # by vocabulary.intervals.DayType
        **{f"mean_wh_{kind}": pl.Int64() for kind in range(4)},
        **{f"deviation_wh_{kind}": pl.Int64() for kind in range(4)},
        "highest_wh": pl.Int32(),
        "zero_permille": pl.Int16(),
        "zero_days": pl.Int16(),
        "estimated_days": pl.Int16(),
        "recent_wh": pl.Int32(),  # engines.intervals.block.History says what these three are
        "recent_days": pl.Int8(),
        "zero_ppm": pl.Int32(),
        "version": pl.Int16(),
    },
)
