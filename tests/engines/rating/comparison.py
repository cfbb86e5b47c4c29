"""Both engines on the same accounts, their bills in one shape, for tests."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.engines.rating import rate, scalar, unrated
from congto.engines.rating.refusals import CannotRateError
from congto.engines.rating.rounding import TierRounding
from congto.engines.rating.scalar import Bands, Usage
from congto.vocabulary.frames.rating import HOUSEHOLD_CHANGES, RATING_INPUT
from congto.vocabulary.groups import BAND_CODES

if TYPE_CHECKING:
    from congto.vocabulary.prices import PriceBook

WHOLE, EXACT = TierRounding.WHOLE_KWH, TierRounding.EXACT


def usage(**changes: Any) -> Usage:
    """A plain month of one household; `kwh` may be given instead of energy_wh or bands."""
    values: dict[str, Any] = {
        "group": "residential",
        "subgroup": None,
        "voltage": None,
        "household_quarters": 4,
        "start": date(2026, 6, 9),
        "end": date(2026, 7, 9),
        "energy_wh": 134_000,
        "bands": None,
        "reactive_varh": 0,
        "registered_kw": 0,
    }
    values |= changes
    if values["bands"] is not None and "energy_wh" not in changes:
        values["energy_wh"] = sum(values["bands"])
    values.setdefault("reading_date", values["end"])
    return Usage(**values)


Account = Usage | list[Usage]
"""What one bill is made of: one row, or several."""


def rows_of(account: Account) -> list[Usage]:
    return account if isinstance(account, list) else [account]


def frame(accounts: list[Account]) -> pl.DataFrame:
    """RATING_INPUT of some accounts; account n is the n-th, from 1."""
    return pl.DataFrame(
        [
            (
                number,
                one.segment,
                one.group,
                one.subgroup,
                one.voltage,
                one.bands is not None,
                one.peak_for_all,
                one.household_quarters,
                one.cycle_from or one.start,
                one.start,
                one.end,
                one.reading_date,
                one.energy_wh,
                *(one.bands or Bands(0, 0, 0)),
                one.reactive_varh,
                one.registered_kw,
            )
            for number, account in enumerate(accounts, start=1)
            for one in rows_of(account)
        ],
        schema=RATING_INPUT.columns,
        orient="row",
    )


def changes(accounts: list[Account]) -> pl.DataFrame:
    """HOUSEHOLD_CHANGES of the accounts; parts of one segment share them."""
    rows = {
        (number, one.segment, day, quarters)
        for number, account in enumerate(accounts, start=1)
        for one in rows_of(account)
        for day, quarters in one.household_changes
    }
    return pl.DataFrame(sorted(rows), schema=HOUSEHOLD_CHANGES.columns, orient="row")


def slow(
    accounts: list[Account], book: PriceBook, rounding: TierRounding = WHOLE
) -> dict[int, Any]:
    """Per account its lines and totals by the scalar engine, or the reason it has none."""
    bills: dict[int, Any] = {}
    for number, account in enumerate(accounts, start=1):
        try:
            bill = scalar.rate_rows(rows_of(account), book, rounding)
        except CannotRateError as error:
            bills[number] = error.reason.value
            continue
        lines = [
            (
                place,
                line.segment,
                line.start,
                line.end,
                int(line.charge),
                line.tier,
                None if line.band is None else int(BAND_CODES[line.band]),
                line.width_wh,
                line.energy_wh,
                line.price_vnd,
                line.amount_vnd,
                line.decision.id,
            )
            for place, line in enumerate(bill.lines, start=1)
        ]
        bills[number] = lines, (bill.net_vnd, bill.vat_rate_bp, bill.vat_vnd, bill.gross_vnd)
    return bills


def fast(
    accounts: list[Account], book: PriceBook, rounding: TierRounding = WHOLE
) -> dict[int, Any]:
    """The same by the fast engine."""
    given, changed = frame(accounts), changes(accounts)
    lines, totals = rate(given, book, rounding, household_changes=changed)
    bills: dict[int, Any] = {row[0]: ([], row[1:]) for row in totals.iter_rows()}
    for row in lines.iter_rows():
        bills[row[0]][0].append(row[1:])
    refused = dict(unrated(given, book, rounding, household_changes=changed).iter_rows())
    assert not refused.keys() & bills.keys()
    return bills | refused
