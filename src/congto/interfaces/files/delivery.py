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

from congto.interfaces.files.cast import TYPES, cast_column, complain
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.interfaces.files.layout import Layout

ROWS_AT_ONCE = 250_000
"""Rows of a Parquet file held at one time: of half-hours, 100 MB."""

CUT = "deliver the file again, it is cut off; what stands before is read"
"""What to do about a file that breaks off."""

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
    (delivery,) = read_slices(path, layout, rows_at_once=None)
    return delivery


def read_slices(
    path: Path, layout: Layout, rows_at_once: int | None = ROWS_AT_ONCE
) -> Iterator[Delivery]:
    """Read a Parquet file so many rows at a time (None: all), a CSV at once; at least one slice.

    A key that comes twice in the file is found also where the two rows are slices apart.
    """
    check_there(path, f"the columns {', '.join(layout.names)}")
    if path.suffix != ".parquet":
        raw, errors = csv_fields(path, f"the columns {', '.join(layout.names)}")
        _check_columns(path.name, [name for name in raw.columns if name != "line"], layout)
        frame, bad = _typed(path.name, raw, errors, layout)
        frame, repeated = _without_repeats(path.name, frame, layout)
        yield Delivery(frame, pl.concat([bad, repeated]).sort("line", "column"))
        return
    scan, height = _parquet(path, layout)
    repeated = _repeats(path.name, scan, layout)
    for first in range(0, max(height, 1), rows_at_once or max(height, 1)):
        raw = scan.slice(first, rows_at_once).collect()
        frame, bad = _typed(path.name, raw, [], layout)
        again = repeated.filter(pl.col("line").is_between(first + 1, first + raw.height))
        frame = frame.join(again.select("line"), on="line", how="anti", maintain_order="left")
        yield Delivery(frame, pl.concat([bad, again]).sort("line", "column"))


def check_there(path: Path, expected: str) -> None:
    """Refuse a file that is absent or has no content; `expected` names its columns."""
    if not path.is_file():
        raise InvalidInputError(
            f"file {path} is not there",
            expected=f"a file with {expected}",
            action="deliver the file or correct the folder's name",
        )
    if path.stat().st_size == 0:
        raise InvalidInputError(
            f"{path.name} is empty",
            expected=f"a header with {expected}",
            action="deliver the file again",
        )


def _typed(
    file: str, raw: pl.DataFrame, errors: list[pl.DataFrame], layout: Layout
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cast column by column, then drop the rows that any column complained of."""
    columns = [raw["line"]]
    for column in layout.columns:
        if column.name not in raw.columns:
            columns.append(pl.Series(column.name, [None] * raw.height, dtype=TYPES[column.kind]))
            continue
        series, complaints = cast_column(file, raw["line"], raw[column.name], column)
        columns.append(series)
        errors += complaints
    frame = pl.DataFrame(columns)
    bad = pl.concat([ROW_ERRORS.empty(), *errors])
    good = frame.join(bad.select("line").unique(), on="line", how="anti", maintain_order="left")
    return good, bad


def _repeats(file: str, scan: pl.LazyFrame, layout: Layout) -> pl.DataFrame:
    """List the rows of a Parquet file whose key stands in a row before: frame ROW_ERRORS.

    Hashes of the keys first, 8 bytes a row; the keys themselves only where hashes meet.
    """
    key = pl.struct(layout.key)
    hashes = scan.select("line", hash=key.hash()).collect()
    meeting = hashes.filter(pl.col("hash").is_duplicated()).select("line")
    if meeting.is_empty():
        return ROW_ERRORS.empty()
    rows = scan.select("line", *layout.key).join(meeting.lazy(), on="line", how="semi").collect()
    return _without_repeats(file, rows.sort("line"), layout)[1]


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
    missing = [name for name in layout.needed if name not in found]
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


def _parquet(path: Path, layout: Layout) -> tuple[pl.LazyFrame, int]:
    """Return the file's columns and `line`, unread, and the number of rows; lines count from 1."""
    try:
        scan = pl.scan_parquet(path, row_index_name="line", row_index_offset=1)
        _check_columns(path.name, scan.collect_schema().names()[1:], layout)
        height = scan.select(pl.len()).collect().item()
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]})",
            expected="a complete Parquet file",
            action="deliver the file again",
        ) from error
    return scan.with_columns(pl.col("line").cast(pl.Int64)), int(height)


def csv_fields(path: Path, expected: str) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Read all fields as text, and `line`; lines that do not fit the header become errors.

    Args:
        path: the file.
        expected: the columns it should have, for a sentence.
    """
    lines = _lines(path)
    header = lines["text"][0].lstrip("\ufeff").split(",")
    names = [name.strip().strip('"') for name in header]
    if len(set(names)) < len(names):
        raise InvalidInputError(
            f"{path.name} line 1 names a column twice",
            expected=expected,
            action="remove one of the two",
        )
    body = lines.slice(1).filter(pl.col("text").str.strip_chars() != "")
    body, ragged = _without_ragged(path, body, len(names))
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
        raise wrong_encoding(path) from error
    return lines.with_columns(pl.col("line").cast(pl.Int64))


def wrong_encoding(path: Path) -> InvalidInputError:
    """Return the sentence that says where the first byte stands that is not UTF-8."""
    action = "save the file as UTF-8 and deliver it again"
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                found = f"{path.name} line {number} is not UTF-8 (byte 0x{line[error.start]:02X})"
                return InvalidInputError(found, expected="a file in UTF-8", action=action)
    return InvalidInputError(f"{path.name} is not UTF-8", expected="UTF-8 text", action=action)


def _without_ragged(
    path: Path, body: pl.DataFrame, width: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
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
    cut = (pl.col("line") == body["line"][-1]) & (not _ends_a_line(path))
    errors = complain(
        path.name,
        bad,
        "",
        found.otherwise(pl.format("{} fields", pl.col("fields"))),
        f"{width} fields, as the header has",
        pl.when(cut & ((pl.col("fields") < width) | pl.col("open_quote")))
        .then(pl.lit(CUT))
        .otherwise(pl.lit("correct the line; put a text that holds a comma in double quotes")),
    )
    return body.join(bad.select("line"), on="line", how="anti", maintain_order="left"), errors


def _ends_a_line(path: Path) -> bool:
    """Tell whether the file's last byte ends a line; one that was cut off mostly has another."""
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read() == b"\n"
