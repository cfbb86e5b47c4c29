"""Tables of half-hours: CSV and workbooks as text, Parquet as typed columns, a piece at a time."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import fastexcel
import numpy as np
import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import check_there, csv_fields
from congto.interfaces.files.readings.days import MILLIONTHS, NO_VALUE
from congto.interfaces.files.readings.words import (
    ACTIVE,
    ACTIVE_UNITS,
    REACTIVE_UNITS,
    UNITS,
)
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.intervals import CHANNEL_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from congto.office.organisation.loading import Rows

NO_HEADER = "__UNNAMED__"
"""How fastexcel begins the name of a column whose first cell is empty."""
ROWS_AT_ONCE = 100_000
"""Rows of a Parquet file held at one time: of days, 5 million values."""


def tables(path: Path, expected: str) -> Iterator[tuple[pl.DataFrame, list[pl.DataFrame]]]:
    """Yield the file's rows with their `line`, and the errors of lines that are no row.

    Args:
        path: a CSV (UTF-8, comma, header), Parquet (.parquet) or workbook (.xlsx, first sheet).
        expected: the columns it should have, for a sentence.

    Raises:
        InvalidInputError: the file is absent, empty or not what its name says.
    """
    check_there(path, expected)
    if path.suffix.lower() == ".parquet":
        yield from _parquet(path)
    elif path.suffix.lower() == ".xlsx":
        yield _workbook(path)
    else:
        yield csv_fields(path, expected)


def _parquet(path: Path) -> Iterator[tuple[pl.DataFrame, list[pl.DataFrame]]]:
    try:
        scan = pl.scan_parquet(path, row_index_name="line", row_index_offset=1)
        height = int(scan.select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]})",
            expected="a complete Parquet file",
            action="deliver the file again",
        ) from error
    for first in range(0, max(height, 1), ROWS_AT_ONCE):
        piece = scan.slice(first, ROWS_AT_ONCE).collect()
        yield piece.with_columns(pl.col("line").cast(pl.Int64)), []


def _workbook(path: Path) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Read the first sheet as text; its first row is the header.

    A row with a cell that no column of the header stands above is an error.
    """
    try:
        sheet = fastexcel.read_excel(path).load_sheet(0, dtypes="string")
    except fastexcel.FastExcelError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as a workbook ({str(error).splitlines()[0]})",
            expected="a complete .xlsx file",
            action="save the workbook again",
        ) from error
    rows = sheet.to_polars().with_row_index("line", offset=2)
    rows = rows.with_columns(pl.col("line").cast(pl.Int64))
    beyond = [name for name in rows.columns if name.startswith(NO_HEADER)]
    if not beyond:
        return rows, []
    bad = rows.filter(pl.any_horizontal(pl.col(beyond).is_not_null()))
    errors = complain(
        path.name,
        bad,
        "",
        pl.lit("the row has a value that no column is named for"),
        "values beneath the names of the first row",
        "remove the value or name its column",
    )
    return rows.drop(beyond).join(
        bad.select("line"), on="line", how="anti", maintain_order="left"
    ), [errors]


def check_columns(
    file: str, found: Sequence[str], required: Sequence[str], optional: Sequence[str]
) -> None:
    """Refuse a table that lacks a required column or has one that nobody knows.

    Raises:
        InvalidInputError: with a hint where a name is nearly right.
    """
    expected = f"the columns {', '.join(required)}; may be there: {', '.join(optional)}"
    known = {"line", *required, *optional}
    unknown = [name for name in found if name not in known]
    for name in required:
        if name not in found:
            near = difflib.get_close_matches(name, unknown, n=1)
            raise InvalidInputError(
                f"{file} line 1 lacks the column {name}",
                expected=expected,
                action=f"rename the column {near[0]!r}" if near else "add it",
            )
    if unknown:
        raise InvalidInputError(
            f"{file} line 1 has the unknown column {unknown[0]!r}",
            expected=expected,
            action="remove or rename it",
        )


def with_optional(raw: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Add the columns that the table does not have, empty; trim texts, empty ones are null."""
    absent = [pl.lit(None, pl.String).alias(name) for name in names if name not in raw.columns]
    text = pl.col(pl.String).str.strip_chars()
    trimmed = raw.with_columns(text)
    blank = pl.col(pl.String)
    return trimmed.with_columns(pl.when(blank != "").then(blank).name.keep(), *absent)


def known_stream(rows: Rows) -> None:
    """Resolve point, channel, unit and multiplier: adds unit_wh; lists rows where one is wrong."""
    unit = pl.col("unit").str.to_lowercase()
    rows.good = rows.good.with_columns(
        pl.col("usage_point").cast(pl.String),
        channel_word=pl.col("channel").cast(pl.String),
        channel=pl.col("channel")
        .cast(pl.String)
        .replace_strict(CHANNEL_CODES, default=None, return_dtype=pl.Int8),
        unit_wh=unit.fill_null("wh").replace_strict(UNITS, default=1, return_dtype=pl.Int64),
        multiplier_word=pl.col("multiplier").cast(pl.String),
        multiplier=pl.col("multiplier").cast(pl.Int64, strict=False),
    )
    rows.reject(
        pl.col("usage_point").is_null(),
        "usage_point",
        pl.lit("usage_point is empty"),
        expected="the code of a usage point",
        action="correct the row",
    )
    rows.reject(
        pl.col("channel").is_null(),
        "channel",
        pl.format("channel '{}'", pl.col("channel_word").fill_null("")),
        expected=f"one of {', '.join(CHANNEL_CODES)}",
        action="correct the channel",
    )
    fits = (
        pl.when(pl.col("channel").is_in([*ACTIVE]))
        .then(unit.is_in([*ACTIVE_UNITS]))
        .otherwise(unit.is_in([*REACTIVE_UNITS]))
    )
    rows.reject(
        ~fits & pl.col("unit").is_not_null(),
        "unit",
        pl.format("unit '{}' does not fit channel {}", "unit", "channel_word"),
        expected="Wh, kWh or MWh for A+ and A-; varh, kvarh or Mvarh for Q+ and Q-",
        action="correct the unit",
    )
    rows.reject(
        pl.col("multiplier_word").is_not_null()
        & ~(pl.col("multiplier") > 0).fill_null(value=False),
        "multiplier",
        pl.format("multiplier '{}'", "multiplier_word"),
        expected="a whole number such as 40, from the transformer ratios",
        action="correct the multiplier",
    )


def millionths(column: pl.Series) -> pl.Series:
    """Return values of a file as whole millionths; null where there is none or it is no number.

    Text is read digit by digit. A Parquet file may hold floats; each is the decimal number that it
    was written from, to the millionth.
    """
    if column.dtype == pl.String():
        return column.cast(MILLIONTHS, strict=False).to_physical().cast(pl.Int64)
    if column.dtype.is_float():
        finite = column.set(~column.is_finite(), None)
        return finite.round(6).cast(MILLIONTHS, strict=False).to_physical().cast(pl.Int64)
    if column.dtype.is_integer() or column.dtype.is_decimal():
        return column.cast(MILLIONTHS, strict=False).to_physical().cast(pl.Int64)
    return pl.Series(column.name, [None] * len(column), dtype=pl.Int64)


def no_numbers(file: str, lines: pl.Series, raw: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """List the values that are there and are no number: frame ROW_ERRORS.

    Args:
        file: the name that errors give.
        lines: where each row stands.
        raw: the columns as they came.
        read: the same columns, read; null where there is no number.
    """
    errors = [ROW_ERRORS.empty()]
    for name in raw.columns:
        bad = pl.DataFrame({"line": lines, "found": raw[name].cast(pl.String)}).filter(
            read[name].is_null() & raw[name].is_not_null()
        )
        errors.append(
            complain(
                file,
                bad,
                name,
                pl.format("{} is '{}'", pl.lit(name), pl.col("found").str.head(40)),
                "a number such as 250 or 0.250, or nothing where it is missing",
                "correct the value",
            )
        )
    return pl.concat(errors)


def array(read: pl.DataFrame) -> NDArray[np.int64]:
    """Return columns of millionths as an array, NO_VALUE where there is none."""
    filled = read.select(pl.all().fill_null(NO_VALUE))
    whole: NDArray[np.int64] = filled.to_numpy(order="c").astype(np.int64, copy=False)
    return whole


def local_day(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Read a day: a date, or text such as 2026-10-31 (a workbook adds midnight to it)."""
    if dtype == pl.String():
        day = column.str.replace(r"[T ]00:00:00(\.0+)?$", "")
        return day.str.to_date("%Y-%m-%d", strict=False)
    return column.cast(pl.Date, strict=False)
