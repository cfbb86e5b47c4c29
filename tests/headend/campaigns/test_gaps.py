"""Missing half-hours become ranges: merged over midnight and short holes, of each device alone."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from congto.headend.campaigns.gaps import GAPS, packed, ranges_of

DAY, NEXT = date(2026, 11, 4), date(2026, 11, 5)


def bits(*slots: int) -> int:
    return sum(1 << slot for slot in slots)


def gaps(*rows: tuple[int, date, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=GAPS, orient="row")


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_whole_day_is_one_range_of_the_local_day():
    found = ranges_of(gaps((7, DAY, 2**48 - 1)))
    assert found.rows() == [(7, utc(3, 17), utc(4, 17))]  # 00:00 in Viet Nam is 17:00 UTC


def test_runs_that_meet_at_midnight_are_one_range():
    found = ranges_of(gaps((7, NEXT, bits(0, 1)), (7, DAY, bits(46, 47))))
    assert found.rows() == [(7, utc(4, 16), utc(4, 18))]


def test_a_short_hole_is_asked_for_again_and_a_long_one_is_not():
    short = ranges_of(gaps((7, DAY, bits(0, 7))))  # six half-hours are there in between
    long = ranges_of(gaps((7, DAY, bits(0, 8))))
    assert short.rows() == [(7, utc(3, 17), utc(3, 21))]
    assert long.rows() == [(7, utc(3, 17), utc(3, 17, 30)), (7, utc(3, 21), utc(3, 21, 30))]


def test_devices_are_apart():
    found = ranges_of(gaps((8, DAY, bits(3)), (7, DAY, bits(3))))
    assert found["device"].to_list() == [7, 8]


def test_nothing_missing_asks_for_nothing():
    assert ranges_of(gaps()).is_empty()


def test_rows_of_48_are_packed_with_midnight_lowest():
    missing = np.zeros((2, 48), bool)
    missing[0, [0, 47]] = True
    assert packed(missing).tolist() == [1 + 2**47, 0]
