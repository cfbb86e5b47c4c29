"""Like days, worked out on a calendar of 2026. Source: meterdata c.4 (like days), c.1 (method 14).

2026-11-04 is a Wednesday; the weeks before it begin on Mondays 10-26, 10-19, 10-12, 10-05, 09-28.
"""

from datetime import date, timedelta

import numpy as np
import pytest

from congto.engines.intervals.estimation.like_days import (
    StoredDays,
    days_to_read,
    like_days,
    nearest_day,
    usable_days,
)
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, DayType
from congto.vocabulary.quality import Quality

HOLIDAYS = {date(2026, 10, 20), date(2026, 11, 1)}


def type_of(day):
    if day in HOLIDAYS:
        return DayType.HOLIDAY
    return {5: DayType.SATURDAY, 6: DayType.SUNDAY}.get(day.weekday(), DayType.WORKING)


def stored(day, *, spoilt=()):
    """Return the days to read for one point, with values that name them: month x 100 + day."""
    days = days_to_read(day, type_of)
    values = np.array([[one.month * 100 + one.day for one in days]], np.int32)
    return StoredDays(
        days=days,
        values=np.repeat(values[:, :, None], HALF_HOURS, axis=2),
        usable=np.array([[one not in spoilt for one in days]]),
    )


def chosen(day, **spoilt):
    return like_days(day, type_of, stored(day, **spoilt))[0, :, 0].tolist()


def nearest(day, **spoilt):
    return int(nearest_day(day, type_of, stored(day, **spoilt))[0, 0])


def test_the_four_most_recent_days_of_the_same_type():
    assert chosen(date(2026, 11, 4)) == [1103, 1102, 1030, 1029]


def test_holidays_are_passed_over():
    # Wednesday 10-21: Tuesday 10-20 is a holiday, the weekend is of another type
    assert chosen(date(2026, 10, 21)) == [1019, 1016, 1015, 1014]


def test_days_that_may_not_be_leaned_on_are_passed_over():
    spoilt = (date(2026, 11, 3), date(2026, 10, 30))
    assert chosen(date(2026, 11, 4), spoilt=spoilt) == [1102, 1029, 1028, 1027]


def test_a_saturday_looks_back_over_weeks():
    assert chosen(date(2026, 11, 7)) == [1031, 1024, 1017, 1010]


def test_nothing_older_than_35_days():
    # five Saturdays: 10-31, 10-24, 10-17, 10-10, 10-03 (35 days); 09-26 is too old
    spoilt = (date(2026, 10, 31), date(2026, 10, 24))
    assert chosen(date(2026, 11, 7), spoilt=spoilt) == [1017, 1010, 1003, ABSENT]


def test_a_holiday_is_like_the_last_two_sundays():
    # holiday on Sunday 11-01 itself: Sundays 10-25 and 10-18
    assert chosen(date(2026, 11, 1)) == [1025, 1018, ABSENT, ABSENT]
    assert chosen(date(2026, 10, 20)) == [1018, 1011, ABSENT, ABSENT]


def test_each_point_has_days_of_its_own():
    day = date(2026, 11, 4)
    one = stored(day)
    usable = np.repeat(one.usable, 2, axis=0)
    usable[1, :3] = False
    both = StoredDays(one.days, np.repeat(one.values, 2, axis=0), usable)
    days = like_days(day, type_of, both)[:, :, 0]
    assert days.tolist() == [[1103, 1102, 1030, 1029], [1029, 1028, 1027, 1026]]


@pytest.mark.parametrize(
    ("day", "order"),
    [
        (date(2026, 11, 2), [1026]),  # Monday: Monday of the week before
        (date(2026, 11, 3), [1027, 1028, 1029, 1104, 1105]),  # Tuesday
        (date(2026, 11, 4), [1028, 1027, 1029, 1103, 1105]),  # Wednesday
        (date(2026, 11, 5), [1029, 1104, 1103, 1028, 1027]),  # Thursday
        (date(2026, 11, 6), [1030]),
        (date(2026, 11, 7), [1031]),
        (date(2026, 11, 15), [1108]),  # Sunday
    ],
)
def test_the_order_table_of_method_14(day, order):
    found, spoilt = [], []
    while (value := nearest(day, spoilt=tuple(spoilt))) != ABSENT:
        found.append(value)
        spoilt.append(date(2026, value // 100, value % 100))
    assert found == order


def test_the_order_table_passes_over_holidays():
    # Tuesday 10-27: the Tuesday before is a holiday, so the Wednesday before
    assert nearest(date(2026, 10, 27)) == 1021


def test_the_days_to_read_are_few():
    days = days_to_read(date(2026, 11, 3), type_of)
    # 25 working days of five weeks but the holiday 10-20, and Wednesday and Thursday of this week
    assert len(days) == 24 + 2
    assert days[-2:] == (date(2026, 11, 4), date(2026, 11, 5))
    assert min(days) >= date(2026, 11, 3) - timedelta(days=35)


def test_what_makes_a_day_unusable():
    values = np.full((1, 4, HALF_HOURS), 5, np.int32)
    qualities = np.full(values.shape, Quality.MEASURED, np.uint8)
    flagged = np.zeros((1, 4), np.bool_)
    qualities[0, 0, :4] = Quality.FINAL_ESTIMATED  # 8.3 %
    qualities[0, 1, :5] = Quality.ESTIMATED  # 10.4 %
    values[0, 2, 7] = ABSENT
    flagged[0, 3] = True
    assert usable_days(values, qualities, flagged).tolist() == [[True, False, False, False]]
