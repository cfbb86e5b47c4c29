"""What replaces what (V-23) and which days go together. Source: meterdata c.2, c.3, c.4."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.intervals.estimation.between_registers import stretches
from congto.engines.intervals.estimation.replacement import replaces
from congto.vocabulary.intervals import ABSENT
from congto.vocabulary.quality import Quality


@pytest.mark.parametrize(
    ("current", "new", "wins"),
    [
        ((100, Quality.ESTIMATED), (120, Quality.MEASURED), True),
        ((100, Quality.FINAL_ESTIMATED), (120, Quality.MEASURED_SUSPECT), True),
        ((100, Quality.EDITED), (120, Quality.MEASURED), True),
        ((100, Quality.TEMPORARY), (120, Quality.FINAL_ESTIMATED), True),
        ((100, Quality.FINAL_ESTIMATED), (120, Quality.FINAL_ESTIMATED), True),
        (
            (100, Quality.ESTIMATED),
            (100, Quality.FINAL_ESTIMATED),
            True,
        ),  # the same value, but proven now
        ((100, Quality.FINAL_ESTIMATED), (120, Quality.ESTIMATED), False),
        ((100, Quality.MEASURED), (120, Quality.EDITED), False),
        ((100, Quality.MEASURED), (120, Quality.MEASURED_SUSPECT), False),
        ((100, Quality.MEASURED), (100, Quality.MEASURED), False),  # V-02: nothing new
        ((100, Quality.TEMPORARY), (ABSENT, Quality.MISSING), False),
        ((ABSENT, Quality.MISSING), (ABSENT, Quality.MISSING), False),
        ((ABSENT, Quality.MISSING), (120, Quality.REJECTED), False),
        ((ABSENT, Quality.MISSING), (120, Quality.TEMPORARY), True),
    ],
)
def test_the_higher_quality_stays(current, new, wins):
    values, qualities = np.array([current[0]], np.int32), np.array([current[1]], np.uint8)
    new_values, new_qualities = np.array([new[0]], np.int32), np.array([new[1]], np.uint8)
    assert replaces(values, qualities, new_values, new_qualities).tolist() == [wins]


def test_a_person_may_go_against_the_rank():
    at = np.array([100], np.int32), np.array([Quality.MEASURED], np.uint8)
    new = np.array([120], np.int32), np.array([Quality.EDITED], np.uint8)
    assert replaces(*at, *new, by_person=True).tolist() == [True]


def test_days_between_two_registers_go_together():
    # point 0: registers at the ends of five days and after the second, day 4 incomplete;
    # point 1: no register but the first; point 2: all registers, days 0 and 4 incomplete
    known = np.array([[1, 0, 1, 0, 0, 1], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], np.bool_)
    complete = np.array([[1, 1, 1, 0, 1], [0, 0, 0, 0, 0], [0, 1, 1, 1, 0]], np.bool_)
    found = stretches(known, complete)
    assert list(zip(*(one.tolist() for one in found), strict=True)) == [
        (0, 2, 3),
        (2, 0, 1),
        (2, 4, 1),
    ]


def test_no_registers_no_stretches():
    found = stretches(np.zeros((3, 6), np.bool_), np.zeros((3, 5), np.bool_))
    assert [one.tolist() for one in found] == [[], [], []]


RANKED = [Quality.TEMPORARY, Quality.ESTIMATED, Quality.FINAL_ESTIMATED, Quality.EDITED]


@given(
    st.permutations([*RANKED, Quality.MEASURED_SUSPECT, Quality.MEASURED]),
    st.lists(st.lists(st.none() | st.integers(0, 99), min_size=6, max_size=6), min_size=6),
)
def test_deliveries_of_different_rank_end_alike_in_any_order(order, columns):
    # column k of every delivery speaks of one half-hour; null: not delivered. What is left is the
    # value of the highest rank delivered, whichever came first.
    values = np.full(len(columns), ABSENT, np.int32)
    qualities = np.full(len(columns), Quality.MISSING, np.uint8)
    for rank in order:
        given_values = [column[rank - Quality.TEMPORARY] for column in columns]
        new = np.array([ABSENT if one is None else one for one in given_values], np.int32)
        wins = replaces(values, qualities, new, np.full(len(columns), rank, np.uint8))
        values, qualities = np.where(wins, new, values), np.where(wins, rank, qualities)
    for column, value in zip(columns, values.tolist(), strict=True):
        delivered = [one for one in column if one is not None]
        assert value == (delivered[-1] if delivered else ABSENT)
