"""The history of a point, carried on day by day; figures worked by hand in the comments."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from statistics import fmean, pstdev
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.intervals.statistics import _root, advance, nothing_known
from congto.vocabulary.intervals import ABSENT, DayType
from congto.vocabulary.quality import Quality
from world_half_hours import block, day_with, plain

if TYPE_CHECKING:
    from congto.engines.intervals.block import History


def even(day_wh: int) -> np.ndarray:
    """Return a day whose half-hours add up to `day_wh`, as evenly as whole Wh allow."""
    day = np.full(48, day_wh // 48, np.int32)
    day[: day_wh % 48] += 1
    return day


def after(
    history: History,
    *days: np.ndarray,
    kind: DayType = DayType.WORKING,
    quality: Quality = Quality.MEASURED,
) -> History:
    for day in days:
        one = replace(block(day), day_type=kind)
        history = advance(history, one, one.values, np.array([quality]))
    return history


def usual(history: History, kind: DayType = DayType.WORKING) -> tuple[int, int, int]:
    columns = (history.days, history.mean_wh, history.deviation_wh)
    days, mean, deviation = (int(column[0, kind.value]) for column in columns)
    return days, mean, deviation


def test_mean_and_deviation_of_the_first_days() -> None:
    # 1,000, then 3,000: mean 2,000, deviation 1,000. Then 5,000: 3,000, sqrt(8/3) x 1,000 = 1,632.
    history = after(nothing_known(1), even(1_000), even(3_000))
    assert usual(history) == (2, 2_000, 1_000)
    assert usual(after(history, even(5_000))) == (3, 3_000, 1_632)


@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=5))
def test_up_to_five_days_the_plain_mean_and_deviation(sums: list[int]) -> None:
    _, mean, deviation = usual(after(nothing_known(1), *(even(one) for one in sums)))
    assert mean == pytest.approx(fmean(sums), abs=3)  # a whole Wh is lost a day at most
    # Each day cuts the root to whole Wh: twice the deviation, up to 200,000, in the square.
    assert deviation**2 == pytest.approx(pstdev(sums) ** 2, abs=2_000_000)


def test_the_newest_day_weighs_a_tenth_of_working_days_and_a_fifth_of_others() -> None:
    flat = [even(10_000)] * 12
    for kind, mean in ((DayType.WORKING, 10_200), (DayType.SUNDAY, 10_400)):
        history = after(nothing_known(1), *flat, kind=kind)
        assert usual(history, kind) == (12, 10_000, 0)
        assert usual(after(history, even(12_000), kind=kind), kind)[1] == mean


def test_day_types_are_kept_apart() -> None:
    history = after(nothing_known(1), even(1_000), kind=DayType.SATURDAY)
    assert usual(history, DayType.SATURDAY) == (1, 1_000, 0)
    assert usual(history, DayType.WORKING) == (0, 0, 0)


def test_days_are_counted_up_to_28() -> None:
    assert usual(after(nothing_known(1), *[even(1_000)] * 30))[0] == 28


def test_a_day_far_off_counts_as_twice_the_mean_and_a_kwh() -> None:
    usual_days = after(nothing_known(1), *[even(10_000)] * 10)
    far = after(usual_days, even(900_000))
    # Counted as 10,000 + 10,000 + 1,000: the mean moves by 1,100, the variance is
    # 11,000 x 9,900 / 10, of which the root is 3,300.
    assert usual(far) == (11, 11_100, 3_300)
    # The sixth day is the first to be drawn in: by 11,000 / 6.
    sixth = after(nothing_known(1), *[even(10_000)] * 5, even(900_000))
    assert usual(sixth)[:2] == (6, 11_833)
    # A lasting change is followed: sixty days on, the mean is within 1 % of it.
    assert usual(after(far, *[even(900_000)] * 60))[1] == pytest.approx(900_000, rel=0.01)


def test_what_is_estimated_or_missing_changes_no_mean() -> None:
    history = after(nothing_known(1), even(1_000))
    estimated = after(history, even(9_000), quality=Quality.ESTIMATED)
    assert usual(estimated) == (1, 1_000, 0)
    assert estimated.highest_wh.tolist() == [21]  # 1,000 / 48 is 20.8
    edited = after(history, even(3_000), quality=Quality.EDITED)
    assert usual(edited) == (2, 2_000, 1_000)
    missing = after(history, day_with(0, ABSENT))
    assert usual(missing) == (1, 1_000, 0)


def test_estimated_days_in_a_row() -> None:
    history = after(nothing_known(1), plain()[0], plain()[0], quality=Quality.TEMPORARY)
    assert history.estimated_days.tolist() == [2]
    assert after(history, plain()[0], quality=Quality.EDITED).estimated_days.tolist() == [0]


def test_days_without_use() -> None:
    nothing = np.zeros(48, np.int32)
    history = after(nothing_known(1), nothing, nothing)
    assert history.zero_days.tolist() == [2]
    # A day not known proves nothing, a single measured Wh does.
    unknown = after(history, np.full(48, ABSENT), quality=Quality.MISSING)
    assert unknown.zero_days.tolist() == [2]
    idle = nothing.copy()
    idle[0] = ABSENT
    assert after(history, idle, quality=Quality.MISSING).zero_days.tolist() == [2]
    gap = nothing.copy()
    gap[:2] = (ABSENT, 1)
    assert after(history, gap, quality=Quality.MISSING).zero_days.tolist() == [0]


def test_an_estimate_does_not_end_days_without_use() -> None:
    history = after(nothing_known(1), np.zeros(48, np.int32))
    delivered = block(np.full(48, ABSENT))
    filled = advance(history, delivered, np.full((1, 48), 7, np.int32), np.array([3]))
    assert filled.zero_days.tolist() == [1]


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=70))
def test_the_highest_covers_the_newest_15_to_28_valid_days(peaks: list[int]) -> None:
    history = nothing_known(1)
    for number, peak in enumerate(peaks, start=1):
        history = after(history, day_with(7, peak) if peak > 147 else plain()[0])
        tops = [max(one, 147) for one in peaks[:number]]
        assert max(tops[-15:]) <= history.highest_wh[0] <= max(tops[-28:])


def test_a_peak_is_forgotten_after_28_valid_days() -> None:
    history = after(nothing_known(1), day_with(7, 9_999), *[plain()[0]] * 27)
    assert history.highest_wh.tolist() == [9_999]
    assert after(history, plain()[0]).highest_wh.tolist() == [147]


@given(st.integers(0, 2**31), st.integers(-1, 1))
def test_the_whole_root_is_exact(root: int, beside: int) -> None:
    squares = [max(root * root + beside, 0), root * root + 2 * root]
    assert _root(np.array(squares, np.int64)).tolist() == [isqrt(one) for one in squares]


def test_the_share_of_zeros() -> None:
    # 12 of 48 half-hours: 25 %; after a day without any, a plain mean of two: 12.5 %.
    history = after(nothing_known(1), day_with(0, *[0] * 12))
    assert history.zero_permille.tolist() == [250]
    assert after(history, plain()[0]).zero_permille.tolist() == [125]
    # One zero a day is 1/48 = 2.08 %; a small step each day is not lost to rounding.
    long = after(after(nothing_known(1), *[plain()[0]] * 20), *[day_with(0, 0)] * 90)
    assert long.zero_permille.tolist() == [20]


def test_the_largest_customers_do_not_overflow() -> None:
    full = np.full(48, 2**31 - 1, np.int32)  # 103 GWh a day
    history = after(nothing_known(1), plain()[0], *[full] * 5, plain()[0])
    days, mean, deviation = usual(history)
    assert days == 7
    assert 0 < mean < 2**37
    assert 0 <= deviation < 2**31


@given(st.permutations(range(6)))
def test_rows_are_independent(order: list[int]) -> None:
    days = np.stack([even(1_000 * (one + 1)) for one in range(6)])
    quality = np.full(6, Quality.MEASURED)
    history = advance(nothing_known(6), block(days), days, quality)
    shuffled = advance(nothing_known(6), block(days[order]), days[order], quality)
    assert (history.mean_wh[order] == shuffled.mean_wh).all()
    assert (history.highest_wh[order] == shuffled.highest_wh).all()
