"""The formats by name, each with its reader and its writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.interfaces.files.readings import (
    espi,
    iec61968,
    json_lines,
    long,
    nem12,
    wide,
    workbook,
)
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from congto.interfaces.files.delivery import Delivery
    from congto.interfaces.files.readings.words import How


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        title: what it is, for help pages and screens.
        suffixes: of file names, the first for files that are written.
        read: path and How in, days (DELIVERED_DAYS) and errors out, piece by piece.
        write: path, days and the instant they are written.
        names: patterns of file names by which files of this format are known; none: by no name.
        of_meters: values are what meters measured, before the transformers' ratio.
    """

    title: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, How], Iterator[Delivery]]
    write: Callable[[Path, pl.DataFrame, datetime], None]
    names: tuple[str, ...] = ()
    of_meters: bool = False


FORMATS: dict[str, Format] = {
    "nem12": Format(
        "NEM12: a row per meter-day, quality by ranges", (".csv",), nem12.read, nem12.write
    ),
    "iec61968": Format("IEC 61968-9 MeterReadings (XML)", (".xml",), iec61968.read, iec61968.write),
    "espi": Format("Green Button, ESPI (XML)", (".xml",), espi.read, espi.write),
    "wide": Format("table, a row per day", (".csv", ".parquet"), wide.read, wide.write),
    "long": Format("table, a row per value", (".csv", ".parquet"), long.read, long.write),
    "json": Format(
        "a JSON object a line, as REST takes", (".jsonl",), json_lines.read, json_lines.write
    ),
    "xlsx": Format("workbook with a wide or long table", (".xlsx",), workbook.read, workbook.write),
}


def format_of(name: str) -> Format:
    """Return a format by its name.

    Raises:
        InvalidInputError: no format has this name.
    """
    if name not in FORMATS:
        raise InvalidInputError(f"format {name!r}", expected=f"one of {', '.join(FORMATS)}")
    return FORMATS[name]
