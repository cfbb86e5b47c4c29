"""Frames of stages 2 and 3: what is delivered, what is refused, what the checks read and find."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

ROW_ERRORS = Frame(
    "row_errors",
    "one row per thing wrong with one line of a delivered file",
    {
        "file": pl.String(),
        "line": pl.Int64(),  # 1 is the header of a CSV; of a Parquet file 1 is the first row
        "column": pl.String(),
        "found": pl.String(),  # a clause: "unit PB0099 is not known"
        "expected": pl.String(),
        "action": pl.String(),
    },
)

PERIOD_READS = Frame(
    "period_reads",
    "one row per meter at a usage point in a period and register it should have been read on",
    {
        "usage_point": pl.Int64(),
        "subject": pl.String(),  # code of the usage point
        "meter": pl.Int64(),
        "register": pl.Int16(),  # vocabulary.groups.Register
        "period_from": pl.Date(),  # when this meter's part of the period begins
        "period_to": pl.Date(),
        "three_rate": pl.Boolean(),
        "remote": pl.Boolean(),
        "dial_digits": pl.Int16(),  # whole kWh digits; the dial turns over at 10^digits kWh
        "decimals": pl.Int16(),
        "multiplier": pl.Int64(),
        "opening_wh": pl.Int64(),  # dial, before the multiplier; null: not read
        "closing_wh": pl.Int64(),
        "quality": pl.Int16(),  # the weaker of both reads; MISSING where one is absent
        "limit_kw": pl.Int64(),  # registered kW, of a network point rated kVA; null or 0: none
        "households": pl.Int64(),  # households behind a residential point; 0: not residential
        "time_of_use": pl.Boolean(),  # the agreement pays three prices
    },
)

REGISTER_ADVANCES = Frame(
    "register_advances",
    "as period_reads, with how far the register advanced",
    {
        **PERIOD_READS.columns,
        "rollover": pl.Boolean(),  # the dial passed its last number
        "energy_wh": pl.Int64(),  # advance x multiplier, Wh or varh; null: cannot be told
    },
)

JUDGED_ADVANCES = Frame(
    "judged_advances",
    "as register_advances, after the checks",
    {
        **REGISTER_ADVANCES.columns,
        "accepted": pl.Boolean(),  # no check rejects anything at this usage point
    },
)

PAST_MONTHS = Frame(
    "past_months",
    "one row per usage point, meter and month before the period, as far as both its ends were read",
    {
        "usage_point": pl.Int64(),
        "meter": pl.Int64(),
        "energy_wh": pl.Int64(),
        "days": pl.Int64(),
    },
)

INTERVAL_SUMS = Frame(
    "interval_sums",
    "one row per remotely read usage point and period, from its half-hours",
    {
        "usage_point": pl.Int64(),
        "subject": pl.String(),
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        "expected": pl.Int64(),  # half-hours the period has
        "present": pl.Int64(),  # half-hours with a value
        "negative": pl.Int64(),  # half-hours below zero
        "lowest_wh": pl.Int64(),
        "energy_wh": pl.Int64(),  # sum of the values present, primary side
    },
)

FINDINGS = Frame(
    "findings",
    "one row per rule, subject and period",
    {
        "rule": pl.String(),
        "severity": pl.String(),  # vocabulary.findings.Severity
        "subject": pl.String(),
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        "observed": pl.String(),
        "expected": pl.String(),
        "text": pl.String(),
    },
)
