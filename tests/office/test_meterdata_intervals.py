"""The Delta table of half-hours: versions, reruns, single days and points, two writers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congto.office.storage import intervals
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
OCTOBER = Period.month(2026, 10)
DAY = date(2026, 10, 7)


@pytest.fixture(autouse=True)
def table(tmp_path: Path, settings: object) -> Path:
    settings.DATA = tmp_path
    return tmp_path / "intervals"


def day(point: int, values: list[int | None], local_day: date = DAY) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "usage_point": [point],
            "channel": ["A+"],
            "local_day": [local_day],
            "values": [values],
            "quality": [Quality.MEASURED.value],
        },
        schema_overrides={"values": pl.List(pl.Int64), "quality": pl.Int16},
    )


def test_an_empty_table_has_no_rows():
    assert intervals.read_day(DAY).is_empty()
    assert intervals.period_sums(OCTOBER).is_empty()


def test_a_delivery_is_loaded_once():
    assert intervals.append(day(1, [5] * 48), at=FIRST) == 1
    assert intervals.append(day(1, [5] * 48), at=SECOND) == 0
    (row,) = intervals.read_day(DAY).to_dicts()
    assert (row["version"], row["known_at"]) == (1, FIRST)


def test_a_correction_is_a_new_version_and_the_old_one_stays(table):
    with_gap: list[int | None] = [5] * 47 + [None]
    intervals.append(day(1, with_gap), at=FIRST)
    assert intervals.append(day(1, [5] * 48), at=SECOND) == 1
    (row,) = intervals.read_point(1, OCTOBER).to_dicts()
    assert (row["version"], row["values"], row["known_at"]) == (2, [5] * 48, SECOND)
    every = pl.scan_delta(str(table)).sort("version").collect()
    assert every["values"].to_list() == [with_gap, [5] * 48]


def test_days_and_points_are_read_alone():
    other = DAY + timedelta(days=1)
    for point in (1, 2, 3):
        intervals.append(
            pl.concat([day(point, [point] * 48), day(point, [9] * 48, other)]), at=FIRST
        )
    assert intervals.read_day(DAY)["usage_point"].to_list() == [1, 2, 3]
    assert intervals.read_point(2, Period(other, other + timedelta(days=1)))[
        "values"
    ].to_list() == [[9] * 48]
    assert intervals.read_points([1, 3], OCTOBER).height == 4


def test_sums_count_what_is_there():
    values: list[int | None] = [10] * 46 + [None, -7]
    intervals.append(pl.concat([day(1, values), day(1, [1] * 48, date(2026, 10, 31))]), at=FIRST)
    intervals.append(day(1, [1000] * 48, date(2026, 11, 1)), at=FIRST)  # another month
    (row,) = intervals.period_sums(OCTOBER).to_dicts()
    # 46 x 10 - 7 + 48 x 1 = 501
    assert row == {
        "usage_point": 1,
        "present": 95,
        "negative": 1,
        "lowest_wh": -7,
        "energy_wh": 501,
    }


def test_of_two_loads_at_the_same_time_the_second_is_refused_and_may_come_again(monkeypatch):
    intervals.append(day(1, [1] * 48), at=FIRST)
    changed = intervals._changed

    def while_another_commits(delivered: pl.DataFrame, held: object) -> pl.DataFrame:
        monkeypatch.setattr(intervals, "_changed", changed)
        intervals.append(day(1, [2] * 48), at=FIRST)
        return changed(delivered, held)

    monkeypatch.setattr(intervals, "_changed", while_another_commits)
    with pytest.raises(RefusedError, match="another load wrote interval readings"):
        intervals.append(day(1, [3] * 48), at=SECOND)
    assert intervals.read_day(DAY)["values"].to_list() == [[2] * 48]
    intervals.append(day(1, [3] * 48), at=SECOND)
    assert intervals.read_day(DAY)["version"].to_list() == [3]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deliveries=st.lists(
        st.tuples(st.integers(1, 3), st.integers(7, 9), st.integers(0, 2)), min_size=1, max_size=6
    )
)
def test_the_last_delivery_of_a_day_is_current_in_any_order(tmp_path_factory, deliveries):
    django_settings.DATA = tmp_path_factory.mktemp("any_order")
    model: dict[tuple[int, date], int] = {}
    for point, number, value in deliveries:
        local_day = date(2026, 10, number)
        intervals.append(day(point, [value] * 48, local_day), at=FIRST)
        model[point, local_day] = value
    rows = intervals.read_points([1, 2, 3], OCTOBER)
    held = {(row["usage_point"], row["local_day"]): row["values"] for row in rows.to_dicts()}
    assert held == {key: [value] * 48 for key, value in model.items()}
