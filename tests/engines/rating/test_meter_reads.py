"""Indexes to energy, worked by hand: advance, rollover, bands, parts of a period."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.rating.adjustments import split_by_days
from congto.engines.rating.meter_reads import (
    Metered,
    MeterRead,
    advance_wh,
    check_reads,
    metered,
    was_read_on,
)
from congto.engines.rating.scalar import Bands
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import Register

FIRST, MIDDLE, LAST = date(2026, 6, 1), date(2026, 6, 11), date(2026, 7, 1)


def read(old, new, **changes):
    values = {"meter": "A", "register": Register.TOTAL, "start": FIRST, "end": LAST, **changes}
    return MeterRead(old=Decimal(old), new=Decimal(new), **values)


def banded(*advances, meter="A"):
    registers = (Register.NORMAL, Register.PEAK, Register.OFF_PEAK)
    return [
        read("0", advance, register=register, meter=meter)
        for register, advance in zip(registers, advances, strict=True)
    ]


@pytest.mark.parametrize(
    ("one", "wh"),
    [
        (read("100", "234"), 134_000),
        (read("10.5", "12.75", decimals=2), 2_250),
        (read("0", "1", multiplier=Fraction(200, 5)), 40_000),
        (read("0", "1", multiplier=Fraction(1, 3)), 333),
        (read("99950", "84", digits=5, multiplier=Fraction(40)), 5_360_000),
        (read("50001", "0", digits=5), 49_999_000),
        (read("7", "7", digits=1), 0),
    ],
)
def test_advance(one, wh):
    assert advance_wh(one) == wh


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (read("99", "1"), "digits"),
        (read("49999", "0", digits=5), "at most 50000"),
        (read("100000", "100001", digits=5), "more than 5 digits"),
        (read("0.5", "1", decimals=0), "0 decimals"),
        (read("90000", "0", digits=5, registered_kw=10), r"at most 7200 \(10 kW\)"),
    ],
)
def test_an_index_that_cannot_be_is_refused(one, words):
    with pytest.raises(InvalidInputError, match=words):
        advance_wh(one)


@given(
    old=st.integers(0, 99_999),
    advance=st.integers(0, 49_999),
    multiplier=st.integers(1, 10_000),
)
def test_a_dial_counts_the_same_wherever_it_stands(old, advance, multiplier):
    one = read(old, (old + advance) % 100_000, digits=5, multiplier=Fraction(multiplier))
    assert advance_wh(one) == advance * multiplier * 1000


def test_meters_add_up_and_one_without_bands_counts_as_normal_hours():
    reads = [*banded("10", "3", "2"), read("0", "5", meter="B")]
    reads.append(read("0", "7", register=Register.REACTIVE))
    assert metered(reads, FIRST, LAST) == Metered(
        FIRST, LAST, 20_000, Bands(15_000, 3_000, 2_000), 7_000
    )


def test_the_total_of_a_three_rate_meter_is_a_check():
    assert metered([*banded("10", "3", "2"), read("0", "16")], FIRST, LAST).energy_wh == 15_000
    with pytest.raises(InvalidInputError, match="bands add up to 15000 Wh"):
        metered([*banded("10", "3", "2"), read("0", "20")], FIRST, LAST)
    with pytest.raises(InvalidInputError, match="no read of off_peak"):
        metered(banded("10", "3", "2")[:2], FIRST, LAST)


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        ([read("0", "1", end=date(2026, 7, 2))], "days inside the period"),
        ([read("0", "1"), read("1", "2", start=MIDDLE)], "overlap on 2026-06-11"),
        ([read("0", "1", start=MIDDLE)], "over the whole period"),
        ([read("0", "1", end=MIDDLE)], "over the whole period"),
        ([read("0", "1", register=Register.REACTIVE)], "no read of active energy"),
    ],
)
def test_reads_that_leave_days_open_or_double_are_refused(reads, words):
    with pytest.raises(InvalidInputError, match=words):
        check_reads(reads, FIRST, LAST)


def test_a_meter_replaced_after_a_day_without_one_is_accepted():
    old = read("0", "1", end=MIDDLE)
    check_reads([old, read("0", "1", meter="B", start=date(2026, 6, 12))], FIRST, LAST)


def test_a_day_was_read_when_no_read_spans_it():
    parts = [read("0", "1", end=MIDDLE), read("1", "2", start=MIDDLE)]
    assert was_read_on(parts, MIDDLE)
    assert not was_read_on([*parts, read("0", "1", meter="B")], MIDDLE)
    assert not was_read_on([read("0", "1")], MIDDLE)
    assert [metered(parts, *days).energy_wh for days in ((FIRST, MIDDLE), (MIDDLE, LAST))] == [
        1_000,
        1_000,
    ]


@pytest.mark.parametrize(
    ("quantity", "days", "parts"),
    [
        (31_000, [14, 17], [14_000, 17_000]),
        (-31_000, [14, 17], [-14_000, -17_000]),
        (1_000, [1, 1], [1_000, 0]),
        (-1_000, [1, 1], [-1_000, 0]),
        (500, [15, 15], [0, 500]),  # 250 Wh round to 0 kWh, the rest comes last
        (7, [30], [7]),
    ],
)
def test_a_quantity_is_split_by_days(quantity, days, parts):
    assert split_by_days(quantity, days, 1_000) == parts


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(1, 31), min_size=1, max_size=5))
def test_nothing_is_lost_when_a_quantity_is_split(quantity, days):
    parts = split_by_days(quantity, days, 1_000)
    assert sum(parts) == quantity
    assert all(part * quantity >= 0 for part in parts)
