"""Workbooks (XLSX): a wide or a long table on the first sheet, told apart by its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from congto.interfaces.files.readings import long, wide
from congto.interfaces.files.readings.tables import tables
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.delivery import Delivery
    from congto.interfaces.files.readings.words import How

ROWS_MAX = 1_048_575
"""Rows of a sheet beneath its header."""


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read the first sheet: a long table where it has a column `start`, else a wide one.

    Raises:
        InvalidInputError: the file is no workbook, or its columns are of neither table.
    """
    if path.is_file() and path.suffix.lower() != ".xlsx":
        raise InvalidInputError(
            f"{path.name} is not named as a workbook",
            expected="a name that ends in .xlsx",
            action="save it as .xlsx or name the format it has",
        )
    (frame, _), *_ = tables(path, wide.EXPECTED)
    yield from (long if "start" in frame.columns else wide).read(path, how)


def write(path: Path, days: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write days (DELIVERED_DAYS) as a wide table in Wh.

    Raises:
        InvalidInputError: more days than a sheet has rows.
    """
    if days.height > ROWS_MAX:
        raise InvalidInputError(
            f"{days.height} days for one sheet",
            expected=f"at most {ROWS_MAX}",
            action="export fewer days or points, or another format",
        )
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("readings")
        table = wide.wide_table(days).with_columns(pl.col("local_day").cast(pl.String))
        sheet.write_row(0, 0, table.columns)
        for line, row in enumerate(table.iter_rows(), start=1):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(line, column, value)
