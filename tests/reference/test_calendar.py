"""Types of days. Sources: Labour Code 45/2019 art. 112; the government's yearly announcements."""

from datetime import date

import pytest

from congto.reference.calendar import day_type, holiday_name
from congto.vocabulary.intervals import DayType


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 4), DayType.WORKING),
        (date(2026, 11, 7), DayType.SATURDAY),
        (date(2026, 11, 8), DayType.SUNDAY),
        (date(2026, 1, 1), DayType.HOLIDAY),  # art. 112(1)(a)
        (date(2026, 4, 30), DayType.HOLIDAY),  # (c)
        (date(2026, 5, 1), DayType.HOLIDAY),  # (d)
        (date(2026, 9, 2), DayType.HOLIDAY),  # (đ)
        (date(2026, 4, 26), DayType.HOLIDAY),  # (e) tenth of the third lunar month, a Sunday
        (date(2026, 4, 27), DayType.HOLIDAY),  # art. 111(3): the day off moves to Monday
        # (b) five days of Tết, announced as 2026-02-16 to 02-20; the weekend around is a weekend
        (date(2026, 2, 16), DayType.HOLIDAY),
        (date(2026, 2, 20), DayType.HOLIDAY),
        (date(2026, 2, 21), DayType.SATURDAY),
        (date(2026, 2, 13), DayType.WORKING),
        # Monday 2026-08-31 off in exchange for Saturday 08-22
        (date(2026, 8, 31), DayType.HOLIDAY),
        (date(2026, 8, 22), DayType.WORKING),
    ],
)
def test_the_type_of_a_day(day, kind):
    assert day_type(day) is kind


def test_a_holiday_has_its_name():
    assert holiday_name(date(2026, 9, 2)) == "Quốc khánh"
    assert holiday_name(date(2026, 11, 4)) is None
