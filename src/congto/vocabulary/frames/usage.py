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
        "half_hours": pl.Boolean(),  # added up from half-hours; the meter has no such register
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

MONTH_HALF_HOURS = Frame(
    "month_half_hours",
    "one row per usage point, from the half-hours of its days in a period",
    {
        "usage_point": pl.Int64(),
        "period_from": pl.Date(),  # the point's part of the period
        "period_to": pl.Date(),
        "normal_wh": pl.Int64(),  # sums of the half-hours known; 0 where none is
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "present": pl.Int32(),  # half-hours with a value that may be used
        "measured": pl.Int32(),  # of these, read from the meter
        "estimated": pl.Int32(),
        "edited": pl.Int32(),  # by a person
        "quality": pl.Int16(),  # the weakest of the half-hours present; null: none
        "highest_wh": pl.Int64(),  # highest measured half-hour; null: none measured
        "highest_at": pl.Datetime("us"),  # when it began, local time; the first of equals
        "reactive_varh": pl.Int64(),
        "reactive_present": pl.Int32(),
        "not_validated": pl.Int32(),  # half-hours delivered and not yet judged
    },
)

POINT_REGISTERS = Frame(
    "point_registers",
    "one row per usage point, what its registers advanced in a period",
    {
        "usage_point": pl.Int64(),
        "total_wh": pl.Int64(),  # null: not read, or not accepted
        "normal_wh": pl.Int64(),
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "reactive_varh": pl.Int64(),
        "quality": pl.Int16(),  # the weakest read at either end
        "sum_tolerance_wh": pl.Int64(),  # half-hours against the register (V-10)
        "bands_tolerance_wh": pl.Int64(),  # three bands against the total (V-11)
    },
)

DETERMINANTS = Frame(
    "determinants",
    "one row per usage point and its part of a period",
    {
        "usage_point": pl.Int64(),
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        "days": pl.Int32(),
        "source": pl.Int8(),  # vocabulary.usage.Source of energy and bands
        "energy_wh": pl.Int64(),  # null: nothing is known
        "normal_wh": pl.Int64(),  # null: not measured by band
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "reactive_varh": pl.Int64(),  # null: not measured
        "demand_w": pl.Int64(),  # highest mean power of a measured half-hour; null: none
        "demand_at": pl.Datetime("us", "UTC"),  # when that half-hour began
        "power_factor_permille": pl.Int32(),
        "load_factor_permille": pl.Int32(),
        "half_hours": pl.Int32(),  # of the days
        "present": pl.Int32(),
        "measured": pl.Int32(),
        "estimated": pl.Int32(),
        "edited": pl.Int32(),
        "not_validated": pl.Int32(),  # delivered and not yet judged
        "coverage_permille": pl.Int32(),  # present of half_hours, cut
        "estimated_permille": pl.Int32(),  # estimated of present, up; null: none present
        "quality": pl.Int16(),  # the weakest of what energy_wh is made of
        "half_hours_wh": pl.Int64(),  # sum of the half-hours present
        "register_wh": pl.Int64(),
        "register_quality": pl.Int16(),  # the weakest read at either end
        "difference_wh": pl.Int64(),  # complete half-hours less register (V-10)
        "sum_tolerance_wh": pl.Int64(),
        "bands_difference_wh": pl.Int64(),  # total register less its three bands (V-11)
        "bands_tolerance_wh": pl.Int64(),
    },
)

GATED_POINTS = Frame(
    "gated_points",
    "one row per usage point whose bill is made from its half-hours: what the gate looks at",
    {
        "subject": pl.String(),  # code of the usage point
        "group": pl.String(),  # vocabulary.groups.CustomerGroup
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        **{
            name: DETERMINANTS.columns[name]
            for name in (
                "half_hours",
                "present",
                "estimated",
                "edited",
                "not_validated",
                "half_hours_wh",
                "register_wh",
                "register_quality",
                "difference_wh",
                "sum_tolerance_wh",
            )
        },
    },
)

CELLS = Frame(
    "cells",
    "one row per cell: the customer points of one class in one district at one element",
    {
        "cell": pl.Int64(),
        "points": pl.Int64(),
        "transformer": pl.Int64(),  # null: fed by the feeder itself
        "transformer_unit": pl.Int64(),
        "feeder": pl.Int64(),
        "feeder_unit": pl.Int64(),
        "district": pl.Int64(),
        "company": pl.Int64(),
        "customer_class": pl.String(),  # CustomerGroup; null: no price assigned
    },
)

CELL_HOURS = Frame(
    "cell_hours",
    "one row per cell and local hour of a day, or a part of it: rows of a cell and hour add up",
    {
        "cell": pl.Int64(),
        "hour": pl.Int8(),  # 0 to 23
        "energy_wh": pl.Int64(),  # of the half-hours present; 0 where none is
        "estimated_wh": pl.Int64(),  # the estimated part of it
        "present": pl.Int64(),
        "estimated": pl.Int64(),
    },
)

AGGREGATES = Frame(
    "aggregates",
    "one row per group of usage points and local hour, and one for the whole day",
    {
        "level": pl.String(),  # vocabulary.usage.Level
        "element": pl.Int64(),  # the transformer or feeder; null: not by the network
        "unit": pl.Int64(),  # the element's, the district, the company
        "customer_class": pl.String(),  # of level class; null otherwise
        "local_day": pl.Date(),
        "hour": pl.Int8(),  # 0 to 23; null: the whole day
        "points": pl.Int64(),
        "energy_wh": pl.Int64(),  # of the half-hours present; null: none is, never zero for that
        "estimated_wh": pl.Int64(),
        "half_hours": pl.Int64(),
        "present": pl.Int64(),
        "estimated": pl.Int64(),
        "coverage_permille": pl.Int32(),  # present of half_hours, cut
        "estimated_permille": pl.Int32(),  # estimated of present, up; null: none present
    },
)
