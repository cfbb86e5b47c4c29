"""Frames into and out of the gates that a bill passes before issue."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

GATE_INPUT = Frame(
    "gate_input",
    "one row per bill that waits for issue",
    {
        "bill_id": pl.Int64(),
        "group": pl.String(),
        "purpose": pl.String(),  # purpose of use as signed; empty: not recorded
        "household_quarters": pl.Int32(),
        "period_from": pl.Date(),
        "period_to": pl.Date(),
        "cycles": pl.Int16(),  # reading cycles a month of the book: 1, 2 or 3
        "starts": pl.Boolean(),  # the agreement begins inside the period: its first bill
        "ends": pl.Boolean(),  # the agreement ends with the period: its last bill
        "energy_wh": pl.Int64(),
        "top_tier": pl.Int16(),  # highest tier with energy; null: no tiers
        "gross_vnd": pl.Int64(),
        "quality": pl.Int16(),  # vocabulary.quality.Quality of the usage
        "flags": pl.Int16(),  # sum of UsageFlag
        "past_periods": pl.Int64(),  # how many of the 13 periods before are known
        "past_day_wh": pl.Int64(),  # mean Wh a day of those; null: none
        "book_bills": pl.Int64(),  # bills of the same group in the same reading book
        "book_day_wh": pl.Int64(),  # their median Wh a day and household quota
    },
)

HOLDS = Frame(
    "holds",
    "one row per bill and rule that holds it",
    {
        "bill_id": pl.Int64(),
        "rule": pl.String(),
        "gate": pl.Int16(),  # 1 after rating, 2 after invoicing
        "signer": pl.Int16(),  # SignLevel that the release needs
        "observed": pl.String(),
        "expected": pl.String(),
        "text": pl.String(),  # one plain sentence for a clerk, in Vietnamese
    },
)
