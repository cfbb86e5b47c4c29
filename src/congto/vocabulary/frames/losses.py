"""Frames into and out of the loss engine."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

ELEMENTS = Frame(
    "elements",
    "one row per network element",
    {
        "element": pl.Int64(),
        "parent": pl.Int64(),  # the element that feeds it; null at the top
        "subject": pl.String(),  # its code
        "kind": pl.String(),  # substation, feeder, transformer, bulk_station
    },
)

RECEIVED = Frame(
    "received",
    "one row per element whose own meters tell all it received; absent elements are not known",
    {"element": pl.Int64(), "received_wh": pl.Int64()},
)

SOLD = Frame(
    "sold",
    "one row per element that feeds customers directly",
    {
        "element": pl.Int64(),
        "sold_wh": pl.Int64(),  # of the points measured
        "points": pl.Int64(),  # customer points
        "points_measured": pl.Int64(),  # those with a usage
    },
)

BALANCES = Frame(
    "balances",
    "one row per element with a known received energy, bulk stations apart",
    {
        "element": pl.Int64(),
        "level": pl.String(),  # the element's kind
        "received_wh": pl.Int64(),
        "passed_on_wh": pl.Int64(),  # received by the elements it feeds
        "bulk_wh": pl.Int64(),  # handed over at bulk stations
        "sold_wh": pl.Int64(),
        "loss_wh": pl.Int64(),  # received - passed on - bulk - sold
        "points": pl.Int64(),
        "points_measured": pl.Int64(),
    },
)

NETWORK_POINTS = Frame(
    "network_points",
    "one row per network usage point: a meter of an element",
    {
        "element": pl.Int64(),
        "usage_point": pl.Int64(),
        "register_wh": pl.Int64(),  # from accepted register reads; null: not known
        "half_hours_wh": pl.Int64(),  # from complete half-hours; null: not complete
    },
)

LOSS_FLAGS = Frame(
    "loss_flags",
    "one row per rule and element",
    {
        "rule": pl.String(),
        "severity": pl.String(),  # vocabulary.findings.Severity
        "subject": pl.String(),  # the element's code
        "kind": pl.String(),
        "received_wh": pl.Int64(),  # the four of the balance; null where there is none
        "loss_wh": pl.Int64(),
        "points": pl.Int64(),
        "points_measured": pl.Int64(),
    },
)
