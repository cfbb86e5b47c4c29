"""The fast engine gives the slow one's bills, line by line, to the đồng."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.engines.rating import rate
from congto.engines.rating.scalar import Bands, Usage
from congto.reference.vn import price_book
from engines.rating.comparison import EXACT, WHOLE, changes, fast, frame, slow, usage

BOOK = price_book()
FIRST_DAY = date(2014, 5, 20)
CHANGES = [one.effective_from for one in BOOK.decisions]

customers = st.sampled_from(
    [
        (group.value, subgroup, voltage)
        for group, subgroups in BOOK.subgroups.items()
        for subgroup in subgroups
        for voltage in (None, *BOOK.voltages)
    ]
    + [("residential", "tiered", "no such class"), ("farming", None, None)]
)
starts = st.one_of(
    st.dates(FIRST_DAY, date(2027, 3, 1)),
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 35)).map(
        lambda pair: pair[0] - timedelta(days=pair[1])
    ),
)
lengths = st.one_of(st.integers(25, 35), st.integers(1, 70), st.integers(1, 1500))
# Whole kWh around the edges of tiers, any Wh, and quantities near the largest allowed.
quantities = st.one_of(
    st.integers(0, 900).map(lambda kwh: kwh * 1000),
    st.integers(0, 2_000_000),
    st.integers(0, 10**12),
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    group, subgroup, voltage = draw(customers)
    start = draw(starts)
    end = start + timedelta(days=draw(lengths))
    bands = draw(
        st.none()
        | st.builds(Bands, *[st.integers(0, 3 * 10**11) | quantities.map(lambda q: q // 4)] * 3)
    )
    energy = draw(quantities)
    return usage(
        group=group,
        subgroup=subgroup,
        voltage=voltage,
        household_quarters=draw(st.sampled_from([1, 2, 3, 4, 5, 6, 8, 12, 24, 4_000_000])),
        start=start,
        end=end,
        reading_date=end + timedelta(days=draw(st.integers(-3, 3))),
        energy_wh=energy if bands is None else sum(bands),
        bands=bands,
        reactive_varh=draw(st.just(0) | quantities),
        registered_kw=draw(st.sampled_from([0, 39, 40, 5000])),
    )


@pytest.mark.parametrize("rounding", [WHOLE, EXACT])
@settings(max_examples=40)
@given(accounts=st.lists(usages(), min_size=1, max_size=25))
def test_bills_are_equal_line_by_line(rounding, accounts):
    assert fast(accounts, BOOK, rounding) == slow(accounts, BOOK, rounding)


@st.composite
def accounts_of_several_rows(draw: st.DrawFn) -> list[Usage]:
    """Mixed purposes, parts measured on a day, households that change, a refused meter."""
    start = draw(starts)
    days = draw(st.integers(2, 70))
    end = start + timedelta(days=days)
    cut = start + timedelta(days=draw(st.integers(1, days - 1)))
    parts = draw(st.sampled_from([[(start, end)], [(start, cut), (cut, end)]]))
    varh = draw(st.just(0) | quantities)
    rows = []
    for segment in range(1, draw(st.integers(1, 3)) + 1):
        group, subgroup, voltage = draw(customers)
        changes = draw(
            st.dictionaries(st.integers(1, days - 1), st.sampled_from([1, 4, 8, 24]), max_size=3)
        )
        dated = [(start + timedelta(days=day), count) for day, count in sorted(changes.items())]
        quarters = draw(st.sampled_from([1, 4, 8]))
        bands = draw(st.none() | st.builds(Bands, *[quantities.map(lambda q: q // 4)] * 3))
        for part_start, part_end in parts:
            energy = draw(quantities)
            rows.append(
                usage(
                    segment=segment,
                    group=group,
                    subgroup=subgroup,
                    voltage=voltage,
                    household_quarters=quarters,
                    household_changes=tuple(dated),
                    cycle_from=start,
                    start=part_start,
                    end=part_end,
                    reading_date=end,
                    peak_for_all=draw(st.booleans()),
                    energy_wh=energy if bands is None else sum(bands),
                    bands=bands,
                    reactive_varh=0 if rows else varh,
                    registered_kw=draw(st.sampled_from([0, 39, 40, 5000])),
                )
            )
    return rows


@pytest.mark.parametrize("rounding", [WHOLE, EXACT])
@settings(max_examples=40)
@given(accounts=st.lists(usages() | accounts_of_several_rows(), min_size=1, max_size=12))
def test_bills_of_several_rows_are_equal_line_by_line(rounding, accounts):
    assert fast(accounts, BOOK, rounding) == slow(accounts, BOOK, rounding)


@settings(max_examples=25)
@given(accounts=st.lists(accounts_of_several_rows(), min_size=2, max_size=6), data=st.data())
def test_the_order_of_the_rows_does_not_matter(accounts, data):
    given_rows = frame(accounts)
    order = data.draw(st.permutations(range(given_rows.height)))
    changed = changes(accounts)
    lines, totals = rate(given_rows, BOOK, household_changes=changed)
    mixed_lines, mixed = rate(given_rows[list(order)], BOOK, household_changes=changed)
    key = ["account_id", "line_no"]
    assert mixed.sort("account_id").equals(totals.sort("account_id"))
    assert mixed_lines.sort(key).equals(lines.sort(key))
