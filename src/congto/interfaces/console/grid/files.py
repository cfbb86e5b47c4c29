"""Files of a list: a draft that grows by batches, then CSV for Excel or XLSX.

The draft is JSON lines of plain values, so that both formats come from the same rows.
"""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from congto.interfaces.console.grid.columns import Column

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own code page and breaks Vietnamese."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
SHEET_ROWS = 1_000_000
"""A sheet ends at 1,048,576 rows; more go to the next one."""
REPORT_ROWS = 5000
NUMBER_FORMATS = (
    ("day", "dd/mm/yyyy"),
    ("instant", "dd/mm/yyyy hh:mm"),
    ("dong", "#,##0"),
    ("kwh", "#,##0.###"),
    ("number", "#,##0"),
)


@contextmanager
def reopened(draft: Path, length: int) -> Iterator[IO[bytes]]:
    """Open a draft at the checkpoint's length; what was written behind it is cut off."""
    with draft.open("r+b" if draft.exists() and length else "wb") as file:
        file.truncate(length)
        file.seek(length)
        yield file


def append(file: IO[bytes], columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add a batch and hand it to the operating system: a killed process loses none of it."""
    for row in rows:
        values = [_kept(column, row[column.path]) for column in columns]
        file.write(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    file.flush()


def _kept(column: Column, value: object) -> object:
    """Return the value for JSON: local time without zone, kWh as exact text, the choice's word."""
    if isinstance(value, datetime):
        return value.astimezone(LOCAL_ZONE).replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if column.kind == "kwh" and isinstance(value, int):
        return f"{(Decimal(value) / 1000).normalize():f}"
    return column.word(value)


def finish_csv(draft: Path, target: Path, columns: Sequence[Column]) -> None:
    """Write the CSV beside its name and rename it, so that half a file is never seen."""
    part = target.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        out.write(BOM)
        writer = csv.writer(out)
        writer.writerow([str(column.label) for column in columns])
        for values in _rows(draft):
            writer.writerow(map(_csv_value, columns, values))
    part.replace(target)


def _csv_value(column: Column, value: object) -> object:
    if value is None:
        return ""
    if column.kind == "day":
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    if column.kind == "instant":
        return f"{datetime.fromisoformat(str(value)):%d/%m/%Y %H:%M:%S}"
    if column.right:
        return value
    return neutral(str(value))


def neutral(text: str) -> str:
    """Return the text so that no spreadsheet runs it as a formula: a leading sign gets a quote."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def finish_xlsx(draft: Path, target: Path, columns: Sequence[Column]) -> Iterator[int]:
    """Write the XLSX row by row in constant memory and yield how many rows are written."""
    part = target.with_suffix(".part")
    book = xlsxwriter.Workbook(
        part, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        sheets = Sheets(book, columns)
        sheets.begin()
        for index, values in enumerate(_rows(draft)):
            sheets.add(values)
            if (index + 1) % REPORT_ROWS == 0:
                yield index + 1
    finally:
        book.close()
    part.replace(target)


class Sheets:
    """The sheets of one workbook, each begun when the one before is full."""

    def __init__(self, book: xlsxwriter.Workbook, columns: Sequence[Column]) -> None:
        self.book, self.columns = book, columns
        self.head = book.add_format({"bold": True})
        self.formats = {
            kind: book.add_format({"num_format": pattern}) for kind, pattern in NUMBER_FORMATS
        }

    def begin(self) -> None:
        """Begin a sheet with the columns' names."""
        self.sheet = self.book.add_worksheet()
        self.row = 0
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, len(self.columns) - 1, 18)
        for place, column in enumerate(self.columns):
            self.sheet.write_string(0, place, str(column.label), self.head)

    def add(self, values: Sequence[object]) -> None:
        """Add one row."""
        if self.row == SHEET_ROWS:
            self.begin()
        self.row += 1
        for place, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            if value is not None:
                self._write(place, column, value)

    def _write(self, place: int, column: Column, value: object) -> None:
        if column.kind in {"day", "instant"}:
            moment = datetime.fromisoformat(str(value))
            self.sheet.write_datetime(self.row, place, moment, self.formats[column.kind])
        elif column.right:
            exact = Decimal(str(value))
            self.sheet.write_number(self.row, place, exact, self.formats[column.kind])
        else:
            self.sheet.write_string(self.row, place, str(value))


def _rows(draft: Path) -> Iterator[list[Any]]:
    with draft.open("rb") as file:
        for line in file:
            yield json.loads(line)
