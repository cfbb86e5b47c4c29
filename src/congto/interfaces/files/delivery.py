"""Read a delivered file: good rows come out typed, bad rows as a list, a useless file as an error.

A row of a CSV stands on one line, so that a line number is exact. Everything is vectorised: work on
a good row is columnar, and only bad rows are ever looked at one by one.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import cast_column, complain
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from pathlib import Path

    from congto.interfaces.files.layout import Layout

QUOTED = r'"(?:[^"]|"")*"'


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a file held.

    Attributes:
        frame: the good rows: `line` and the layout's columns, typed.
        errors: frame ROW_ERRORS; every line named in it is absent from `frame`.
    """

    frame: pl.DataFrame
    errors: pl.DataFrame


def read_delivery(path: Path, layout: Layout) -> Delivery:
    """Read a CSV (UTF-8, comma, header) or a Parquet file as its layout says.

    Raises:
        InvalidInputError: the file is absent, empty, not UTF-8, not Parquet, or its columns are not
            those of the layout; then nothing of it can be trusted.
    """
    if not path.is_file():
        raise InvalidInputError(
            f"file {path} is not there",
            expected=f"a file with the columns {', '.join(layout.names)}",
            action="deliver the file or correct the folder's name",
        )
    if path.stat().st_size == 0:
        raise InvalidInputError(
            f"{path.name} is empty",
            expected=f"a header with the columns {', '.join(layout.names)}",
            action="deliver the file again",
        )
    raw, errors = _parquet(path) if path.suffix == ".parquet" else _csv(path, layout)
    _check_columns(path.name, [name for name in raw.columns if name != "line"], layout)
    return _typed(path.name, raw, errors, layout)


def _typed(file: str, raw: pl.DataFrame, errors: list[pl.DataFrame], layout: Layout) -> Delivery:
    """Cast column by column, then drop the rows that any column complained of."""
    columns = [raw["line"]]
    for column in layout.columns:
        series, complaints = cast_column(file, raw["line"], raw[column.name], column)
        columns.append(series)
        errors += complaints
    frame = pl.DataFrame(columns)
    bad = pl.concat([ROW_ERRORS.empty(), *errors])
    frame = frame.join(bad.select("line").unique(), on="line", how="anti", maintain_order="left")
    frame, repeated = _without_repeats(file, frame, layout)
    return Delivery(frame, pl.concat([bad, repeated]).sort("line", "column"))


def _without_repeats(
    file: str, frame: pl.DataFrame, layout: Layout
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first row of a key; list the others."""
    key = list(layout.key)
    first = frame.select(pl.struct(key).is_first_distinct()).to_series()
    if first.all():
        return frame, ROW_ERRORS.empty()
    kept = frame.filter(first)
    repeats = frame.filter(~first).join(
        kept.select(*key, pl.col("line").alias("first_line")), on=key, nulls_equal=True
    )
    words = pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator=" ")
    errors = complain(
        file,
        repeats,
        ", ".join(key),
        pl.format("{} stands already on line {}", words, pl.col("first_line")),
        "one row per " + ", ".join(key),
        "remove one of the two rows",
    )
    return kept, errors


def _check_columns(file: str, found: list[str], layout: Layout) -> None:
    """Refuse a file that lacks a column or has one that nobody knows."""
    expected = f"the columns {', '.join(layout.names)}"
    unknown = [name for name in found if name not in layout.names]
    missing = [name for name in layout.names if name not in found]
    if missing:
        near = difflib.get_close_matches(missing[0], unknown, n=1)
        hint = f"rename the column {near[0]!r}" if near else "add it"
        raise InvalidInputError(
            f"{file} line 1 lacks the column {missing[0]}", expected=expected, action=hint
        )
    if unknown:
        raise InvalidInputError(
            f"{file} line 1 has the unknown column {unknown[0]!r}",
            expected=expected,
            action="remove or rename it",
        )


def _parquet(path: Path) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Read all columns as they are; lines count the rows from 1."""
    try:
        frame = pl.read_parquet(path, row_index_name="line", row_index_offset=1)
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]})",
            expected="a complete Parquet file",
            action="deliver the file again",
        ) from error
    return frame.with_columns(pl.col("line").cast(pl.Int64)), []


def _csv(path: Path, layout: Layout) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Read all fields as text; lines whose fields do not fit the header become errors."""
    lines = _lines(path)
    header = lines["text"][0].lstrip("\ufeff").split(",")
    names = [name.strip().strip('"') for name in header]
    if len(set(names)) < len(names):
        raise InvalidInputError(
            f"{path.name} line 1 names a column twice",
            expected=f"the columns {', '.join(layout.names)}",
            action="remove one of the two",
        )
    body = lines.slice(1).filter(pl.col("text").str.strip_chars() != "")
    body, ragged = _without_ragged(path.name, body, len(names))
    if body.is_empty():
        empty = pl.DataFrame(schema={"line": pl.Int64, **dict.fromkeys(names, pl.String)})
        return empty, [ragged]
    whole = body.height == lines.height - 1
    fields = pl.read_csv(
        path if whole else BytesIO(body["text"].str.join("\n").item().encode()),
        has_header=False,
        skip_lines=1 if whole else 0,
        schema={name: pl.String() for name in names},
    )
    return fields.insert_column(0, body["line"]), [ragged]


def _lines(path: Path) -> pl.DataFrame:
    """Return columns line (1 is the first) and text."""
    try:
        lines = pl.read_lines(path, name="text", row_index_name="line", row_index_offset=1)
    except pl.exceptions.ComputeError as error:
        raise _wrong_encoding(path) from error
    return lines.with_columns(pl.col("line").cast(pl.Int64))


def _wrong_encoding(path: Path) -> InvalidInputError:
    """Say where the first byte stands that is not UTF-8."""
    action = "save the file as UTF-8 and deliver it again"
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                found = f"{path.name} line {number} is not UTF-8 (byte 0x{line[error.start]:02X})"
                return InvalidInputError(found, expected="a file in UTF-8", action=action)
    return InvalidInputError(f"{path.name} is not UTF-8", expected="UTF-8 text", action=action)


def _without_ragged(file: str, body: pl.DataFrame, width: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split off the lines with too few or too many fields, or a quote that is not closed."""
    text = pl.col("text")
    if body["text"].str.contains('"', literal=True).any():
        text = text.str.replace_all(QUOTED, "")
    marked = body.with_columns(
        fields=text.str.count_matches(",", literal=True) + 1,
        open_quote=text.str.contains('"', literal=True),
    )
    bad = marked.filter((pl.col("fields") != width) | pl.col("open_quote"))
    if bad.is_empty():
        return body, ROW_ERRORS.empty()
    found = pl.when("open_quote").then(pl.lit("a quote is not closed on its line"))
    errors = complain(
        file,
        bad,
        "",
        found.otherwise(pl.format("{} fields", pl.col("fields"))),
        f"{width} fields, as the header has",
        "correct the line; put a text that holds a comma in double quotes",
    )
    return body.join(bad.select("line"), on="line", how="anti", maintain_order="left"), errors
