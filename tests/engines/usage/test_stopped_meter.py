"""Energy of a stopped meter: the daily mean of three cycles (NĐ 137/2013/NĐ-CP Art. 20(3))."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.usage import estimate
from congto.vocabulary.frames.usage import PRECEDING_USAGE, STOPPED_DAYS

STARTS = [date(2026, month, 1) for month in (6, 7, 8, 9, 10)]


def cycles(*kwh: int, **bands: list[int]) -> pl.DataFrame:
    """Enter cycles that end on 1 October, the last one September."""
    spans = list(itertools.pairwise(STARTS))[-len(kwh) :]
    rows = [
        {
            "agreement": 1,
            "period_from": start,
            "period_to": end,
            "energy_wh": energy * 1000,
            **{
                name: bands.get(name, [0] * len(kwh))[place] * 1000
                for name in ("normal_wh", "peak_wh", "off_peak_wh", "reactive_varh")
            },
        }
        for place, ((start, end), energy) in enumerate(zip(spans, kwh, strict=True))
    ]
    return pl.DataFrame(rows, schema=PRECEDING_USAGE.columns)


def days(count: int) -> pl.DataFrame:
    return pl.DataFrame({"agreement": [1], "days": [count]}, schema=STOPPED_DAYS.columns)


# July, August, September have 31 + 31 + 30 = 92 days.
@pytest.mark.parametrize(
    ("kwh", "stopped", "expected"),
    [
        ((100, 100, 100), 30, 98_000),  # 300 / 92 x 30 = 97.83
        ((92, 92, 92), 31, 93_000),  # 3 a day exactly
        ((0, 0, 23), 2, 1_000),  # 0.25 a day x 2 = 0.5: half up
        ((0, 0, 0), 31, 0),
        ((900, 92, 92, 92), 31, 93_000),  # the fourth cycle before does not count
    ],
)
def test_the_mean_of_three_cycles_times_the_days(kwh, stopped, expected):
    (row,) = estimate(cycles(*kwh), days(stopped)).to_dicts()
    assert row["energy_wh"] == expected


def test_bands_are_estimated_each_and_added_up():
    bands = {
        "normal_wh": [60, 60, 60],
        "peak_wh": [20, 20, 20],
        "off_peak_wh": [12, 12, 12],
        "reactive_varh": [46, 46, 46],
    }
    (row,) = estimate(cycles(92, 92, 92, **bands), days(10)).to_dicts()
    # 180 / 92 x 10 = 19.57; 60 / 92 x 10 = 6.52; 36 / 92 x 10 = 3.91; 138 / 92 x 10 = 15
    assert (row["normal_wh"], row["peak_wh"], row["off_peak_wh"]) == (20_000, 7_000, 4_000)
    assert (row["energy_wh"], row["reactive_varh"]) == (31_000, 15_000)


def test_two_cycles_are_no_estimate():
    assert estimate(cycles(100, 100), days(30)).is_empty()


@given(st.lists(st.integers(0, 10**7), min_size=3, max_size=3), st.integers(0, 400))
def test_an_estimate_is_off_the_exact_mean_by_half_a_kwh_at_most(kwh, stopped):
    (row,) = estimate(cycles(*kwh), days(stopped)).to_dicts()
    exact = Fraction(sum(kwh), 92) * stopped
    assert abs(Fraction(row["energy_wh"], 1000) - exact) <= Fraction(1, 2)
    assert row["energy_wh"] % 1000 == 0
