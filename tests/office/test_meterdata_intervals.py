"""The store of half-hours: deliveries laid over each other, as-of, reruns, two writers."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from deltalake import DeltaTable
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congto.office.storage import interval_upkeep, intervals
from congto.office.storage.interval_tables import RAW, VALIDATED, rows_of
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.intervals import Channel, SourceRank, Status
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
THIRD = datetime(2026, 11, 3, tzinfo=UTC)
OCTOBER = Period.month(2026, 10)
DAY = date(2026, 10, 7)
IMPORT = Channel.ACTIVE_IMPORT


@pytest.fixture(autouse=True)
def table(tmp_path: Path, settings: object) -> Path:
    settings.DATA = tmp_path
    return tmp_path / "intervals" / "raw"


def day(  # noqa: PLR0917  (the columns of a row)
    point: int,
    values: list[int | None],
    local_day: date = DAY,
    source: int = SourceRank.DELIVERED,
    status: list[int] | None = None,
    channel: Channel = IMPORT,
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "usage_point": [point],
            "channel": [int(channel)],
            "local_day": [local_day],
            "values": [values],
            "status": [status],
            "source": [int(source)],
        },
        schema_overrides={
            "channel": pl.Int8,
            "values": pl.List(pl.Int32),
            "status": pl.List(pl.UInt8),
            "source": pl.Int8,
        },
    )


def values_of(point: int = 1, known_at: datetime | None = None) -> list[int | None]:
    (row,) = intervals.read_points([point], OCTOBER, known_at=known_at).to_dicts()
    return row["values"]


def versions() -> list[int]:
    return intervals.read_versions(1, DAY, RAW)["version"].to_list()


def test_an_empty_table_has_no_rows():
    assert intervals.read_day(DAY).is_empty()
    assert intervals.period_sums(OCTOBER).is_empty()


def test_a_delivery_is_loaded_once():
    assert intervals.append(day(1, [5] * 48), at=FIRST) == 1
    assert intervals.append(day(1, [5] * 48), at=SECOND) == 0
    (row,) = intervals.read_day(DAY).to_dicts()
    assert (row["version"], row["known_at"], row["validated"]) == (1, FIRST, False)


def test_a_correction_is_a_new_version_and_the_old_one_stays(table):
    with_gap: list[int | None] = [5] * 47 + [None]
    intervals.append(day(1, with_gap), at=FIRST)
    assert intervals.append(day(1, [5] * 48), at=SECOND) == 1
    (row,) = intervals.read_point(1, OCTOBER).to_dicts()
    assert (row["version"], row["values"], row["known_at"]) == (2, [5] * 48, SECOND)
    every = pl.scan_delta(str(table)).sort("version").collect()
    assert every["values"].to_list() == [with_gap, [5] * 48]


def test_what_was_known_at_an_instant_is_still_there():
    intervals.append(day(1, [5] * 48), at=FIRST)
    intervals.append(day(1, [6] * 48), at=THIRD)
    assert values_of(known_at=FIRST) == [5] * 48
    assert values_of(known_at=SECOND) == [5] * 48
    assert values_of(known_at=THIRD) == [6] * 48
    assert intervals.read_points([1], OCTOBER, known_at=FIRST - timedelta(days=1)).is_empty()


def test_pieces_of_a_day_make_the_day():
    morning: list[int | None] = [1] * 24 + [None] * 24
    evening: list[int | None] = [None] * 24 + [2] * 24
    assert intervals.append(day(1, evening), at=FIRST) == 1
    assert intervals.append(day(1, morning), at=SECOND) == 1
    assert intervals.append(day(1, evening), at=THIRD) == 0  # nothing new in it
    assert values_of() == [1] * 24 + [2] * 24


def test_a_lower_rank_does_not_replace_a_higher_one_and_fills_its_gaps():
    measured: list[int | None] = [5] * 47 + [None]
    intervals.append(day(1, measured, source=SourceRank.DELIVERED), at=FIRST)
    intervals.append(day(1, [9] * 48, source=SourceRank.SUBSTITUTED), at=SECOND)
    assert values_of() == [5] * 47 + [9]
    intervals.append(day(1, [7] * 48, source=SourceRank.READ_AGAIN), at=THIRD)
    assert values_of() == [7] * 48


def test_the_same_values_from_a_higher_rank_hold_against_the_lower_one():
    intervals.append(day(1, [5] * 48), at=FIRST)
    assert intervals.append(day(1, [5] * 48, source=SourceRank.READ_AGAIN), at=SECOND) == 1
    intervals.append(day(1, [6] * 48), at=THIRD)
    assert values_of() == [5] * 48


def test_two_deliveries_of_a_day_in_one_file_are_both_laid():
    both = pl.concat(
        [
            day(1, [None] * 40 + [3] * 8, source=SourceRank.SUBSTITUTED),
            day(1, [1] * 40 + [None] * 8),
            day(1, [1] * 40 + [None] * 8),
        ]
    )
    assert intervals.append(both, at=FIRST) == 2
    assert versions() == [1, 2]
    assert values_of() == [1] * 40 + [3] * 8


def test_bits_of_the_meter_come_with_the_value_that_is_current():
    bits = [int(Status.POWER_DOWN)] + [0] * 47
    intervals.append(day(1, [None] + [4] * 47, status=bits), at=FIRST)
    (found,) = intervals.raw_days(RAW.snapshot(DAY), IMPORT).status.tolist()
    assert found == bits
    intervals.append(day(1, [4] * 48), at=SECOND)
    raw = intervals.raw_days(RAW.snapshot(DAY), IMPORT)
    assert raw.status.tolist() == [[0] * 48]
    assert raw.values.tolist() == [[4] * 48]


def test_an_empty_delivery_says_nothing():
    assert intervals.append(day(1, [None] * 48), at=FIRST) == 0


def test_a_day_of_49_values_is_refused_with_a_sentence():
    with pytest.raises(InvalidInputError, match="49 values; expected 48 half-hours"):
        intervals.append(day(1, [1] * 49), at=FIRST)


def test_channels_are_kept_apart():
    intervals.append(day(1, [1] * 48), at=FIRST)
    intervals.append(day(1, [2] * 48, channel=Channel.ACTIVE_EXPORT), at=FIRST)
    assert intervals.read_day(DAY)["values"].to_list() == [[1] * 48]
    assert intervals.read_day(DAY, Channel.ACTIVE_EXPORT)["values"].to_list() == [[2] * 48]


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


def validated(point: int, values: list[int | None], version: int) -> pl.DataFrame:
    quality = Quality.MISSING if None in values else Quality.ESTIMATED
    total = None if None in values else sum(v or 0 for v in values)
    return pl.DataFrame(
        {
            "usage_point": [point],
            "channel": [1],
            "values": [values],
            "qualities": [None],
            "methods": [None],
            "reasons": [None],
            "quality": [quality.value],
            "day_wh": [total],
            "raw_version": [1],
            "version": [version],
            "known_at": [FIRST if version == 1 else SECOND],
        }
    )


def write_validated(*rows: pl.DataFrame) -> None:
    VALIDATED.commit([VALIDATED.write(DAY, rows_of(pl.concat(rows), VALIDATED))], at=FIRST)


def test_the_validated_day_stands_before_the_raw_one_and_its_newest_version_first():
    intervals.append(pl.concat([day(1, [1] * 48), day(2, [2] * 48)]), at=FIRST)
    write_validated(validated(1, [10] * 48, 1))
    write_validated(validated(1, [11] * 48, 2))
    rows = intervals.read_day(DAY).select("usage_point", "values", "validated", "version").rows()
    assert rows == [(1, [11] * 48, True, 2), (2, [2] * 48, False, 1)]
    assert intervals.read_day(DAY, known_at=FIRST)["values"].to_list() == [[10] * 48, [2] * 48]


def test_a_written_file_is_no_part_of_the_table_before_its_commit():
    new = VALIDATED.write(DAY, rows_of(validated(1, [10] * 48, 1), VALIDATED))
    assert intervals.read_day(DAY).is_empty()
    VALIDATED.commit([new], at=FIRST)
    assert intervals.read_day(DAY)["values"].to_list() == [[10] * 48]


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


def test_of_two_loads_at_the_same_time_the_second_looks_again(monkeypatch):
    intervals.append(day(1, [1] * 48), at=FIRST)
    changed = intervals._changed

    def while_another_commits(delivered: pl.DataFrame, held: object) -> pl.DataFrame:
        monkeypatch.setattr(intervals, "_changed", changed)
        intervals.append(day(1, [2] * 48), at=FIRST)
        return changed(delivered, held)

    monkeypatch.setattr(intervals, "_changed", while_another_commits)
    assert intervals.append(day(1, [3] * 48), at=SECOND) == 1
    assert versions() == [1, 2, 3]
    assert values_of() == [3] * 48


def test_a_load_that_is_always_late_is_refused_and_adds_nothing(monkeypatch):
    changed, numbers = intervals._changed, itertools.count(10)

    def while_another_commits(delivered: pl.DataFrame, held: object) -> pl.DataFrame:
        monkeypatch.setattr(intervals, "_changed", changed)
        intervals.append(day(2, [next(numbers)] * 48), at=FIRST)
        monkeypatch.setattr(intervals, "_changed", while_another_commits)
        return changed(delivered, held)

    monkeypatch.setattr(intervals, "_changed", while_another_commits)
    with pytest.raises(RefusedError, match="other loads wrote interval readings"):
        intervals.append(day(1, [3] * 48), at=SECOND)
    assert intervals.read_points([1], OCTOBER).is_empty()


def test_compaction_leaves_one_file_a_day_and_every_version(table):
    for value in (1, 2, 3):
        intervals.append(pl.concat([day(p, [value] * 48) for p in (1, 2)]), at=FIRST)
    before = intervals.read_versions(1, DAY, RAW)
    assert interval_upkeep.compact(RAW, at=SECOND, files_max=1) == 1
    assert len(DeltaTable(str(table)).file_uris()) == 1
    assert intervals.read_versions(1, DAY, RAW).equals(before)
    assert values_of() == [3] * 48
    assert interval_upkeep.compact(RAW, at=SECOND, files_max=1) == 0


def test_retention_removes_whole_days_and_says_which():
    for number in (5, 6, 7):
        intervals.append(day(1, [1] * 48, date(2026, 10, number)), at=FIRST)
    gone = interval_upkeep.forget(RAW, before=date(2026, 10, 7))
    assert gone == ["2026-10-05", "2026-10-06"]
    assert intervals.read_point(1, OCTOBER)["local_day"].to_list() == [date(2026, 10, 7)]
    assert interval_upkeep.forget(RAW, before=date(2026, 10, 7)) == []


def test_files_that_no_commit_names_are_cleared_away(table):
    intervals.append(day(1, [1] * 48), at=FIRST)
    RAW.write(DAY, rows_of(intervals.read_versions(1, DAY, RAW), RAW))  # and killed
    assert len(list(table.rglob("*.parquet"))) == 2
    interval_upkeep.clear(RAW, hours=0)
    assert len(list(table.rglob("local_day*/*.parquet"))) == 1
    assert values_of() == [1] * 48


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deliveries=st.lists(
        st.tuples(st.integers(1, 3), st.integers(7, 9), st.integers(0, 2)), min_size=1, max_size=6
    )
)
def test_of_equal_ranks_the_last_delivery_is_current(tmp_path_factory, deliveries):
    django_settings.DATA = tmp_path_factory.mktemp("last")
    model: dict[tuple[int, date], int] = {}
    for point, number, value in deliveries:
        local_day = date(2026, 10, number)
        intervals.append(day(point, [value] * 48, local_day), at=FIRST)
        model[point, local_day] = value
    rows = intervals.read_points([1, 2, 3], OCTOBER)
    held = {(row["usage_point"], row["local_day"]): row["values"] for row in rows.to_dicts()}
    assert held == {key: [value] * 48 for key, value in model.items()}


PIECES = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=48, max_size=48),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=PIECES, order=st.randoms(use_true_random=False))
def test_deliveries_of_different_ranks_give_the_same_day_in_any_order(
    tmp_path_factory, pieces, order
):
    django_settings.DATA = tmp_path_factory.mktemp("any_order")
    ranked = list(enumerate(pieces, start=1))
    expected: list[int | None] = [None] * 48
    for _rank, values in ranked:  # by hand: the higher rank writes over the lower one
        expected = [
            new if new is not None else old for old, new in zip(expected, values, strict=True)
        ]
    shuffled = ranked.copy()
    order.shuffle(shuffled)
    for rank, values in shuffled:
        intervals.append(day(1, values, source=rank), at=FIRST)
    held = intervals.read_point(1, OCTOBER)["values"].to_list()
    assert held == ([expected] if any(v is not None for v in expected) else [])
