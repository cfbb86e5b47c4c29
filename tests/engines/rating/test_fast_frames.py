"""Frames in and out of the fast engine: order, numbering, pieces, refusals, nulls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from congto.engines import rating
from congto.engines.rating import rate, scalar, unrated, vectorised
from congto.engines.rating.refusals import MAX_QUANTITY_WH, MAX_QUARTERS, CannotRateError
from congto.engines.rating.scalar import Bands
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.rating import (
    BILL_LINES,
    BILL_TOTALS,
    RATING_INPUT,
    RATING_REFUSALS,
)
from engines.rating.comparison import fast, frame, slow, usage

BOOK = price_book()
MIXED = [
    usage(energy_wh=134_000),
    usage(energy_wh=0),
    usage(group="production", voltage="<6kV", bands=Bands(5_000, 0, 7_000)),
    usage(
        group="production", voltage="<6kV", energy_wh=9_000, reactive_varh=9_000, registered_kw=40
    ),
    usage(energy_wh=-1),
    usage(energy_wh=1_000_000, start=date(2025, 5, 1), end=date(2025, 6, 1)),
]


def test_output_keeps_the_order_of_the_input_and_numbers_lines_within_accounts():
    lines, totals = rate(frame(MIXED[::-1]), BOOK)
    assert totals["account_id"].to_list() == [1, 3, 4, 5, 6]
    assert lines["account_id"].is_sorted()
    for _, own in lines.group_by("account_id"):
        assert own["line_no"].to_list() == list(range(1, own.height + 1))


def test_lines_add_up_to_totals():
    lines, totals = rate(frame(MIXED), BOOK)
    sums = dict(lines.group_by("account_id").agg(pl.col("amount_vnd").sum()).iter_rows())
    for account, net, _, vat, gross in totals.iter_rows():
        assert sums.get(account, 0) == net
        assert gross == net + vat


def test_frames_have_the_promised_shape_even_without_rows():
    lines, totals = rate(RATING_INPUT.empty(), BOOK)
    assert (lines.height, totals.height) == (0, 0)
    assert lines.schema == pl.Schema(BILL_LINES.columns)
    assert totals.schema == pl.Schema(BILL_TOTALS.columns)
    assert unrated(RATING_INPUT.empty(), BOOK).schema == pl.Schema(RATING_REFUSALS.columns)


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_pieces_give_the_bills_of_the_whole(monkeypatch, rows):
    whole = fast(MIXED, BOOK)
    monkeypatch.setattr(vectorised, "CHUNK_ROWS", rows)
    assert fast(MIXED, BOOK) == whole == slow(MIXED, BOOK)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("period_empty", {"end": date(2026, 6, 9)}),
        ("period_empty", {"end": date(2026, 6, 8), "energy_wh": -1}),
        ("quantity_negative", {"energy_wh": -1}),
        ("quantity_negative", {"reactive_varh": -1}),
        ("quantity_negative", {"registered_kw": -1}),
        ("quantity_negative", {"bands": Bands(2, -1, 0), "energy_wh": 1}),
        ("quantity_too_large", {"energy_wh": MAX_QUANTITY_WH + 1}),
        ("quantity_too_large", {"reactive_varh": MAX_QUANTITY_WH + 1}),
        ("bands_differ", {"bands": Bands(1, 1, 1), "energy_wh": 4}),
        ("quota_out_of_range", {"household_quarters": 0}),
        ("quota_out_of_range", {"household_quarters": MAX_QUARTERS + 1}),
        ("no_decision", {"start": date(2014, 5, 31), "end": date(2014, 6, 30)}),
        ("no_decision", {"start": date(2000, 1, 1), "end": date(2000, 2, 1)}),
        ("no_price", {"group": "farming"}),
        ("no_price", {"group": "production"}),
        ("no_price", {"group": "production", "voltage": ">=6kV"}),
        ("no_price", {"subgroup": "prepaid"}),
        ("no_vat", {"reading_date": date(2008, 12, 31)}),
    ],
)
def test_both_engines_refuse_for_the_same_reason(reason, changes):
    one = [usage(**changes)]
    assert fast(one, BOOK) == slow(one, BOOK) == {1: reason}


def test_a_period_that_outlasts_the_last_decision_is_refused():
    last = replace(BOOK.decisions[-1], effective_to=date(2026, 7, 1))
    book = replace(BOOK, decisions=(*BOOK.decisions[:-1], last))
    assert fast([usage()], book) == slow([usage()], book) == {1: "no_decision"}
    with pytest.raises(CannotRateError, match="no price is in force from 2026-07-01"):
        scalar.rate(usage(), book)


@pytest.mark.parametrize(
    "column",
    sorted(RATING_INPUT.columns.keys() - {"account_id", "subgroup", "voltage"}),
)
def test_a_missing_value_is_refused_and_the_others_are_rated(column):
    three_rates = usage(group="business", voltage="<6kV", bands=Bands(1_000, 2_000, 3_000))
    given = frame([three_rates, three_rates]).with_columns(
        pl.when(pl.col("account_id") == 2).then(column).alias(column)
    )
    lines, totals = rate(given, BOOK)
    assert totals["account_id"].to_list() == [2]
    assert lines["account_id"].unique().to_list() == [2]
    assert unrated(given, BOOK).rows() == [(1, "value_missing")]


def test_bands_of_a_meter_with_one_register_may_be_missing():
    given = frame([usage()]).with_columns(
        pl.lit(None, dtype=pl.Int64()).alias(name)
        for name in ("normal_wh", "peak_wh", "off_peak_wh")
    )
    assert rate(given, BOOK)[1]["net_vnd"].to_list() == [282_620]
    assert unrated(given, BOOK).is_empty()


def test_a_frame_of_another_shape_is_refused():
    with pytest.raises(InvalidInputError, match="energy_wh"):
        rate(frame([usage()]).drop("energy_wh"), BOOK)
    with pytest.raises(InvalidInputError, match="Float64"):
        rate(frame([usage()]).cast({"energy_wh": pl.Float64()}), BOOK)


def test_no_column_of_money_or_energy_is_a_float():
    for table in rate(frame(MIXED), BOOK):
        assert not any(dtype.is_float() for dtype in table.dtypes)


def test_the_largest_quantities_stay_inside_64_bits():
    largest = [
        usage(
            group="production",
            voltage="<6kV",
            energy_wh=MAX_QUANTITY_WH,
            reactive_varh=MAX_QUANTITY_WH,
            registered_kw=40,
            start=date(2014, 12, 10),
            end=date(2200, 1, 1),
        ),
        usage(energy_wh=MAX_QUANTITY_WH, household_quarters=MAX_QUARTERS, end=date(9999, 1, 1)),
    ]
    assert fast(largest, BOOK) == slow(largest, BOOK)


def test_the_package_names_what_it_has():
    assert rating.rate is vectorised.rate
    with pytest.raises(AttributeError, match="bill"):
        rating.bill  # noqa: B018  (reading the name is the test)
