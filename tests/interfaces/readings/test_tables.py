"""Wide and long tables, as CSV, Parquet and workbook."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings

from congto.interfaces.files.cast import sentences
from congto.interfaces.files.readings import long, wide
from congto.interfaces.files.readings.words import How
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import Channel, Method
from congto.vocabulary.quality import Quality
from world_readings import SEARCH, days, load, said

if TYPE_CHECKING:
    from pathlib import Path

CLOCKS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 30)]
HEADER = ",".join(["usage_point", "channel", "local_day", "unit", "quality", *CLOCKS])


def read_wide(folder: Path, *rows: str, header: str = HEADER, how: How | None = None):
    path = folder / "given.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return load(wide.read, path, how)


def row(values: list[str], head: str = "PE1,A+,2026-07-01,kWh,") -> str:
    return ",".join([head, *values])


def test_a_wide_row_is_a_day(tmp_path):
    frame, errors = read_wide(tmp_path, row(["0.1", *["0"] * 46, "2.5"]))
    assert errors.is_empty()
    found = frame.row(0, named=True)
    assert found["values"] == [100, *[0] * 46, 2500]
    assert (found["usage_point"], found["channel"]) == ("PE1", Channel.ACTIVE_IMPORT)
    assert (found["local_day"], found["meter"], found["line"]) == (date(2026, 7, 1), None, 2)


def test_without_a_unit_values_are_wh(tmp_path):
    header = HEADER.replace("unit,quality,", "")
    frame, _ = read_wide(tmp_path, row(["7"] * 48, "PE1,Q-,2026-07-01"), header=header)
    assert frame["values"][0].to_list() == [7] * 48


def test_the_column_quality_speaks_of_the_day_or_of_ranges(tmp_path):
    frame, errors = read_wide(
        tmp_path,
        row(["1"] * 48, "PE1,A+,2026-07-01,kWh,S14 76"),
        row(["1"] * 48, "PE1,A+,2026-07-02,kWh,1-40 A;41-44 S17 76;45-48 A"),
    )
    assert errors.is_empty()
    assert frame["methods"].to_list() == [
        [Method.LIKE_DAY] * 48,
        [0] * 40 + [Method.LINEAR] * 4 + [0] * 4,
    ]
    assert frame["reasons"][1].to_list() == [0] * 40 + [76] * 4 + [0] * 4
    assert frame["qualities"][0].to_list() == [Quality.ESTIMATED] * 48


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (row(["1"] * 49), "54 fields; expected 53 fields"),
        (row(["x", *["1"] * 47]), "00:00 is 'x'; expected a number such as 250 or 0.250"),
        (row(["1"] * 48, "PE1,A+,01/07/2026,kWh,"), "local_day is '01/07/2026'; expected a date"),
        (row(["1"] * 48, "PE1,A*,2026-07-01,kWh,"), "channel 'A*'; expected one of A+, A-"),
        (row(["1"] * 48, "PE1,A+,2026-07-01,kvarh,"), "unit 'kvarh' does not fit channel A+"),
        (row(["1"] * 48, ",A+,2026-07-01,kWh,"), "usage_point is empty"),
        (row(["1"] * 48, "PE1,A+,2026-07-01,kWh,Z"), "quality 'Z'; expected A, S, F, E or N"),
        (row(["1"] * 48, "PE1,A+,2026-07-01,kWh,1-9 A"), "records 400 do not cover it"),
    ],
)
def test_a_wrong_row_is_listed_and_the_others_are_kept(tmp_path, bad, words):
    frame, errors = read_wide(tmp_path, bad, row(["1"] * 48, "PE2,A+,2026-07-01,kWh,"))
    assert frame["usage_point"].to_list() == ["PE2"]
    (sentence,) = sentences(errors)
    assert sentence.startswith("given.csv line 2: ")
    assert words in sentence


def test_a_day_twice_is_listed(tmp_path):
    frame, errors = read_wide(tmp_path, row(["1"] * 48), row(["2"] * 48))
    assert frame["values"][0].to_list() == [1000] * 48
    assert "PE1 on 2026-07-01 stands already on line 2" in sentences(errors)[0]


def test_a_table_with_47_columns_of_values_is_refused(tmp_path):
    header = HEADER.removesuffix(",23:30")
    with pytest.raises(InvalidInputError, match="line 1 has 47 columns of values"):
        read_wide(tmp_path, row(["1"] * 47), header=header)


def test_a_misspelt_column_is_named_with_a_hint(tmp_path):
    header = HEADER.replace("local_day", "localday")
    with pytest.raises(InvalidInputError, match=r"lacks the column local_day.*'localday'"):
        read_wide(tmp_path, row(["1"] * 48), header=header)


def test_a_parquet_day_may_be_a_list_and_its_length_is_looked_at(tmp_path):
    path = tmp_path / "given.parquet"
    lists = pl.DataFrame(
        {
            "usage_point": ["PE1", "PE2", "PE3"],
            "channel": ["A+"] * 3,
            "local_day": [date(2026, 7, 1)] * 3,
            "values": [[250] * 48, [250] * 49, [None] * 48],
        }
    )
    lists.write_parquet(path)
    frame, errors = load(wide.read, path)
    assert frame["usage_point"].to_list() == ["PE1", "PE3"]
    assert frame["values"].to_list() == [[250] * 48, [None] * 48]
    assert sentences(errors) == [
        (
            "given.parquet line 2: values has 49 values; expected a list of 48 values, null where"
            " one is missing; deliver the whole day again."
        )
    ]


def test_floats_of_a_parquet_file_are_the_numbers_they_were_written_from(tmp_path):
    path = tmp_path / "given.parquet"
    values = {clock: [0.1 * (at + 1)] for at, clock in enumerate(CLOCKS)}
    head = {"usage_point": ["PE1"], "channel": ["A+"], "local_day": ["2026-07-01"], "unit": ["kWh"]}
    pl.DataFrame(head | values).write_parquet(path)
    frame, errors = load(wide.read, path)
    assert errors.is_empty()
    assert frame["values"][0].to_list() == [100 * (at + 1) for at in range(48)]


LONG = "usage_point,channel,start,value,unit"


def read_long(folder: Path, *rows: str, header: str = LONG, how: How | None = None):
    path = folder / "given.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return load(long.read, path, how)


def test_long_rows_make_up_days_and_what_is_not_there_is_missing(tmp_path):
    frame, errors = read_long(
        tmp_path,
        "PE1,A+,2026-07-02T00:00,0.5,kWh",
        "PE1,A+,2026-07-01 23:30:00,0.25,kWh",
        "PE1,A+,2026-06-30T17:00:00Z,1,kWh",  # midnight of 1 July in Viet Nam
        "PE1,A+,2026-07-01T00:30:00+07:00,2,kWh",
    )
    assert errors.is_empty()
    by_day = dict(zip(frame["local_day"], frame["values"], strict=True))
    first, second = by_day[date(2026, 7, 1)].to_list(), by_day[date(2026, 7, 2)].to_list()
    assert first == [1000, 2000, *[None] * 45, 250]
    assert second == [500, *[None] * 47]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("PE1,A+,2026-07-01T00:10,1,kWh", "a value starts at 2026-07-01 00:10:00; expected starts"),
        ("PE1,A+,yesterday,1,kWh", "start is 'yesterday'; expected a time such as"),
        ("PE1,A+,2026-07-01T00:30,one,kWh", "value is 'one'; expected a number"),
        ("PE2,A+,2026-07-01T00:30,3,kWh", "PE2 at 2026-07-01 00:30 stands already on line 2"),
    ],
)
def test_a_wrong_value_is_listed_and_the_others_are_kept(tmp_path, bad, words):
    frame, errors = read_long(tmp_path, "PE2,A+,2026-07-01T00:30,1,kWh", bad)
    assert frame["values"].list.sum().to_list() == [1000]
    (sentence,) = sentences(errors)
    assert sentence.startswith("given.csv line 3: ")
    assert words in sentence


def test_quarter_hours_need_to_be_told_and_are_added_up(tmp_path):
    rows = [f"PE1,A+,2026-07-01T{m // 60:02}:{m % 60:02},0.001,kWh" for m in range(0, 1440, 15)]
    _, errors = read_long(tmp_path, *rows)
    assert errors.height == 48
    frame, errors = read_long(tmp_path, *rows, how=How(minutes=15))
    assert errors.is_empty()
    assert frame["values"][0].to_list() == [2] * 48


def test_typed_times_of_a_parquet_file_are_local_or_turned_into_it(tmp_path):
    path = tmp_path / "given.parquet"
    there = timezone(timedelta(hours=7))
    starts = [datetime(2026, 7, 1, 0, 0, tzinfo=there), datetime(2026, 7, 1, 0, 30, tzinfo=there)]
    frame = pl.DataFrame({"start": pl.Series(starts), "value": [1, 2]})
    frame = frame.with_columns(usage_point=pl.lit("PE1"), channel=pl.lit("A+"))
    for times in (
        pl.col("start"),
        pl.col("start").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.replace_time_zone(None),
    ):
        frame.with_columns(times).write_parquet(path)
        found, errors = load(long.read, path)
        assert errors.is_empty()
        assert found["local_day"].to_list() == [date(2026, 7, 1)]
        assert found["values"][0].to_list()[:3] == [1, 2, None]


@pytest.mark.parametrize("door", [wide, long])
@pytest.mark.parametrize("name", ["given.csv", "given.parquet"])
@settings(max_examples=15, phases=SEARCH)
@given(days())
def test_what_is_written_is_read_again(tmp_path_factory, door, name, drawn):
    path = tmp_path_factory.mktemp("round") / name
    door.write(path, drawn)
    frame, errors = load(door.read, path)
    assert errors.is_empty()
    assert said(frame).equals(said(drawn))
