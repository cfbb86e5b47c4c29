"""The demo month against the measured year: the labels in SimBench's own file are the witness."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.sample.dates import measured_day, profile_rows, window_rows
from congto.sample.source import data_folder, read_table


@pytest.fixture(scope="module")
def labels() -> list[str]:
    return read_table(data_folder(), "LoadProfile", ["time"])["time"].to_list()


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_the_weekday_is_kept_and_the_day_lies_in_2016(day: date) -> None:
    found = measured_day(day)
    assert found.isoweekday() == day.isoweekday()
    assert found.year == 2016
    assert (day - found).days % 7 == 0


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_the_season_is_kept(day: date) -> None:
    apart = abs((measured_day(day) - date(2016, day.month, day.day)).days)
    assert min(apart, 366 - apart) <= 5


def test_the_day_of_the_demo_month() -> None:
    assert measured_day(date(2026, 10, 1)) == date(2016, 9, 29)
    assert measured_day(date(2026, 10, 31)) == date(2016, 10, 29)


def test_rows_carry_the_label_of_the_same_wall_clock(labels: list[str]) -> None:
    for day, measured in (
        (date(2026, 10, 1), "29.09.2016"),  # summer time
        (date(2026, 12, 8), "06.12.2016"),  # winter time
    ):
        wanted = [f"{measured} {half // 2:02d}:{half % 2 * 30:02d}" for half in range(48)]
        assert [labels[row] for row in profile_rows(day)] == wanted
        assert [labels[row + 1][-2:] for row in profile_rows(day)] == ["15", "45"] * 24


def test_the_hour_that_does_not_exist_takes_the_hour_after_it(labels: list[str]) -> None:
    day = date(2027, 3, 28)
    assert measured_day(day) == date(2016, 3, 27)
    shown = [labels[row][-5:] for row in profile_rows(day)]
    assert shown[2:10] == [
        "01:00", "01:30", "03:00", "03:30", "03:00", "03:30", "04:00", "04:30",
    ]  # fmt: skip


def test_of_the_hour_that_exists_twice_the_first_is_taken(labels: list[str]) -> None:
    day = date(2027, 10, 31)
    assert measured_day(day) == date(2016, 10, 30)
    rows = profile_rows(day)
    shown = [labels[row][-5:] for row in rows]
    assert shown[2:8] == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]
    assert rows[5] - rows[4] == 2, "02:30 follows 02:00 at once"
    assert rows[6] - rows[5] == 6, "the second hour lies between"


def test_a_window_over_new_year_goes_on_within_2016(labels: list[str]) -> None:
    rows = window_rows(date(2026, 12, 31), 2)
    assert labels[rows[0]].startswith("29.12.2016")
    assert labels[rows[48]].startswith("01.01.2016")
    assert rows.min() >= 0
    assert rows.max() + 1 < len(labels)


def test_every_day_of_a_year_has_rows() -> None:
    for n in range(366):
        rows = profile_rows(date(2028, 1, 1) + timedelta(days=n))
        assert len(rows) == 48
        assert 0 <= rows.min() <= rows.max() <= 35134
