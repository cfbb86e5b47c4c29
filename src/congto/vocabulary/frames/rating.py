"""Frames into and out of the rating engine."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames import Frame

RATING_INPUT = Frame(
    "rating_input",
    "one row per account (agreement), purpose of use and measured part of one billing period; the"
    " rows of an account stand together. An ordinary account has one row",
    {
        "account_id": pl.Int64(),
        "segment": pl.Int16(),  # purposes of mixed use: 1, 2, ...; ordinary: 1
        "group": pl.String(),  # CustomerGroup value
        "subgroup": pl.String(),  # null where the price table has none
        "voltage": pl.String(),  # voltage class of the price table, e.g. "<6kV"; null if none
        "time_of_use": pl.Boolean(),  # True: a three-rate meter; the three band columns count
        "peak_for_all": pl.Boolean(),  # the buyer refused such a meter: all at the peak price
        "household_quarters": pl.Int32(),  # quarters of a household quota: 4 = one household
        "cycle_from": pl.Date(),  # first day of the whole period; its month gives Tcal
        "period_from": pl.Date(),  # of this row: later than cycle_from where a part was measured
        "period_to": pl.Date(),  # half-open
        "reading_date": pl.Date(),  # decides the VAT rate
        "energy_wh": pl.Int64(),  # billed active energy, total
        "normal_wh": pl.Int64(),
        "peak_wh": pl.Int64(),
        "off_peak_wh": pl.Int64(),
        "reactive_varh": pl.Int64(),  # of the meter: on one row of the account, 0 on the others
        "registered_kw": pl.Int64(),
    },
)

HOUSEHOLD_CHANGES = Frame(
    "household_changes",
    "one row per account, purpose and day from which the household count is another",
    {
        "account_id": pl.Int64(),
        "segment": pl.Int16(),
        "valid_from": pl.Date(),  # inside the period; until the first the row's own count holds
        "household_quarters": pl.Int32(),
    },
)

BILL_LINES = Frame(
    "bill_lines",
    "one row per account, period and line: charge x decision x tier or band",
    {
        "account_id": pl.Int64(),
        "line_no": pl.Int16(),  # 1.. within the account
        "segment": pl.Int16(),
        "part_from": pl.Date(),  # days that the line prices
        "part_to": pl.Date(),
        "charge": pl.Int16(),  # Charge: 1 energy, 2 reactive
        "tier": pl.Int16(),  # 1.. for tiered prices, else null
        "band": pl.Int16(),  # Band: 1 normal, 2 peak, 3 off_peak; null = all day
        "width_wh": pl.Int64(),  # width of the tier for these days and households; null: open, none
        "energy_wh": pl.Int64(),  # null for the reactive charge
        "price_vnd": pl.Int64(),  # đồng per kWh; null for the reactive charge
        "amount_vnd": pl.Int64(),
        "decision_id": pl.Int16(),  # position of the price decision in the price book
    },
)

BILL_TOTALS = Frame(
    "bill_totals",
    "one row per account and period",
    {
        "account_id": pl.Int64(),
        "net_vnd": pl.Int64(),
        "vat_rate_bp": pl.Int32(),  # VAT rate in hundredths of a percent: 800 = 8 %
        "vat_vnd": pl.Int64(),
        "gross_vnd": pl.Int64(),
    },
)

RATING_REFUSALS = Frame(
    "rating_refusals",
    "one row per account that cannot be rated",
    {
        "account_id": pl.Int64(),
        "reason": pl.String(),  # engines.rating.refusals.Refusal value
    },
)
