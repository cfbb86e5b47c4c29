"""Broken files by every format: each fault is a sentence, and the good part is kept.

A file holds two days of 48 values of 0.250 kWh, of point P1 with meter M1 and of P2 with M2; one of
six things is wrong with it. What must be said and kept is written here by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter
from django.utils import translation

import world_meters as world
from congto.interfaces.cli.readings.validate import validate_file
from congto.interfaces.console import file_words
from congto.interfaces.files.cast import sentences
from congto.interfaces.files.readings.formats import FORMATS
from congto.interfaces.files.readings.words import How
from congto.office.intake.taking import take
from congto.office.meters.models import MeterInstallation
from congto.vocabulary.errors import InvalidInputError
from world_deliveries import deliverer, post, run_jobs, signed
from world_readings import day, head, load, nem12

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from django.test import Client

ON = date(2026, 10, 5)
CLOCKS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 30)]
MIDNIGHT = datetime(2026, 10, 5, tzinfo=timezone(timedelta(hours=7)))
EPOCH = 1_791_133_200
"""2026-10-05T00:00+07:00: 20,730 days after 1970-01-01, and 17 hours of the day before."""


@dataclass(frozen=True)
class Given:
    """A day as it is to be written; values in Wh, None is not written."""

    point: str
    meter: str
    values: tuple[int | None, ...] = (250,) * 48
    wrong_unit: bool = False
    reactive: bool = False  # IEC 61968-9 only


P1, P2 = Given("P1", "M1"), Given("P2", "M2")
MORNING = replace(P1, values=(250,) * 20 + (None,) * 28)
"""M1 until 10:00; M77 from then on."""
LATER = Given("P1", "M77", (None,) * 20 + (300,) * 28)


def kwh(value: int | None) -> str:
    return "" if value is None else f"{value / 1000:.3f}"


def unit(one: Given) -> str:
    return "kvarh" if one.wrong_unit else "kWh"


def of_nem12(path: Path, days: Sequence[Given]) -> None:
    records = []
    for one in days:
        records += [head(one.point, meter=one.meter, unit=unit(one).upper())]
        records += [day("20261005", [kwh(value) for value in one.values])]
    path.write_text(nem12(*records), encoding="utf-8")


def of_iec61968(path: Path, days: Sequence[Given]) -> None:
    """Write a MeterReading per day, its reading type behind the values as the standard has it."""
    blocks = []
    for one in days:
        quantity = 38 if one.wrong_unit else 73 if one.reactive else 72
        kind = f"0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.{quantity}.0"
        values = "".join(
            "<IntervalReadings>"
            f"<timeStamp>{(MIDNIGHT + timedelta(minutes=30 * min(at, 48))).isoformat()}</timeStamp>"
            f"<value>{kwh(value)}</value></IntervalReadings>\n"
            for at, value in enumerate(one.values, start=1)
            if value is not None
        )
        blocks.append(
            f"<MeterReading><Meter><mRID>{one.meter}</mRID></Meter>"
            f"<UsagePoint><mRID>{one.point}</mRID></UsagePoint>\n"
            f'<IntervalBlocks>\n{values}<ReadingType ref="{kind}"/></IntervalBlocks>'
            "</MeterReading>\n"
        )
    inside = "".join(blocks)
    path.write_text(f"<MeterReadings>\n{inside}</MeterReadings>\n", encoding="utf-8")


def of_espi(path: Path, days: Sequence[Given]) -> None:
    """Write a MeterReading and a block per day; the format has no meters."""

    def entry(own: str, up: str, content: str, *related: str) -> str:
        links = [("self", own), ("up", up), *(("related", one) for one in related)]
        shown = "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in links)
        return f'<entry>{shown}<content xmlns:e="http://naesb.org/espi">{content}</content></entry>'

    entries = []
    for number, one in enumerate(days):
        point, reading, kind = f"/UsagePoint/{one.point}", f"/M/{number}", f"/ReadingType/{number}"
        quantity = 38 if one.wrong_unit else 72
        entries += [
            entry(point, "/UsagePoint", "<e:UsagePoint/>", f"{point}/MeterReading"),
            entry(reading, f"{point}/MeterReading", "<e:MeterReading/>", f"{reading}/B", kind),
            entry(
                kind,
                "/ReadingType",
                "<e:ReadingType><e:accumulationBehaviour>4</e:accumulationBehaviour>"
                "<e:flowDirection>1</e:flowDirection><e:intervalLength>1800</e:intervalLength>"
                "<e:powerOfTenMultiplier>0</e:powerOfTenMultiplier>"
                f"<e:uom>{quantity}</e:uom></e:ReadingType>",
            ),
        ]
        values = "".join(
            "<e:IntervalReading><e:timePeriod><e:duration>1800</e:duration>"
            f"<e:start>{EPOCH + 1800 * min(at, 47)}</e:start></e:timePeriod>"
            f"<e:value>{value}</e:value></e:IntervalReading>\n"
            for at, value in enumerate(one.values)
            if value is not None
        )
        block = f"<e:IntervalBlock>\n{values}</e:IntervalBlock>"
        entries.append(entry(f"{reading}/B/1", f"{reading}/B", block))
    inside = "\n".join(entries)
    path.write_text(
        f'<feed xmlns="http://www.w3.org/2005/Atom">\n{inside}\n</feed>\n', encoding="utf-8"
    )


WIDE = ["usage_point", "meter", "channel", "local_day", "unit"]
LONG = ["usage_point", "meter", "channel", "start", "value", "unit"]
"""The value is not the last: a table has no end mark, and 0.2 cut from 0.250 would be a value."""


def wide_rows(days: Sequence[Given]) -> list[list[str]]:
    return [
        [one.point, one.meter, "A+", "2026-10-05", unit(one), *map(kwh, one.values)] for one in days
    ]


def long_rows(days: Sequence[Given]) -> list[list[str]]:
    return [
        [one.point, one.meter, "A+", f"2026-10-05T{CLOCKS[min(at, 47)]}", kwh(value), unit(one)]
        for one in days
        for at, value in enumerate(one.values)
        if value is not None
    ]


def csv(path: Path, header: list[str], rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in [header, *rows])
    path.write_text(text + "\n", encoding="utf-8")


def of_wide(path: Path, days: Sequence[Given]) -> None:
    csv(path, [*WIDE, *CLOCKS], wide_rows(days))


def of_long(path: Path, days: Sequence[Given]) -> None:
    csv(path, LONG, long_rows(days))


def of_list_parquet(path: Path, days: Sequence[Given]) -> None:
    """Write a list of values a day, as a table of days may have it in Parquet."""
    rows = [[*row[:5], list(one.values)] for row, one in zip(wide_rows(days), days, strict=True)]
    schema = [*WIDE[:4], "unit", "values"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    frame.with_columns(unit=pl.col("unit").replace("kWh", "Wh")).write_parquet(path)


def of_long_parquet(path: Path, days: Sequence[Given]) -> None:
    pl.DataFrame(long_rows(days), schema=LONG, orient="row").write_parquet(path)


def of_json(path: Path, days: Sequence[Given]) -> None:
    lines = [
        json.dumps(
            {
                "usage_point": one.point,
                "meter": one.meter,
                "channel": "A+",
                "local_day": "2026-10-05",
                "unit": "kvarh" if one.wrong_unit else "Wh",
                "values": one.values,
            }
        )
        for one in days
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def of_sheet(path: Path, days: Sequence[Given]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([[*WIDE, *CLOCKS], *wide_rows(days)]):
            sheet.write_row(line, 0, [cell or None for cell in row])


def of_long_sheet(path: Path, days: Sequence[Given]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([LONG, *long_rows(days)]):
            sheet.write_row(line, 0, row)


WRITERS: dict[str, tuple[str, str, Callable[[Path, Sequence[Given]], None]]] = {
    "nem12": ("nem12", "day.csv", of_nem12),
    "iec61968": ("iec61968", "day.xml", of_iec61968),
    "espi": ("espi", "day.xml", of_espi),
    "wide": ("wide", "day.csv", of_wide),
    "wide parquet": ("wide", "day.parquet", of_list_parquet),
    "long": ("long", "day.csv", of_long),
    "long parquet": ("long", "day.parquet", of_long_parquet),
    "json": ("json", "day.jsonl", of_json),
    "xlsx": ("xlsx", "day.xlsx", of_sheet),
    "xlsx long": ("xlsx", "day.xlsx", of_long_sheet),
}


def written(folder: Path, name: str, days: Sequence[Given]) -> Path:
    _, file, write = WRITERS[name]
    write(folder / file, days)
    return folder / file


Kept = list[tuple[str, str | None, int, int]]
"""Of each day its point, its meter, how many values it has and their sum in Wh."""


def read(path: Path, name: str) -> tuple[Kept, list[str]]:
    """Return what is kept, and the sentences; each must have its Vietnamese."""
    frame, errors = load(FORMATS[WRITERS[name][0]].read, path)
    assert set(frame["local_day"]) <= {ON}
    values = pl.col("values").list
    days = frame.select("usage_point", "meter", values.drop_nulls().list.len(), wh=values.sum())
    with translation.override("vi"):
        for part in errors.select("found", "expected", "action").unique().iter_rows():
            assert all(file_words.phrase(one) != one for one in part), part
    return sorted(days.rows()), sentences(errors)


def kept(name: str, *days: tuple[str, str, int, int]) -> Kept:
    """Return what is to be kept: Green Button has no meters."""
    return [(point, None if name == "espi" else meter, *more) for point, meter, *more in days]


FIRST, SECOND = ("P1", "M1", 48, 12_000), ("P2", "M2", 48, 12_000)
SINGLE = ("iec61968", "espi", "long", "long parquet", "xlsx long")
"""Formats that list value by value, each with its time."""
PACKED = ("wide parquet", "long parquet", "xlsx", "xlsx long")
"""Formats whose index stands at the end: cut off, nothing of them can be read."""
HEADED = ("nem12", "wide", "long", "xlsx", "xlsx long")


def line(name: str, number: int) -> str:
    """Return where a row stands; the first row is on line 2 beneath a header."""
    return f"{WRITERS[name][1]} line {number + (name in HEADED)}: "


WRONG_UNIT = {
    "nem12": "unit 'KVARH' does not fit suffix E1; expected KWH, WH or MWH for E and B",
    "iec61968": "reading type 0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.38.0 is no energy of an interval",
    "espi": "a reading type of 30 minutes, unit 38, power of ten 0; expected energy of intervals",
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_wrong_unit_takes_its_days_and_no_others(tmp_path, name):
    path = written(tmp_path, name, [replace(P1, wrong_unit=True), P2])
    days, said = read(path, name)
    assert days == kept(name, SECOND)
    words = WRONG_UNIT.get(name, "unit 'kvarh' does not fit channel A+; expected Wh, kWh or MWh")
    assert all(words in one for one in said)
    assert len(said) == (48 if name in {"long", "long parquet", "xlsx long"} else 1)


@pytest.mark.parametrize("name", WRITERS)
def test_a_day_that_comes_twice_is_one_sentence_and_the_first_is_kept(tmp_path, name):
    path = written(tmp_path, name, [P1, P2, replace(P1, values=(9,) * 48)])
    days, (sentence,) = read(path, name)
    assert days == kept(name, FIRST, SECOND)
    if name in SINGLE:
        assert "P1 on 2026-10-05 has 48 values that stand already, the first on line " in sentence
    else:
        assert "P1 on 2026-10-05 stands already on line " in sentence
    assert sentence.endswith("remove one of the two; the first is taken.")


@pytest.mark.parametrize("name", WRITERS)
def test_a_meter_exchanged_inside_a_day_leaves_the_values_of_both(tmp_path, name):
    days, said = read(written(tmp_path, name, [MORNING, P2, LATER]), name)
    assert said == []
    # 20 x 250 = 5,000 Wh and 28 x 300 = 8,400 Wh.
    both = [("P1", "M1", 20, 5_000), ("P1", "M77", 28, 8_400)]
    together = [("P1", "M1", 48, 13_400)]
    assert days == kept(name, *(together if name == "espi" else both), SECOND)


FORTY_NINE = {
    "nem12": "the day has 49 values; expected 48 values and 55 fields",
    "wide": "54 fields; expected 53 fields, as the header has",
    "xlsx": "the row has a value that no column is named for",
    "json": "values has 49 values; expected a list of 48 values",
    "wide parquet": "values has 49 values; expected a list of 48 values",
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_day_of_49_values_is_one_sentence(tmp_path, name):
    """Where values come one by one the 49th stands for 23:30 again: it alone is too many."""
    path = written(tmp_path, name, [replace(P1, values=(250,) * 49), P2])
    days, (sentence,) = read(path, name)
    if name in SINGLE:
        assert days == kept(name, FIRST, SECOND)
        assert "P1 at 2026-10-05 23:30 stands already on line " in sentence
    else:
        assert days == kept(name, SECOND)
        assert sentence.startswith(line(name, 2 if name == "nem12" else 1) + FORTY_NINE[name])


CUT = {
    "nem12": "the file ends with record 300; expected record 900 as the last line",
    "wide": "16 fields; expected 53 fields, as the header has",
    "long": "5 fields; expected 6 fields, as the header has",
    "json": "the file breaks off within the line; expected the end of it",
    "iec61968": "the file breaks off (",
    "espi": "the file breaks off (",
}


TABLES = ("wide", "long")
"""Formats without an end mark: cut between two rows, they are shorter tables."""


def cut(path: Path) -> None:
    """Cut a text within the 11th value of P2: behind "0." or "25"."""
    text = path.read_text(encoding="utf-8")
    value = ">250" if ">250" in text else "250" if path.suffix == ".jsonl" else "0.250"
    at = -1
    for _ in range(48 + 11):
        at = text.index(value, at + 1)
    path.write_text(text[: at + 2], encoding="utf-8")


@pytest.mark.parametrize("name", CUT)
def test_a_file_cut_in_half_keeps_what_stands_whole_before_the_cut(tmp_path, name):
    path = written(tmp_path, name, [P1, P2])
    cut(path)
    days, said = read(path, name)
    # 10 x 250 Wh where values come one by one; else the day at the cut is not whole.
    assert days == kept(name, FIRST, *([("P2", "M2", 10, 2_500)] if name in SINGLE else []))
    assert CUT[name] in said[-1]
    assert said[-1].endswith("; deliver the file again, it is cut off; what stands before is read.")
    assert len(said) == (2 if name == "nem12" else 1)  # NEM12: the day, and the missing end


@pytest.mark.parametrize("name", CUT)
def test_wherever_a_file_is_cut_nothing_is_kept_that_did_not_stand_in_it(tmp_path, name):
    values = tuple(range(101, 149))
    path = written(tmp_path, name, [replace(P1, values=values), replace(P2, values=values)])
    text = path.read_text(encoding="utf-8")
    for at in range(len(text) // 4, len(text), len(text) // 11):
        path.write_text(text[:at], encoding="utf-8")
        try:
            frame, errors = load(FORMATS[WRITERS[name][0]].read, path)
        except InvalidInputError:
            continue
        assert errors.height > 0 or name in TABLES
        assert set(frame["usage_point"]) <= {"P1", "P2"}
        for day_values in frame["values"]:
            found = zip(day_values.to_list(), values, strict=True)
            assert all(one in {None, right} for one, right in found), at


@pytest.mark.parametrize("name", PACKED)
def test_a_cut_file_whose_index_is_lost_is_refused_with_a_sentence(tmp_path, name):
    path = written(tmp_path, name, [P1, P2])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InvalidInputError) as refused:
        read(path, name)
    kind = "Parquet" if path.suffix == ".parquet" else "a workbook"
    assert f"{path.name} cannot be read as {kind}" in refused.value.sentence()


def cut_xml(folder: Path, *days: Given, gone: str = "") -> Path:
    """Cut within the 11th value of the last day; `gone` stands behind the cut."""
    path = written(folder, "iec61968", days)
    text = path.read_text(encoding="utf-8")
    at = text.rindex("<MeterReading>")
    for _ in range(11):
        at = text.index("0.250", at + 1)
    path.write_text(text[: at + 2].replace(gone, ""), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("days", "gone", "left", "words"),
    [
        # The blocks before differ: the values at the cut may be Wh or varh.
        (
            [P1, replace(P2, reactive=True), P2],
            "",
            [FIRST, SECOND],
            "the values at the cut are left out, their reading type stands behind it.",
        ),
        (
            [P1, P2],
            "<Meter><mRID>M2</mRID></Meter><UsagePoint><mRID>P2</mRID></UsagePoint>",
            [FIRST],
            "the values at the cut are left out, whose they are stands behind it.",
        ),
    ],
)
def test_xml_values_at_the_cut_of_which_too_little_is_known_are_left_out(
    tmp_path, days, gone, left, words
):
    found, (sentence,) = read(cut_xml(tmp_path, *days, gone=gone), "iec61968")
    assert found == left
    assert sentence.endswith(words)


def test_a_cut_message_of_one_block_is_refused_as_its_reading_type_is_lost(tmp_path):
    with pytest.raises(InvalidInputError) as refused:
        read(cut_xml(tmp_path, P1), "iec61968")
    sentence = refused.value.sentence()
    assert "the file breaks off within its first MeterReading" in sentence
    assert sentence.endswith("left out, their reading type stands behind it.")
    with translation.override("vi"):
        assert file_words.whole(sentence).endswith(
            "; cần phần cuối của tệp; giao lại tệp, tệp bị cắt; các giá trị ở chỗ cắt bị bỏ vì loại"
            " số đo nằm sau chỗ cắt."
        )


def test_a_name_that_the_cut_goes_through_is_not_taken_for_a_shorter_one(tmp_path):
    path = written(tmp_path, "iec61968", [P1, replace(P2, point="P22")])
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("P22") + 2], encoding="utf-8")
    assert read(path, "iec61968")[0] == [FIRST]


@pytest.fixture
def utility(books: str) -> None:
    """A small utility where M77 follows M1 at P1 on 5 October."""
    assert books
    world.build()
    held = MeterInstallation.objects.get(meter__serial="M1")
    held.valid_to = ON
    held.save()
    world.hang(world.Point("P1", "M77", None, valid_from=ON))


@pytest.mark.usefixtures("utility")
def test_a_point_that_the_books_do_not_know_is_one_sentence_whatever_the_format(tmp_path):
    for name in WRITERS:
        path = written(tmp_path, name, [replace(P1, point="P9"), P2])
        frame, errors = load(FORMATS[WRITERS[name][0]].read, path)
        assert errors.is_empty()
        taken = take(frame, path.name)
        assert taken.days == 1
        (sentence,) = sentences(taken.errors)
        assert "usage point P9 is not known; expected the code of a usage point" in sentence, name
        with translation.override("vi"):
            (row,) = file_words.rows(taken.errors)
        assert "không có điểm đo P9; cần mã điểm đo" in row


@pytest.mark.usefixtures("utility")
def test_each_fault_is_told_through_rest_and_the_good_part_loaded(
    tmp_path, settings, client: Client
):
    settings.DATA = tmp_path
    deliverer()
    faults = {
        "unit": ([replace(P1, wrong_unit=True), P2], 1, ["unit 'KVARH' does not fit suffix E1"]),
        "twice": ([P1, P2, replace(P1, values=(9,) * 48)], 2, ["stands already on line 3"]),
        "unknown": ([replace(P1, point="P9"), P2], 1, ["usage point P9 is not known"]),
        "exchange": ([MORNING, P2, LATER], 2, []),
        "49": ([replace(P1, values=(250,) * 49), P2], 1, ["the day has 49 values"]),
        "cut": ([P1, P2], 1, ["the day has 13 fields", "the file ends with record 300"]),
    }
    for fault, (days, _, _) in faults.items():
        path = written(tmp_path, "nem12", days)
        if fault == "cut":
            cut(path)
        assert post(client, path.read_text(encoding="utf-8"), number=fault).status_code == 202
    run_jobs()
    for fault, (_, loaded, words) in faults.items():
        told = client.get(f"/api/readings/v1/deliveries/hes-1/{fault}", **signed()).json()
        assert (told["state"], told["days"]) == ("loaded", loaded), fault
        assert len(told["errors"]) == len(words), fault
        for said, word in zip(told["errors"], words, strict=True):
            assert word in said
            assert "; expected " in said


@pytest.mark.parametrize("name", [one for one in WRITERS if one != "espi"])
def test_an_exchange_that_no_register_explains_is_told_by_the_command(tmp_path, name):
    path = written(tmp_path, name, [MORNING, P2, LATER])
    (told,) = commanded(path, name)
    assert (told["rule"], told["point"], told["channel"]) == ("METER", "P1", "A+")
    assert told["from"] == "2026-10-05T10:00:00+07:00"
    assert told["to"] == "2026-10-06T00:00:00+07:00"
    assert "meter M77 after meter M1" in str(told["observed"])


def test_an_exchange_that_the_registers_name_is_not_told_and_a_point_they_lack_is(tmp_path):
    path = written(tmp_path, "wide", [MORNING, P2, LATER])
    dials = tmp_path / "dials.csv"
    dials.write_text(
        "usage_point,read_on,index_wh,meter\nP1,2026-10-05,0,M1\nP1,2026-10-06,8400,M77\n",
        encoding="utf-8",
    )
    (told,) = commanded(path, "wide", dials)
    assert (told["rule"], told["point"]) == ("POINT", "P2")
    assert told["observed"] == "day.csv line 3: dials.csv has no read of usage point P2"


def commanded(path: Path, name: str, registers: Path | None = None) -> list[dict[str, object]]:
    """Return what `congto readings validate` says of lines, meters and points."""
    answer = validate_file(path, WRITERS[name][0], How(), registers)
    return [line for line in answer.lines() if not str(line["rule"]).startswith("V-")]
