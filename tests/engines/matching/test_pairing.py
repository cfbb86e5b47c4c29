"""Which bank line is explained by what: certain, asked, or not at all; figures by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.engines.matching import CODES, ITEMS, KEYS, LINES, find_codes, pair

AN, BINH = "PB01010000001", "PB01010000002"
SEPTEMBER, OCTOBER = date(2026, 10, 15), date(2026, 11, 15)
ITEM_ROWS = [
    (1, 10, 100_000, SEPTEMBER),  # An, invoice C26TPB-17
    (2, 10, 120_000, OCTOBER),  # An, invoice C26TPB-18
    (3, 20, 305_230, OCTOBER),  # Bình, invoice C26TPB-19
    (4, 30, 900_000, OCTOBER),  # partner P01's day
]
KEY_ROWS = [
    ("invoice", "C26TPB-17", 1),
    ("invoice", "C26TPB-18", 2),
    ("invoice", "C26TPB-19", 3),
    ("customer", AN, 1),
    ("customer", AN, 2),
    ("customer", BINH, 3),
    ("phone", "0901234567", 3),
    ("partner_day", "P01-20261105", 4),
]


def matched(
    *lines: tuple[int, int, str], tolerance: int = 0
) -> list[tuple[int, int, str, int, bool]]:
    """Lines are (number, amount, text); answers (line, item, rule, rank, certain)."""
    found = answers(*lines, tolerance=tolerance)
    return found.select("line", "item", "rule", "rank", "certain").rows()


def answers(*lines: tuple[int, int, str], tolerance: int = 0) -> pl.DataFrame:
    frame = pl.DataFrame(lines, schema={**LINES.columns, "text": pl.String()}, orient="row")
    return pair(
        frame.select(list(LINES.columns)),
        find_codes(frame),
        pl.DataFrame(ITEM_ROWS, schema=ITEMS.columns, orient="row"),
        pl.DataFrame(KEY_ROWS, schema=KEYS.columns, orient="row"),
        tolerance_vnd=tolerance,
    )


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Trả tiền điện hđ c26tpb 0017", {("invoice", "C26TPB-17")}),
        ("C26TPB/17 va C26TPB17", {("invoice", "C26TPB-17")}),
        (f"chuyen  khoan\n{AN.lower()} t10", {("customer", AN)}),
        ("SDT 84901234567", {("phone", "0901234567")}),
        ("P01-20261105 nop tien", {("partner_day", "P01-20261105")}),
        (f"X{AN}", set()),  # not a whole word
        ("tiền điện nhà cô Đào tháng 10", set()),
    ],
)
def test_codes_are_found_whatever_the_payer_writes_around_them(
    text: str, codes: set[tuple[str, str]]
) -> None:
    found = find_codes(pl.DataFrame({"line": [1], "text": [text]}))
    assert set(found.select("kind", "key").rows()) == codes


def test_an_exact_reference_with_its_amount_is_certain() -> None:
    assert matched((1, 305_230, "HD C26TPB-19")) == [(1, 3, "REF-1", 1, True)]
    assert matched((1, 305_230, BINH)) == [(1, 3, "REF-1", 1, True)]
    assert matched((1, 900_000, "P01-20261105")) == [(1, 4, "REF-1", 1, True)]


def test_one_line_that_pays_all_a_customer_owes_is_certain_of_all() -> None:
    assert matched((1, 220_000, AN)) == [(1, 1, "REF-N", 1, True), (1, 2, "REF-N", 1, True)]


def test_one_of_several_bills_is_asked_about() -> None:
    assert matched((1, 120_000, AN)) == [(1, 2, "ONE-OF", 1, False)]


def test_an_amount_alone_matches_nothing() -> None:
    assert matched((1, 305_230, "tien dien"), (2, 900_000, "P99-20261105")) == []


def test_codes_of_several_owners_are_never_certain() -> None:
    # The invoice is the stronger code; the customer's code beside it is somebody else's.
    found = answers((1, 305_230, f"C26TPB-19 {AN}"))
    assert found.select("item", "certain").rows() == [(3, False)]
    assert "several owners" in found["why"].item()


def test_a_phone_is_never_certain() -> None:
    found = answers((1, 305_230, "0901234567"))
    assert found.select("item", "certain").rows() == [(3, False)]
    assert "phone" in found["why"].item()


def test_a_difference_within_the_tolerance_is_asked_about_and_named() -> None:
    found = answers((1, 305_000, "C26TPB-19"), tolerance=500)
    assert found.select("item", "rule", "certain").rows() == [(3, "NEAR", False)]
    assert "-230 đồng" in found["why"].item()
    assert matched((1, 304_000, "C26TPB-19"), tolerance=500) == []


def test_two_lines_that_say_the_same_are_both_asked_about() -> None:
    found = answers((1, 305_230, "C26TPB-19"), (2, 305_230, BINH))
    assert found.select("line", "item", "certain").rows() == [(1, 3, False), (2, 3, False)]
    assert all("another line" in why for why in found["why"])


def test_lines_that_sum_up_to_one_item_are_asked_about_together() -> None:
    lines = ((1, 400_000, "P01-20261105 lan 1"), (2, 500_000, "P01-20261105 lan 2"))
    assert matched(*lines) == [(1, 4, "TOGETHER", 1, False), (2, 4, "TOGETHER", 1, False)]
    assert matched(lines[0], (2, 499_999, lines[1][2])) == []


def test_a_debit_is_nobodys_payment() -> None:
    assert matched((1, -305_230, "C26TPB-19")) == []


TEXTS = st.lists(
    st.sampled_from([AN, BINH, "C26TPB-17", "C26TPB-19", "P01-20261105", "0901234567", "DIEN"]),
    max_size=3,
).map(" ".join)
AMOUNTS = st.sampled_from([100_000, 120_000, 220_000, 305_230, 305_000, 400_000, 500_000, 900_000])


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.tuples(AMOUNTS, TEXTS), max_size=6), order=st.randoms(use_true_random=False)
)
def test_the_order_of_lines_changes_nothing_and_no_item_is_certain_twice(
    lines: list[tuple[int, str]], order: object
) -> None:
    numbered = [(number, *line) for number, line in enumerate(lines)]
    shuffled = list(numbered)
    order.shuffle(shuffled)
    found = answers(*numbered, tolerance=300)
    assert found.equals(answers(*shuffled, tolerance=300))
    certain = found.filter("certain")
    # Each item at most once, and every certain line is explained to the last đồng.
    assert certain["item"].is_unique().all()
    given_vnd = {number: amount for number, amount, _ in numbered}
    for line, explained in certain.group_by("line").agg(pl.col("amount_vnd").sum()).rows():
        assert explained == given_vnd[line]
    assert not certain.select("line", "rule").unique()["line"].is_duplicated().any()


def test_nothing_given_is_nothing_found() -> None:
    assert pair(LINES.empty(), CODES.empty(), ITEMS.empty(), KEYS.empty()).is_empty()
