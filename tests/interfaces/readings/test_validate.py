"""`congto readings validate`: findings as JSON lines, completed series, no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from congto.interfaces.cli.main import main
from congto.interfaces.cli.readings.registers import read_registers
from congto.interfaces.files.readings import nem12 as nem12_door
from congto.interfaces.files.readings import wide
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import Method
from congto.vocabulary.quality import Quality
from world_readings import day, flat, head, load, nem12

FIRST = date(2026, 6, 1)


def shape(number: int) -> list[str]:
    """48 values of a home that differ from each other: 100 to 147 Wh, and one more Wh a day."""
    return [f"0.{100 + at + number % 7:03}" for at in range(48)]


def days_of(count: int, changed: dict[int, list[str] | None] | None = None) -> list[str]:
    """Return records 300 of so many days from FIRST; None leaves a day out."""
    changed = changed or {}
    return [
        day(f"{FIRST + timedelta(days=number):%Y%m%d}", values)
        for number in range(count)
        if (values := changed.get(number, shape(number))) is not None
    ]


def validate(capsys, folder: Path, text: str, *more: str) -> tuple[int, list[dict[str, object]]]:
    path = folder / "given.csv"
    path.write_text(text, encoding="utf-8")
    code = main(["readings", "validate", str(path), "--format", "nem12", "--json", *more])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_clean_file_has_no_finding(capsys, tmp_path):
    assert validate(capsys, tmp_path, nem12(head(), *days_of(30))) == (0, [])


def test_a_finding_is_a_line_with_rule_point_hours_and_figures(capsys, tmp_path):
    gap = [*shape(3)[:10], *[""] * 5, *shape(3)[15:]]
    code, lines = validate(capsys, tmp_path, nem12(head(), *days_of(10, {3: gap})))
    assert code == 0
    assert lines == [
        {
            "rule": "V-04",
            "point": "PE1",
            "channel": "A+",
            "from": "2026-06-04T05:00:00+07:00",
            "to": "2026-06-04T07:30:00+07:00",
            "observed": 0,
            "expected": 5,
            "action": "order",
        }
    ]


def test_a_day_that_lacks_between_two_others_is_missing(capsys, tmp_path):
    _, lines = validate(capsys, tmp_path, nem12(head(), *days_of(10, {4: None})))
    assert [(line["rule"], line["from"], line["to"]) for line in lines] == [
        ("V-04", "2026-06-05T00:00:00+07:00", "2026-06-06T00:00:00+07:00")
    ]


def test_a_line_that_cannot_be_read_is_told_and_the_code_is_1(capsys, tmp_path):
    code, lines = validate(capsys, tmp_path, nem12(head(), day("20260601", flat(count=49))))
    assert code == 1
    assert lines[0]["rule"] == "FILE"
    assert lines[0]["observed"] == "given.csv line 3: the day has 49 values"


def test_a_file_of_something_else_is_one_sentence_and_code_2(capsys, tmp_path):
    path = tmp_path / "given.csv"
    path.write_text("hello\n", encoding="utf-8")
    assert main(["readings", "validate", str(path), "--format", "nem12"]) == 2
    assert capsys.readouterr().err.startswith("given.csv line 1 begins with 'hello'; expected")


@pytest.mark.parametrize(
    "arguments",
    [["readings", "judge"], ["readings", "validate", "x", "--format", "wide", "--zone", "Mars"]],
)
def test_a_wrong_word_is_one_sentence(capsys, arguments):
    assert main(arguments) == 2
    assert "; expected" in capsys.readouterr().err


def registers(folder: Path, rows: list[str], header: str = "usage_point,read_on,index_wh,meter"):
    path = folder / "registers.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return ["--registers", str(path)]


def test_the_sum_between_two_registers_is_kept_to_the_last_wh(capsys, tmp_path):
    # Two reads, 20 days apart; days 5 and 6 are lost. The register says 123,456 Wh went by.
    text = nem12(head(), *days_of(20, {5: None, 6: None}))
    given = registers(tmp_path, ["PE1,2026-06-01,5000,M1", "PE1,2026-06-21,128456,M1"])
    out = tmp_path / "out.csv"
    validate(capsys, tmp_path, text, *given, "--estimate", str(out))
    frame, errors = load(nem12_door.read, out)
    assert errors.is_empty()
    assert frame.height == 20
    assert frame["values"].list.sum().sum() == 123_456
    lost = frame.filter(pl.col("local_day").is_between(date(2026, 6, 6), date(2026, 6, 7)))
    assert lost["qualities"].explode().unique().to_list() == [Quality.FINAL_ESTIMATED]
    before, _ = load(nem12_door.read, tmp_path / "given.csv")
    measured = frame.filter(~pl.col("local_day").is_in(lost["local_day"].implode()))
    assert measured["values"].to_list() == before["values"].to_list()


def test_a_register_below_the_measured_values_counts(capsys, tmp_path):
    # E-13: 18 days of 5,929 Wh or so were measured, the register says 60,000 Wh in all 20 days.
    text = nem12(head(), *days_of(20, {5: None, 6: None}))
    given = registers(tmp_path, ["PE1,2026-06-01,5000,M1", "PE1,2026-06-21,65000,M1"])
    out = tmp_path / "out.csv"
    validate(capsys, tmp_path, text, *given, "--estimate", str(out))
    frame, _ = load(nem12_door.read, out)
    assert frame["values"].list.sum().sum() == 60_000
    assert set(frame["qualities"].explode()) == {Quality.FINAL_ESTIMATED}


def test_a_short_gap_without_registers_is_a_line_between_its_neighbours(capsys, tmp_path):
    # 100 Wh before, 160 Wh after, two missing: 120 and 140.
    values = [*flat("0.100", 10), "", "", *flat("0.160", 36)]
    out = tmp_path / "out.csv"
    validate(
        capsys,
        tmp_path,
        nem12(head(), day("20260601", values)),
        "--estimate",
        str(out),
        "--to",
        "wide",
    )
    frame, _ = load(wide.read, out)
    assert frame["values"][0].to_list()[9:13] == [100, 120, 140, 160]
    assert frame["methods"][0].to_list()[9:13] == [0, Method.LINEAR, Method.LINEAR, 0]
    assert frame["qualities"][0].to_list()[10] == Quality.ESTIMATED


def test_a_meter_that_does_not_hang_there_is_rejected(capsys, tmp_path):
    given = registers(tmp_path, ["PE1,2026-06-01,5000,M9"])
    _, lines = validate(capsys, tmp_path, nem12(head(), *days_of(1)), *given)
    assert [(line["rule"], line["action"]) for line in lines] == [("V-01", "reject")]


def test_a_meter_exchanged_inside_the_file_is_no_error(capsys, tmp_path):
    # M1 until noon of day 2 (24 half-hours), M2 from then on; both dials are read that day.
    old = [*shape(1)[:24], *[""] * 24]
    new = [*[""] * 24, *shape(1)[24:]]
    second = f"{FIRST + timedelta(days=1):%Y%m%d}"
    text = nem12(
        head(), *days_of(1), day(second, old), head(meter="M2"), day(second, new), *days_of(4)[2:]
    )
    rows = ["PE1,2026-06-01,0,M1", "PE1,2026-06-03,100,M2"]
    code, lines = validate(capsys, tmp_path, text, *registers(tmp_path, rows))
    assert (code, lines) == (0, [])


def test_another_multiplier_than_the_registers_file_says_is_rejected(capsys, tmp_path):
    path = tmp_path / "wide.csv"
    clocks = ",".join(f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, 30))
    values = ",".join(["40"] * 48)
    path.write_text(
        f"usage_point,channel,local_day,multiplier,{clocks}\nPE1,A+,2026-06-01,40,{values}\n",
        encoding="utf-8",
    )
    given = registers(tmp_path, ["PE1,2026-06-01,0,20"], "usage_point,read_on,index_wh,multiplier")
    main(["readings", "validate", str(path), "--format", "wide", "--json", *given])
    (line,) = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert (line["rule"], line["observed"], line["expected"]) == ("V-20", 40, 20)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",2026-06-01,5,M1", "usage_point"),
        ("PE1,June,5,M1", "read_on"),
        ("PE1,2026-06-01,,M1", "index_wh"),
        ("PE1,2026-06-01,-5,M1", "index_wh"),
    ],
)
def test_a_wrong_register_row_is_told(capsys, tmp_path, row, column):
    given = registers(tmp_path, [row])
    code, lines = validate(capsys, tmp_path, nem12(head(), *days_of(1)), *given)
    assert code == 1
    assert lines[0]["observed"] == f"registers.csv line 2: {column} is empty or not right"


def test_a_registers_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "registers.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="lacks the column usage_point"):
        read_registers(path)


def test_it_needs_no_database_and_loads_no_framework(tmp_path):
    path = tmp_path / "given.csv"
    path.write_text(nem12(head(), *days_of(2)), encoding="utf-8")
    code = (
        "import sys; from congto.interfaces.cli.main import main;"
        f" code = main(['readings', 'validate', {str(path)!r}, '--format', 'nem12', '--json']);"
        " sys.exit(9 if 'django' in sys.modules else code)"
    )
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "CONGTO_DATA"}
    }
    source = Path(__file__).parents[3] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
