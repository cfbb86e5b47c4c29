"""Reading cycles by hand (PC Bến Tre's split days)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period
from congto.vocabulary.reading_cycles import cycles_of

OCTOBER = Period.month(2026, 10)


def test_one_two_and_three_cycles() -> None:
    assert cycles_of([8], OCTOBER) == [Period(date(2026, 9, 8), date(2026, 10, 8))]
    assert [one.days for one in cycles_of([11, 25], OCTOBER)] == [16, 14]
    assert cycles_of([6, 15, 25], OCTOBER) == [
        Period(date(2026, 9, 25), date(2026, 10, 6)),
        Period(date(2026, 10, 6), date(2026, 10, 15)),
        Period(date(2026, 10, 15), date(2026, 10, 25)),
    ]


def test_the_first_day_bills_the_month_before_and_the_31st_the_last_day() -> None:
    assert cycles_of([1], Period.month(2026, 1)) == [Period(date(2025, 12, 1), date(2026, 1, 1))]
    assert cycles_of([31], Period.month(2026, 2)) == [Period(date(2026, 1, 31), date(2026, 2, 28))]


@given(
    days=st.lists(st.integers(1, 31), min_size=1, max_size=3, unique=True).map(sorted),
    first=st.integers(2020, 2030),
)
def test_cycles_follow_each_other_without_gap_or_overlap(days: list[int], first: int) -> None:
    months = [Period.month(first + number // 12, number % 12 + 1) for number in range(30)]
    found = [one for month in months for one in cycles_of(days, month)]
    assert all(before.end == after.start for before, after in pairwise(found))


@pytest.mark.parametrize("days", [[], [0], [32], [8, 8], [15, 6], [1, 8, 15, 22]])
def test_wrong_days_are_refused(days: list[int]) -> None:
    with pytest.raises(InvalidInputError, match="reading days"):
        cycles_of(days, OCTOBER)
