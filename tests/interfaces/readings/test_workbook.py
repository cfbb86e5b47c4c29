"""Workbooks: a wide or a long table on the first sheet."""

from __future__ import annotations

from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings

from congto.interfaces.files.cast import sentences
from congto.interfaces.files.readings import workbook
from congto.vocabulary.errors import InvalidInputError
from world_readings import SEARCH, days, load, said


@settings(max_examples=10, phases=SEARCH)
@given(days())
def test_what_is_written_is_read_again(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("round") / "given.xlsx"
    workbook.write(path, drawn)
    frame, errors = load(workbook.read, path)
    assert errors.is_empty()
    assert said(frame).equals(said(drawn))


def sheet(path, rows: list[list[object]]) -> None:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        one = book.add_worksheet()
        for line, row in enumerate(rows):
            one.write_row(line, 0, row)


def test_cells_may_be_dates_and_numbers_and_rows_are_named(tmp_path):
    path = tmp_path / "given.xlsx"
    clocks = [f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, 30)]
    sheet(
        path,
        [
            ["usage_point", "channel", "local_day", "unit", *clocks],
            ["PE1", "A+", date(2026, 7, 1), "kWh", *[0.1] * 47, None],
            ["PE2", "A+", date(2026, 7, 1), "kWh", *[0.1] * 47, "none"],
        ],
    )
    frame, errors = load(workbook.read, path)
    assert frame["local_day"].to_list() == [date(2026, 7, 1)]
    assert frame["values"][0].to_list() == [100] * 47 + [None]
    (sentence,) = sentences(errors)
    assert sentence.startswith("given.xlsx line 3: 23:30 is 'none'")


def test_a_sheet_with_starts_is_a_long_table(tmp_path):
    path = tmp_path / "given.xlsx"
    sheet(
        path,
        [["usage_point", "channel", "start", "value"], ["PE1", "A+", "2026-07-01T00:30", 12]],
    )
    frame, errors = load(workbook.read, path)
    assert errors.is_empty()
    assert frame["values"][0].to_list()[:3] == [None, 12, None]


def test_another_file_under_the_name_of_a_workbook_is_refused(tmp_path):
    path = tmp_path / "given.xlsx"
    path.write_text("usage_point,channel\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="cannot be read as a workbook"):
        load(workbook.read, path)
