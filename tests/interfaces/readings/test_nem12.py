"""NEM12: what is read, what is listed line by line, and what two other programs say of it."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nemreader import NEMFile

from congto.interfaces.files.cast import sentences
from congto.interfaces.files.readings import nem12 as door
from congto.interfaces.files.readings.nem12 import reader
from congto.interfaces.files.readings.words import How
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import Channel, Method, Status
from congto.vocabulary.quality import Quality
from world_readings import SEARCH, day, days, flat, head, load, nem12, said

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 7, 3, 0, 0, tzinfo=UTC)


def read(folder: Path, text: str, how: How | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    path = folder / "given.csv"
    path.write_text(text, encoding="utf-8")
    return load(door.read, path, how)


def test_a_day_is_48_half_hours_in_wh(tmp_path):
    values = [f"{number / 1000:.3f}" for number in range(48)]
    frame, errors = read(tmp_path, nem12(head(), day("20260701", values)))
    assert errors.is_empty()
    row = frame.row(0, named=True)
    assert (row["usage_point"], row["meter"], row["channel"]) == (
        "PE1",
        "M1",
        Channel.ACTIVE_IMPORT,
    )
    assert (row["line"], row["local_day"], row["unit"]) == (3, date(2026, 7, 1), "KWH")
    assert row["values"] == list(range(48))
    assert row["qualities"] is None


@pytest.mark.parametrize(
    ("unit", "written", "wh"),
    [("KWH", "0.25", 250), ("kWh", "12", 12_000), ("WH", "250", 250), ("MWH", "0.000250", 250)],
)
def test_the_unit_of_the_record_200_counts(tmp_path, unit, written, wh):
    frame, errors = read(tmp_path, nem12(head(unit=unit), day("20260701", flat(written))))
    assert errors.is_empty()
    assert frame["values"][0].to_list() == [wh] * 48


@pytest.mark.parametrize(
    ("suffix", "unit", "channel"),
    [
        ("E1", "KWH", Channel.ACTIVE_IMPORT),
        ("B1", "KWH", Channel.ACTIVE_EXPORT),
        ("Q1", "KVARH", Channel.REACTIVE_IMPORT),
        ("K1", "VARH", Channel.REACTIVE_EXPORT),
    ],
)
def test_suffixes_are_channels(tmp_path, suffix, unit, channel):
    frame, _ = read(tmp_path, nem12(head(suffix=suffix, unit=unit), day("20260701", flat())))
    assert frame["channel"].to_list() == [channel]


def test_a_second_stream_of_a_point_is_a_point_of_its_own(tmp_path):
    text = nem12(head(), day("20260701", flat()), head(suffix="E2"), day("20260701", flat("1")))
    frame, errors = read(tmp_path, text)
    assert errors.is_empty()
    assert frame["usage_point"].to_list() == ["PE1", "PE1:2"]


def test_quarter_hours_are_added_up(tmp_path):
    # 1, 2, 3, 4 Wh again and again: half-hours of 3 and 7 Wh.
    values = ["0.001", "0.002", "0.003", "0.004"] * 24
    text = nem12(head().replace(",30,", ",15,"), day("20260701", values))
    frame, errors = read(tmp_path, text)
    assert errors.is_empty()
    assert frame["values"][0].to_list() == [3, 7] * 24


def test_digits_below_the_wh_stay_in_the_sum(tmp_path):
    # 48 x 0.4 Wh = 19.2 Wh. Running total 0.4, 0.8, 1.2, 1.6, 2.0: half up 0, 1, 1, 2, 2.
    frame, _ = read(tmp_path, nem12(head(), day("20260701", flat("0.0004"))))
    values = frame["values"][0].to_list()
    assert values[:5] == [0, 1, 0, 1, 0]
    assert sum(values) == 19


def test_hours_are_refused_unless_told_and_halved_then(tmp_path):
    text = nem12(head().replace(",30,", ",60,"), day("20260701", ["0.003"] * 24))
    frame, errors = read(tmp_path, text)
    assert frame.is_empty()
    assert sentences(errors) == [
        (
            "given.csv line 2: intervals of '60' minutes; expected intervals of 5, 10, 15, 30"
            " minutes; deliver half-hours, or have hours halved (--halve-hours), marked as"
            " estimated."
        )
    ]
    frame, errors = read(tmp_path, text, How(halve_hours=True))
    assert errors.is_empty()
    assert frame["values"][0].to_list() == [1, 2] * 24
    assert frame["qualities"][0].to_list() == [Quality.ESTIMATED] * 48
    assert frame["methods"][0].to_list() == [Method.FLAT_REGISTER] * 48


def test_ranges_say_the_quality_of_their_intervals(tmp_path):
    # The layout of AEMO's example: 1-40 measured, 41-44 substituted by method 17, reason 76.
    text = nem12(
        head(),
        day("20260702", flat(), "V,,"),
        "400,1,40,A,,",
        "400,41,44,S17,76,",
        "400,45,48,A,79,",
    )
    frame, errors = read(tmp_path, text)
    assert errors.is_empty()
    row = frame.row(0, named=True)
    assert (
        row["qualities"]
        == [Quality.MEASURED] * 40 + [Quality.ESTIMATED] * 4 + [Quality.MEASURED] * 4
    )
    assert row["methods"] == [0] * 40 + [17] * 4 + [0] * 4
    assert row["reasons"] == [0] * 40 + [76] * 4 + [79] * 4
    assert row["status"] == [0] * 44 + [Status.POWER_DOWN] * 4


def test_what_is_empty_or_null_is_missing(tmp_path):
    values = ["", *flat()[:-1]]
    text = nem12(head(), day("20260701", values), day("20260702", flat("0"), "N,76,"))
    frame, errors = read(tmp_path, text)
    assert errors.is_empty()
    assert frame["values"][0].to_list() == [None] + [250] * 47
    assert frame["values"][1].to_list() == [None] * 48
    assert frame["qualities"][0].to_list() == [Quality.MISSING] + [Quality.MEASURED] * 47


WHOLE_DAY = "expected 48 values and 55 fields; deliver the whole day again."


@pytest.mark.parametrize("count", [1, 47, 49, 96])
def test_a_day_of_another_length_is_listed_and_the_others_are_kept(tmp_path, count):
    text = nem12(head(), day("20260701", flat(count=count)), day("20260702", flat()))
    frame, errors = read(tmp_path, text)
    assert frame["local_day"].to_list() == [date(2026, 7, 2)]
    assert sentences(errors) == [f"given.csv line 3: the day has {count} values; {WHOLE_DAY}"]


def test_the_last_field_may_be_left_out(tmp_path):
    text = nem12(head(), day("20260701", flat()).removesuffix(","))
    frame, errors = read(tmp_path, text)
    assert errors.is_empty()
    assert frame.height == 1


def test_a_wrong_unit_takes_the_days_beneath_it(tmp_path):
    text = nem12(
        head(unit="KVARH"), day("20260701", flat()), head(point="PE2"), day("20260701", flat())
    )
    frame, errors = read(tmp_path, text)
    assert frame["usage_point"].to_list() == ["PE2"]
    assert sentences(errors) == [
        (
            "given.csv line 2: unit 'KVARH' does not fit suffix E1; expected KWH, WH or MWH for E"
            " and B; KVARH, VARH or MVARH for Q and K; correct the record;"
            " the days beneath it are left out."
        )
    ]


def test_a_day_that_comes_twice_is_listed_with_the_first_line(tmp_path):
    text = nem12(head(), day("20260701", flat()), day("20260701", flat("9")))
    frame, errors = read(tmp_path, text)
    assert frame["values"][0].to_list() == [250] * 48
    assert sentences(errors) == [
        (
            "given.csv line 4: PE1 on 2026-07-01 stands already on line 3; expected each day once"
            " for a point, meter and channel; remove one of the two; the first is taken."
        )
    ]


def test_a_meter_exchanged_inside_the_file_leaves_both_days(tmp_path):
    old = ["0.250"] * 20 + [""] * 28
    new = [""] * 20 + ["0.300"] * 28
    text = nem12(head(), day("20260701", old), head(meter="M2"), day("20260701", new))
    frame, errors = read(tmp_path, text)
    assert errors.is_empty()
    assert frame["meter"].to_list() == ["M1", "M2"]
    assert frame["values"].list.sum().to_list() == [20 * 250, 28 * 300]


def test_a_file_cut_in_half_keeps_what_stands_before_the_cut(tmp_path):
    text = nem12(head(), *(day(f"202607{number:02}", flat()) for number in range(1, 11)))
    half = text[: len(text) // 2]
    whole = half.count("\n") - 2
    frame, errors = read(tmp_path, half)
    assert frame.height == whole
    assert "the file ends with record 300; expected record 900" in sentences(errors)[-1]
    assert "the day has " in sentences(errors)[0]


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ("250,PE1", "the line begins with '250,PE1'"),
        (day("20260732", flat()), "the day is '20260732'"),
        (day("20260701", ["x", *flat()[1:]]), "value 1 is 'x'"),
        (day("20260701", [*flat()[1:], "1 000"]), "value 48 is '1 000'"),
        (day("20260701", flat(), "Z,,"), "quality 'Z'"),
        (day("20260701", flat(), "S14,abc,"), "reason 'abc'"),
        (day("20260701", flat("9999999")), "PE1 on 2026-07-01 has a value beyond 2,147,483 kWh"),
        (day("20260701", flat(), "V,,"), "the day has quality V, and its records 400 do not"),
    ],
)
def test_a_record_that_is_wrong_is_one_sentence(tmp_path, record, found):
    frame, errors = read(tmp_path, nem12(head(), record, day("20260703", flat())))
    assert frame["local_day"].to_list() == [date(2026, 7, 3)]
    (sentence,) = sentences(errors)
    assert sentence.startswith(f"given.csv line 3: {found}")


@pytest.mark.parametrize(
    "ranges",
    [
        ["400,1,40,A,,"],
        ["400,1,40,A,,", "400,42,48,A,,"],
        ["400,1,40,A,,", "400,40,48,A,,"],
        ["400,1,48,V,,"],
        ["400,1,49,A,,"],
        ["400,one,48,A,,"],
    ],
)
def test_a_varied_day_needs_ranges_that_cover_it(tmp_path, ranges):
    text = nem12(head(), day("20260701", flat(), "V,,"), *ranges, day("20260702", flat()))
    frame, errors = read(tmp_path, text)
    assert frame["local_day"].to_list() == [date(2026, 7, 2)]
    assert "expected records 400 for the intervals 1 to 48" in sentences(errors)[0]


def test_a_range_beneath_a_plain_day_is_listed_and_the_day_taken(tmp_path):
    frame, errors = read(tmp_path, nem12(head(), day("20260701", flat()), "400,1,48,S14,,"))
    assert frame["qualities"].to_list() == [None]
    assert "record 400 stands beneath a day of quality A" in sentences(errors)[0]


def test_a_day_above_every_point_is_listed(tmp_path):
    frame, errors = read(tmp_path, nem12(day("20260701", flat()), head(), day("20260701", flat())))
    assert frame["line"].to_list() == [4]
    assert "a day (300) stands before any point (200)" in sentences(errors)[0]


def test_a_file_of_something_else_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match=r"given\.csv line 1 begins with 'code,kwh'"):
        read(tmp_path, "code,kwh\nA,1\n")


def test_bytes_that_are_not_utf_8_are_named_with_their_line(tmp_path):
    path = tmp_path / "given.csv"
    path.write_bytes(nem12(head(), day("20260701", flat(), "A,,m\xe1y")).encode("latin-1"))
    with pytest.raises(InvalidInputError, match=r"given\.csv line 3 is not UTF-8 \(byte 0xE1\)"):
        load(door.read, path)


@settings(max_examples=25, phases=SEARCH)
@given(days(), st.integers(20, 4000))
def test_a_file_read_in_pieces_is_the_file_read_at_once(tmp_path_factory, drawn, at_once):
    path = tmp_path_factory.mktemp("pieces") / "given.csv"
    door.write(path, pl.concat([drawn, drawn.head(1)]), AT)
    whole, errors = load(door.read, path)
    assert errors.height == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "AT_ONCE", at_once)
        in_pieces, errors_in_pieces = load(door.read, path)
    assert in_pieces.equals(whole)
    assert errors_in_pieces.equals(errors)


@settings(max_examples=25, phases=SEARCH)
@given(days())
def test_what_is_written_is_read_again(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("round") / "given.csv"
    door.write(path, drawn, AT)
    frame, errors = load(door.read, path)
    assert errors.is_empty()
    assert said(frame).equals(said(drawn))


@settings(max_examples=25, phases=SEARCH)
@given(days())
def test_nemreader_reads_what_we_write(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("witness") / "given.csv"
    door.write(path, drawn, AT)
    assert witnessed(path) == ours(drawn)


def witnessed(path: Path) -> dict[tuple[str, str, datetime], int | None]:
    """Return what nemreader sees: point, channel and start of each half-hour, and its Wh."""
    seen: dict[tuple[str, str, datetime], list[int | None]] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    for point, streams in NEMFile(path.name).parse_nem_file(lines).readings.items():
        for suffix, readings in streams.items():
            name = point if suffix[1:] in {"", "1"} else f"{point}:{suffix[1:]}"
            for one in readings:
                scale = {"W": 1, "V": 1, "K": 1000}[one.uom[0].upper()]
                wh = None if one.read_value is None else round(one.read_value * scale)
                if one.quality_method == "N":
                    wh = None
                start = one.t_start.replace(minute=one.t_start.minute // 30 * 30)
                seen.setdefault((name, suffix[0], start), []).append(wh)
    return {
        key: None if None in values else sum(value for value in values if value is not None)
        for key, values in seen.items()
    }


def ours(frame: pl.DataFrame) -> dict[tuple[str, str, datetime], int | None]:
    """Return the same of days that were read."""
    letters = {1: "E", 2: "B", 3: "Q", 4: "K"}
    return {
        (
            row["usage_point"],
            letters[row["channel"]],
            datetime.combine(on, time(at // 2, at % 2 * 30)),
        ): value
        for row in frame.iter_rows(named=True)
        for on in [row["local_day"]]
        for at, value in enumerate(row["values"])
    }


@pytest.mark.shared
def test_files_of_ten_meter_data_providers_are_read_as_nemreader_reads_them(shared, tmp_path):
    archives = sorted((shared / "data" / "nem12").glob("*.[zZ][iI][pP]"))
    assert len(archives) == 47
    days_read = 0
    for archive in archives:
        with zipfile.ZipFile(archive) as packed:
            path = tmp_path / "given.csv"
            path.write_bytes(packed.read(packed.namelist()[0]))
        frame, errors = load(door.read, path)
        assert errors.is_empty(), archive.name
        assert ours(frame) == witnessed(path), archive.name
        days_read += frame.height
        door.write(path, frame, AT)
        again, errors = load(door.read, path)
        assert errors.is_empty()
        assert said(again).equals(said(frame)), archive.name
    assert days_read == 320


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "read_days", "words"),
    [
        ("15min_200_30min_300", 0, "the day has 48 values; expected 96 values"),
        ("15min_200_30min_400", 0, "its records 400 do not cover it"),
        ("30min_200_15min_300", 0, "the day has 96 values; expected 48 values"),
        ("30min_200_15min_400", 0, "the day has 96 values; expected 48 values"),
        ("incomplete_interval", 3, "line 3: the day has 0 values"),
        ("missing_header", 2, "expected record 100,NEM12,... as the first line"),
        ("powercor", 2, "stands already on line"),
    ],
)
def test_malformed_files_say_what_is_wrong(shared, name, read_days, words):
    path = shared / "data" / "nem12" / "invalid" / f"Example_NEM12_{name}.csv"
    frame, errors = load(door.read, path)
    assert frame.height == read_days
    assert any(words in sentence for sentence in sentences(errors))
