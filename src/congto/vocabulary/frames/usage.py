"""Frames into and out of the usage engine."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

METERED_REGISTERS = Frame(
    "metered_registers",
    "one row per agreement, usage point, meter and register in a period",
    {
        "agreement": pl.Int64(),
        "reading_book": pl.Int64(),
        "period_from": pl.Date(),  # the agreement's part of the period
        "period_to": pl.Date(),
        "usage_point": pl.Int64(),
        "register": pl.Int16(),  # vocabulary.groups.Register
        "three_rate": pl.Boolean(),
        "rollover": pl.Boolean(),  # the dial passed its last number
        "exchanged": pl.Boolean(),  # the meter hung there for a part of the period only
        "energy_wh": pl.Int64(),  # Wh, or varh of the reactive register; null: unknown
        "quality": pl.Int16(),
        "accepted": pl.Boolean(),
    },
)

USAGE = Frame(
    "usage",
    "one row per agreement and period",
    {
        "agreement": pl.Int64(),
        "reading_book": pl.Int64(),
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        "energy_wh": pl.Int64(),  # whole kWh; the sum of the bands where there are any
        "normal_wh": pl.Int64(),
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "reactive_varh": pl.Int64(),  # whole kvarh
        "quality": pl.Int16(),  # the weakest
        "flags": pl.Int16(),  # sum of vocabulary.quality.UsageFlag
    },
)

PRECEDING_USAGE = Frame(
    "preceding_usage",
    "one row per agreement and reading cycle before a meter stopped",
    {
        "agreement": pl.Int64(),
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        "energy_wh": pl.Int64(),
        "normal_wh": pl.Int64(),
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "reactive_varh": pl.Int64(),
    },
)

STOPPED_DAYS = Frame(
    "stopped_days",
    "one row per agreement whose energy is estimated",
    {
        "agreement": pl.Int64(),
        "days": pl.Int64(),  # local days without a meter that counts
    },
)

STOPPED_ENERGY = Frame(
    "stopped_energy",
    "one row per agreement with three known cycles",
    {
        "agreement": pl.Int64(),
        "energy_wh": pl.Int64(),  # whole kWh; the sum of the bands where there are any
        "normal_wh": pl.Int64(),
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "reactive_varh": pl.Int64(),  # whole kvarh
    },
)

BAND_WINDOWS = Frame(
    "band_windows",
    "one row per day of the week and time window; the windows of a day cover it without overlap",
    {
        "weekday": pl.Int8(),  # 1 Monday .. 7 Sunday
        "from_minute": pl.Int16(),  # minutes after 00:00 local
        "to_minute": pl.Int16(),  # exclusive; 1440 is the end of the day
        "band": pl.Int16(),  # Register.NORMAL, PEAK or OFF_PEAK
    },
)

INTERVAL_DAYS = Frame(
    "interval_days",
    "one row per usage point and local day",
    {
        "usage_point": pl.Int64(),
        "local_day": pl.Date(),
        "values": pl.List(pl.Int64()),  # 48 half-hours from 00:00, Wh; null: missing
    },
)

BAND_ENERGY = Frame(
    "band_energy",
    "one row per usage point and band",
    {
        "usage_point": pl.Int64(),
        "band": pl.Int16(),
        "energy_wh": pl.Int64(),
        "missing": pl.Int64(),  # half-hours of the band without a value; energy_wh lacks them
    },
)
