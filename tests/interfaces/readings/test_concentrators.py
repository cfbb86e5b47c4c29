"""Files of concentrators by the shipped adapters: what they hold, and every way they go wrong.

The examples in tests/interfaces/concentrator_files were written for these tests.
On 5 October M1 took 100 Wh in its first half-hour, 101 in the second, ... 147 in the last:
48 x 100 + (0 + ... + 47) = 5,928 Wh, and 20 varh in each. M2 took 250 Wh in each, but nothing is
known from 10:00 to 12:00, and at 12:00 it says that it had no power (bit 7).
"""

from __future__ import annotations

import codecs
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.interfaces.cli.readings.validate import validate_file
from congto.interfaces.files.cast import sentences
from congto.interfaces.files.concentrators import csv_pieces
from congto.interfaces.files.concentrators.formats import read
from congto.interfaces.files.concentrators.loader import (
    load_adapter,
    shipped_adapter,
    shipped_names,
)
from congto.interfaces.files.readings.words import How
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.intervals import Channel, Status
from world_readings import SEARCH

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parents[1] / "concentrator_files"
ON = date(2026, 10, 5)
RISING = list(range(100, 148))
GAP: list[int | None] = [250] * 20 + [None] * 4 + [250] * 24
EXAMPLES = {
    "congto-wide": "congto_wide_20261005.csv",
    "congto-long": "congto_long_20261005.csv",
    "congto-xml": "congto_20261005.xml",
    "congto-jsonl": "congto_20261005.jsonl",
}
WITH_STATUS = ("congto-long", "congto-xml", "congto-jsonl")


def frames(adapter: str, path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all rows and all errors of a file."""
    parts = list(read(shipped_adapter(adapter), path))
    return pl.concat([one.frame for one in parts]), told(parts)


def told(parts) -> pl.DataFrame:
    return pl.concat([ROW_ERRORS.empty(), *(one.errors for one in parts)])


def values(days: pl.DataFrame, meter: str, channel: Channel) -> list[int | None]:
    own = days.filter(meter=meter, channel=int(channel))
    assert own.height == 1
    return own["values"][0].to_list()


def parquet(path: Path) -> Path:
    table = pl.DataFrame(
        {
            "meter": ["M1", "M1", "M2"],
            "day": [ON] * 3,
            "obis": ["1-0:1.29.0*255", "1-0:3.29.0*255", "1-0:1.29.0*255"],
            "values": [RISING, [20] * 48, GAP],
            "status": [None, None, [0] * 24 + [128] + [0] * 23],
            "total": [5928, 960, 11_000],
        }
    )
    file = path / "congto_day_20261005.parquet"
    table.write_parquet(file)
    return file


@pytest.mark.parametrize("adapter", [*EXAMPLES, "congto-parquet"])
def test_the_example_of_each_adapter_gives_the_days_it_holds(adapter: str, tmp_path: Path) -> None:
    path = CASES / EXAMPLES[adapter] if adapter in EXAMPLES else parquet(tmp_path)
    days, errors = frames(adapter, path)
    assert sentences(errors) == []
    assert days.height == 3
    assert values(days, "M1", Channel.ACTIVE_IMPORT) == RISING
    assert values(days, "M1", Channel.REACTIVE_IMPORT) == [20] * 48
    assert values(days, "M2", Channel.ACTIVE_IMPORT) == GAP
    assert set(days["local_day"]) == {ON}
    assert days["usage_point"].to_list() == days["meter"].to_list()
    if adapter in {*WITH_STATUS, "congto-parquet"}:
        status = days.filter(meter="M2")["status"][0].to_list()
        assert status == [0] * 24 + [int(Status.POWER_DOWN)] + [0] * 23


def test_registers_are_those_of_midnight_in_completed_wh() -> None:
    # 1234.5678 kWh are 1,234,567 completed Wh; an empty field is no register.
    rows, errors = frames("congto-registers", CASES / "congto_registers_20261005.csv")
    assert errors.is_empty()
    assert sorted(rows.select("meter", "register", "read_on", "index_wh").rows()) == [
        ("M1", "normal", ON, 700_100),
        ("M1", "off_peak", ON, 234_267),
        ("M1", "peak", ON, 300_200),
        ("M1", "reactive", ON, 56_789),
        ("M1", "total", ON, 1_234_567),
        ("M2", "total", ON, 99_500),
    ]


def test_events_are_read_by_their_number_in_the_log() -> None:
    rows, errors = frames("congto-events", CASES / "congto_events_20261005.csv")
    assert errors.is_empty()
    assert rows.select("meter", "kind", "began_at").rows() == [
        ("M1", "power_down", datetime(2026, 10, 4, 18, 0, tzinfo=UTC)),
        ("M1", "power_up", datetime(2026, 10, 4, 19, 30, tzinfo=UTC)),
        ("M2", "magnetic_field", datetime(2026, 10, 5, 1, 15, 30, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("adapter", EXAMPLES)
def test_a_file_cut_anywhere_keeps_what_stands_before_the_cut(adapter: str, tmp_path: Path) -> None:
    whole = (CASES / EXAMPLES[adapter]).read_bytes()
    expected, _ = frames(adapter, CASES / EXAMPLES[adapter])
    sure = {
        (row["meter"], row["channel"], place): value
        for row in expected.iter_rows(named=True)
        for place, value in enumerate(row["values"])
    }
    path = tmp_path / EXAMPLES[adapter]
    kept = 0
    for size in range(200, len(whole) - 1, 233):
        path.write_bytes(whole[:size])
        try:
            days, errors = frames(adapter, path)
        except InvalidInputError:
            continue  # nothing in it was whole
        assert any("cut off" in one or "last line" in one for one in sentences(errors)), size
        for row in days.iter_rows(named=True):
            for place, value in enumerate(row["values"]):
                assert value is None or value == sure[row["meter"], row["channel"], place], size
        kept = max(kept, days.height)
    assert kept >= (1 if adapter == "congto-jsonl" else 2)


def test_rows_that_come_twice_are_taken_once_and_told_once(tmp_path: Path) -> None:
    lines = (CASES / EXAMPLES["congto-long"]).read_text().splitlines()
    path = tmp_path / "congto_long_twice.csv"
    body = lines[1:-1]
    path.write_text("\n".join([lines[0], *body, *body, f"END;{2 * len(body)}"]) + "\n")
    days, errors = frames("congto-long", path)
    clean, _ = frames("congto-long", CASES / EXAMPLES["congto-long"])
    assert days.sort("meter", "channel").equals(clean.sort("meter", "channel"))
    # 48 + 48 values of M1 and 44 of M2; the second half begins on line 2 + 92.
    (one,) = sentences(errors)
    assert one.startswith(
        "congto_long_twice.csv line 94: 140 values stand already with the same value, the first on"
        " line 2; expected each interval of a meter once;"
    )


def test_rows_in_any_order_give_the_same_days(tmp_path: Path) -> None:
    lines = (CASES / EXAMPLES["congto-long"]).read_text().splitlines()
    path = tmp_path / "congto_long_by_time.csv"
    by_time = sorted(lines[1:-1], key=lambda line: line.split(";")[1])
    path.write_text("\n".join([lines[0], *by_time, lines[-1]]) + "\n")
    days, errors = frames("congto-long", path)
    clean, _ = frames("congto-long", CASES / EXAMPLES["congto-long"])
    assert errors.is_empty()
    keys = ["meter", "channel"]
    assert days.drop("line").sort(keys).equals(clean.drop("line").sort(keys))


def test_a_value_that_contradicts_the_first_is_listed_and_not_taken(tmp_path: Path) -> None:
    lines = (CASES / EXAMPLES["congto-long"]).read_text().splitlines()
    path = tmp_path / "congto_long_x.csv"
    path.write_text("\n".join([*lines[:-1], lines[1].replace("0.100", "0.900"), "END;93"]) + "\n")
    days, errors = frames("congto-long", path)
    assert values(days, "M1", Channel.ACTIVE_IMPORT) == RISING
    assert (
        "meter M1 on 2026-10-05 has 1 values that stand already otherwise, the first on line 2"
        in (sentences(errors)[0])
    )


def test_a_day_whose_total_is_wrong_is_left_out(tmp_path: Path) -> None:
    text = (CASES / EXAMPLES["congto-wide"]).read_text()
    path = tmp_path / "congto_wide_x.csv"
    path.write_text(text.replace(";5928", ";5930"))
    days, errors = frames("congto-wide", path)
    assert days.height == 2
    (one,) = sentences(errors)
    assert one == (
        "congto_wide_x.csv line 2: the total of meter M1 on 2026-10-05 is 5930, its values add up"
        " to 5928; expected a total that is the sum of the values; deliver the day again; it is"
        " left out."
    )


LINE_FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "no number": (
        lambda line: line.replace("0.100", "0,1OO"),
        "1-0:1.29.0*255 is '0,1OO'; expected a number",
    ),
    "clock off": (
        lambda line: line.replace("00:30:00", "00:33:12"),
        "the time is 2026-10-05 00:33:12; expected a bound of an interval of 30 minutes",
    ),
    "no time": (lambda line: line.replace("2026-10-05", "2026-13-05"), "the time is '2026-13-05"),
    "lost clock": (
        lambda line: line.replace("2026-10-05 00", "1970-01-01 00"),
        "expected a day from 2000-01-01 on; look at the meter's clock",
    ),
    "no meter": (lambda line: line.replace("M1", "  "), "the meter is ''"),
    "a field too many": (lambda line: line + ";9", "7 fields; expected 6 fields"),
    "a status of words": (
        lambda line: line.replace(";0;0.100", ";zz;0.100"),
        "the status is 'zz'; expected a whole number",
    ),
}


@pytest.mark.parametrize("fault", LINE_FAULTS)
def test_a_wrong_line_costs_that_line(fault: str, tmp_path: Path) -> None:
    change, sentence = LINE_FAULTS[fault]
    lines = (CASES / EXAMPLES["congto-long"]).read_text().splitlines()
    lines[1] = change(lines[1])
    path = tmp_path / "congto_long_x.csv"
    path.write_text("\n".join(lines) + "\n")
    days, errors = frames("congto-long", path)
    assert len(sentences(errors)) == 1
    assert sentence in sentences(errors)[0]
    assert "line 2" in sentences(errors)[0]
    kept = values(days, "M1", Channel.ACTIVE_IMPORT)
    assert kept == ([100] if fault == "a status of words" else [None]) + RISING[1:]


def test_a_trailer_that_counts_other_rows_is_told(tmp_path: Path) -> None:
    text = (CASES / EXAMPLES["congto-long"]).read_text()
    path = tmp_path / "congto_long_x.csv"
    path.write_text(text.replace("END;92", "END;96"))
    days, errors = frames("congto-long", path)
    assert days.height == 3
    assert "line 94: the last line says 96 rows, 92 stand before it" in sentences(errors)[0]


def test_a_code_that_the_adapter_does_not_name_is_told_once(tmp_path: Path) -> None:
    lines = (CASES / EXAMPLES["congto-wide"]).read_text().splitlines()
    volts = [line.replace("1.29.0", "32.7.0") for line in lines[1:-1] if "1.29.0" in line]
    path = tmp_path / "congto_wide_x.csv"
    path.write_text("\n".join([*lines[:-1], *volts, "END;5"]) + "\n")
    days, errors = frames("congto-wide", path)
    assert days.height == 3
    assert len(sentences(errors)) == 1
    assert "line 5: rows have the code '1-0:32.7.0*255'" in sentences(errors)[0]


def test_a_missing_column_is_said_with_the_name_that_is_near(tmp_path: Path) -> None:
    path = tmp_path / "congto_long_x.csv"
    path.write_text("meter;tmie;status;1-0:1.29.0*255;1-0:2.29.0*255;1-0:3.29.0*255\n")
    with pytest.raises(
        InvalidInputError, match="lacks the column time of adapter congto-long"
    ) as it:
        frames("congto-long", path)
    assert "correct the adapter (the file has 'tmie') or deliver" in it.value.sentence()


def test_pieces_of_any_size_give_the_same_days(tmp_path: Path, monkeypatch) -> None:
    whole, _ = frames("congto-long", CASES / EXAMPLES["congto-long"])
    for size in (7, 64, 1000):
        monkeypatch.setattr(csv_pieces, "AT_ONCE", size)
        days, errors = frames("congto-long", CASES / EXAMPLES["congto-long"])
        assert errors.is_empty(), size
        assert days.sort("meter", "channel").equals(whole.sort("meter", "channel")), size


MAKER = """
maker: Example
title: example
source: written for this test
confidence: confirmed
holds: half_hours
layout: long
file:
  kind: csv
  names: ["LP*.txt"]
  encoding: utf-16
  delimiter: "\\t"
  decimal: ","
  header: "no"
  skip: "2"
  ends_lines: "no"
meter: {at: "2", pattern: "^CTO0*([0-9]+)$"}
time: {at: ["3", "4"], format: "%d/%m/%Y %H:%M", zone: UTC, stamp: begin, minutes: "15"}
code: "5"
values:
  - {at: "6", code: "1.5.0", channel: A+, unit: Wh, scaler: "1"}
"""


def test_a_makers_format_without_header_in_another_encoding(tmp_path: Path) -> None:
    # 17:00 UTC is midnight in Viet Nam. Two quarters of 1.5 and 2.5 times ten Wh: 15 + 25 = 40 Wh.
    adapter = tmp_path / "example.yaml"
    adapter.write_text(MAKER)
    rows = ["DCU 17", "", "1\tCTO0077\t04/10/2026\t17:00\t1.5.0\t1,5"]
    rows += ["2\tCTO0077\t04/10/2026\t17:15\t1.5.0\t2,5", "3\tCTO0077\t04/10/2026\t17:30\t1.5.0\t9"]
    file = tmp_path / "LP1.txt"
    file.write_bytes(codecs.BOM_UTF16_LE + "\n".join(rows).encode("utf-16-le"))
    parts = list(read(load_adapter(adapter), file))
    assert told(parts).is_empty()
    days = pl.concat([one.frame for one in parts])
    assert values(days, "77", Channel.ACTIVE_IMPORT) == [40] + [None] * 47
    assert days["local_day"].to_list() == [ON]


ADAPTER_FAULTS = {
    "unit: Wh": ("unit: kW", "one of wh, kwh, mwh"),
    "channel: A+": ("channel: B+", "one of A+, A-, Q+, Q-"),
    'minutes: "15"': ('minutes: "20"', "one of 5, 10, 15, 30"),
    "encoding: utf-16": ("encoding: klingon", "utf-8, cp1258, utf-16"),
    'at: "6"': ("at: six", "numbers from 1: no header"),
    'pattern: "^CTO0*([0-9]+)$"': ('pattern: "^CTO$"', "one group"),
    'scaler: "1"': ('scaler: "12"', "a power of ten from -6 to 9"),
    "zone: UTC": ("zone: Hanoi", "a name such as UTC"),
    "stamp: begin": ("stamp: middle", "one of begin, end"),
    'code: "5"': ("colour: red", "unknown key"),
}


@pytest.mark.parametrize("right", ADAPTER_FAULTS)
def test_an_adapter_is_checked_when_it_is_loaded(right: str, tmp_path: Path) -> None:
    wrong, sentence = ADAPTER_FAULTS[right]
    adapter = tmp_path / "example.yaml"
    adapter.write_text(MAKER.replace(right, wrong, 1))
    with pytest.raises(InvalidInputError) as refused:
        load_adapter(adapter)
    assert sentence in refused.value.sentence()
    assert "example.yaml" in refused.value.sentence()


def test_every_shipped_adapter_loads_and_says_where_it_comes_from() -> None:
    assert len(shipped_names()) >= 7
    for name in shipped_names():
        adapter = shipped_adapter(name)
        assert adapter.source
        assert adapter.file.names


def test_readings_validate_takes_an_adapter_by_name_and_by_file(tmp_path: Path) -> None:
    path = CASES / EXAMPLES["congto-long"]
    by_name = validate_file(path, "concentrator:congto-long", How())
    copy = tmp_path / "mine.yaml"
    shipped = Path(csv_pieces.__file__).parent / "adapters" / "congto-long.yaml"
    copy.write_bytes(shipped.read_bytes())
    by_file = validate_file(path, str(copy), How())
    assert by_name.days.height == by_file.days.height == 3
    # The gap of M2 from 10:00 to 12:00 is found missing (V-04 .. V-06 by its length).
    assert any(line["point"] == "M2" for line in by_name.lines())


EVERY_EXAMPLE = EXAMPLES | {
    "congto-registers": "congto_registers_20261005.csv",
    "congto-events": "congto_events_20261005.csv",
}


@pytest.mark.parametrize("adapter", EVERY_EXAMPLE)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None, phases=SEARCH)
def test_a_file_broken_anyhow_is_sentences_and_never_a_crash(
    adapter: str, seed: int, tmp_path_factory
) -> None:
    draw = random.Random(seed)  # noqa: S311  (a seed that hypothesis prints)
    content = bytearray((CASES / EVERY_EXAMPLE[adapter]).read_bytes())
    for _ in range(draw.randrange(1, 6)):
        place, what = draw.randrange(len(content)), draw.randrange(4)
        if what == 0:
            content[place] = draw.randrange(256)
        elif what == 1:
            del content[place : place + draw.randrange(1, 40)]
        elif what == 2:
            content[place:place] = bytes(draw.choices(b'0123456789;",.<>/{}[]\n-eE', k=30))
        else:
            content[place:place] = content[draw.randrange(len(content)) :][: draw.randrange(200)]
    path = tmp_path_factory.mktemp("broken") / EVERY_EXAMPLE[adapter]
    path.write_bytes(content)
    try:
        rows, errors = frames(adapter, path)
    except InvalidInputError:
        return  # a sentence on the file as a whole
    assert rows.height >= 0
    assert all(path.name in one for one in sentences(errors))


NAMESPACED = """<?xml version="1.0"?>
<m:File xmlns:m="urn:acme" xmlns="urn:acme">
<m:Meter><Id> 0077 </Id><Readings>
<Day date="2026-10-05"><Wh>{}</Wh></Day>
</Readings></m:Meter>
<m:Meter><Id>0078</Id><Readings/></m:Meter>
</m:File>
"""
XML_ADAPTER = """
maker: Example
title: example
source: written for this test
confidence: confirmed
holds: half_hours
layout: wide
side: network
file: {kind: xml, names: ["*.xml"], record: Meter, rows: Readings/Day}
meter: {at: "/Id", pattern: "^0*([0-9]+)$"}
time: {at: ["@date"], format: "%Y-%m-%d", stamp: begin}
values:
  - {at: "Wh", channel: A-, unit: kWh, scaler: "-2"}
"""


def test_xml_of_elements_in_a_namespace_with_values_in_one_text(tmp_path: Path) -> None:
    # 25 hundredths of a kWh are 250 Wh.
    (tmp_path / "acme.yaml").write_text(XML_ADAPTER)
    file = tmp_path / "a.xml"
    file.write_text(NAMESPACED.format(" ".join(["25"] * 48)))
    parts = list(read(load_adapter(tmp_path / "acme.yaml"), file))
    assert told(parts).is_empty()
    days = pl.concat([one.frame for one in parts])
    assert values(days, "77", Channel.ACTIVE_EXPORT) == [250] * 48
    file.write_text(NAMESPACED.format(" ".join(["25"] * 47)))
    assert (
        "Wh has 47 values; expected a list of 48 values"
        in sentences(told(list(read(load_adapter(tmp_path / "acme.yaml"), file))))[0]
    )


EPOCH_ADAPTER = """
maker: Example
title: example
source: written for this test
confidence: confirmed
holds: half_hours
layout: long
file: {kind: json_lines, names: ["*.jsonl"], rows: lp}
meter: {at: "/m"}
time: {at: [t], format: epoch_seconds, stamp: end, within_seconds: "5"}
values:
  - {at: e, channel: A+, unit: Wh}
"""


def test_seconds_since_1970_near_a_bound_within_an_object(tmp_path: Path) -> None:
    # 1,791,133,200 is 2026-10-05T00:00+07:00; the first half-hour ends 1,800 s later, 3 s late.
    (tmp_path / "acme.yaml").write_text(EPOCH_ADAPTER)
    file = tmp_path / "a.jsonl"
    first = 1_791_133_200 + 1_800
    file.write_text(
        f'{{"m": "M1", "lp": [{{"t": {first + 3}, "e": 7}}, {{"t": {first + 1_798}, "e": 8}},'
        f' {{"t": {first + 3_607}, "e": 9}}]}}\n'
    )
    parts = list(read(load_adapter(tmp_path / "acme.yaml"), file))
    days = pl.concat([one.frame for one in parts])
    assert values(days, "M1", Channel.ACTIVE_IMPORT) == [7, 8] + [None] * 46
    (wrong,) = sentences(told(parts))
    assert "the time is 2026-10-05 01:30:07; expected a bound" in wrong


def test_a_day_register_stamped_at_its_end_is_that_of_the_next_midnight(tmp_path: Path) -> None:
    adapter = tmp_path / "acme.yaml"
    adapter.write_text(
        EPOCH_ADAPTER.replace("holds: half_hours\nlayout: long", "holds: registers")
        .replace(
            'format: epoch_seconds, stamp: end, within_seconds: "5"', 'format: "%Y%m%d", stamp: end'
        )
        .replace("channel: A+", "register: total")
    )
    file = tmp_path / "a.jsonl"
    file.write_text('{"m": "M1", "lp": [{"t": "20261004", "e": 1234}]}\n')
    (part,) = read(load_adapter(adapter), file)
    assert part.frame.select("meter", "read_on", "index_wh").rows() == [("M1", ON, 1_234)]
