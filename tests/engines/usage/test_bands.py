"""Half-hours by time band: tariffs 2.1, schedule A (TT 16/2014 Art. 5(1)) and B (963/QĐ-BCT).

Hours of a day by schedule A: peak 09:30-11:30 and 17:00-20:00 (5 h), off-peak 22:00-04:00 (6 h),
normal 13 h; Sunday no peak, normal 18 h. By schedule B: peak 17:30-22:30 (5 h), off-peak
00:00-06:00 (6 h), normal 13 h; Sunday normal 18 h.
"""

from dataclasses import replace
from datetime import date

import pytest

from congto.engines.usage import bands_of
from congto.vocabulary.errors import NotInForceError
from congto.vocabulary.groups import Register
from congto.vocabulary.periods import Period
from world_usage import IN_FORCE, SUNDAY, WEDNESDAY, day, determined, month, row

FLAT = [500] * 48
"""500 Wh each half-hour: 1 kWh an hour."""


def of_day(local_day, values=FLAT, schedules=IN_FORCE):
    period = Period(local_day, date.fromordinal(local_day.toordinal() + 1))
    found = determined(month(period, day(local_day, row(values)), schedules=schedules))
    return found["normal_wh"], found["peak_wh"], found["off_peak_wh"]


def changed_on(start: date):
    """Let schedule B follow schedule A on a day, as a decision would."""
    old, new = IN_FORCE
    return replace(old, end=start), replace(new, start=start)


def test_a_flat_weekday_has_13_5_and_6_hours():
    assert of_day(WEDNESDAY) == (13_000, 5_000, 6_000)


def test_a_sunday_has_no_peak():
    assert of_day(SUNDAY) == (18_000, 0, 6_000)


def test_a_saturday_is_a_weekday():
    assert of_day(date(2026, 10, 3)) == (13_000, 5_000, 6_000)


@pytest.mark.parametrize("holiday", [date(2026, 9, 2), date(2026, 1, 1), date(2026, 2, 17)])
def test_a_holiday_counts_as_the_weekday_it_falls_on(holiday):
    # National Day (Wednesday), New Year (Thursday), first day of Tết (Tuesday)
    assert of_day(holiday) == (13_000, 5_000, 6_000)


def test_a_half_hour_belongs_to_the_window_in_which_it_starts():
    values = [0] * 48
    values[19] = 7  # 09:30
    values[23] = 11  # 11:30
    values[43] = 13  # 21:30
    values[44] = 17  # 22:00
    values[7] = 19  # 03:30
    assert of_day(WEDNESDAY, values) == (11 + 13, 7, 17 + 19)


def test_the_new_schedule_has_its_peak_in_the_evening():
    new = changed_on(date(2026, 10, 1))
    assert of_day(WEDNESDAY, schedules=new) == (13_000, 5_000, 6_000)
    assert of_day(SUNDAY, schedules=new) == (18_000, 0, 6_000)
    values = [0] * 48
    values[20] = 7  # 10:00: was peak
    values[44] = 11  # 22:00: was off-peak
    values[45] = 13  # 22:30
    values[10] = 17  # 05:00: was normal
    assert of_day(WEDNESDAY, values, new) == (7 + 13, 11, 17)


def test_a_change_of_schedule_inside_the_month_cuts_it_by_days():
    # Wednesday 7 October by A, Thursday 8 by B: 3 Wh at 10:00 and 5 Wh at 22:00 on both days
    values = [0] * 48
    values[20], values[44] = 3, 5
    period = Period(WEDNESDAY, date(2026, 10, 9))
    both = [day(WEDNESDAY, row(values)), day(date(2026, 10, 8), row(values))]
    found = determined(month(period, *both, schedules=changed_on(date(2026, 10, 8))))
    # A: 3 peak, 5 off-peak; B: 3 normal, 5 peak
    assert (found["normal_wh"], found["peak_wh"], found["off_peak_wh"]) == (3, 3 + 5, 5)


def test_today_the_new_schedule_is_not_in_force():
    bands = bands_of(IN_FORCE, date(2026, 11, 25))
    assert bands[20] is Register.PEAK  # 10:00
    assert bands[44] is Register.OFF_PEAK  # 22:00


def test_a_day_before_the_first_schedule_is_refused():
    with pytest.raises(NotInForceError, match="2014-05-31"):
        bands_of(IN_FORCE, date(2014, 5, 31))
