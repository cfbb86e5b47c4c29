"""Adapters as formats: `concentrator:NAME`, those that come with Congto and those of a folder.

CONGTO_ADAPTERS names a folder of adapters of one's own. One of them that is wrong stays in the list
and says what is wrong with it when a file is to be read by it.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from congto.interfaces.files.concentrators.adapter import SUFFIXES, Adapter, FileKind, Holds, Layout
from congto.interfaces.files.concentrators.csv_pieces import csv_pieces
from congto.interfaces.files.concentrators.event_rows import events_in
from congto.interfaces.files.concentrators.json_pieces import json_pieces
from congto.interfaces.files.concentrators.loader import (
    load_adapter,
    shipped_adapter,
    shipped_names,
)
from congto.interfaces.files.concentrators.long_rows import long_days
from congto.interfaces.files.concentrators.parquet_pieces import parquet_pieces
from congto.interfaces.files.concentrators.pieces import Piece, ahead
from congto.interfaces.files.concentrators.register_rows import registers_of
from congto.interfaces.files.concentrators.wide_rows import wide_days
from congto.interfaces.files.concentrators.xml_pieces import xml_pieces
from congto.interfaces.files.readings.formats import Format
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import polars as pl

    from congto.interfaces.files.delivery import Delivery
    from congto.interfaces.files.readings.words import How

FOLDER = "CONGTO_ADAPTERS"
PREFIX = "concentrator:"
PIECES: dict[FileKind, Callable[[Path, Adapter], Iterator[Piece]]] = {
    FileKind.CSV: csv_pieces,
    FileKind.PARQUET: parquet_pieces,
    FileKind.XML: xml_pieces,
    FileKind.JSON_LINES: json_pieces,
}


def read(adapter: Adapter, path: Path, _how: How | None = None) -> Iterator[Delivery]:
    """Read a file as its adapter says: DELIVERED_DAYS, DELIVERED_REGISTERS or DELIVERED_EVENTS.

    Raises:
        InvalidInputError: the file cannot be read, or has not the fields of the adapter.
    """
    pieces = PIECES[adapter.file.kind](path, adapter)
    if adapter.file.kind is FileKind.XML:
        pieces = ahead(pieces)  # its parser takes one core, the work on its rows the other
    if adapter.holds is Holds.REGISTERS:
        return registers_of(pieces, adapter, path.name)
    if adapter.holds is Holds.EVENTS:
        return events_in(pieces, adapter, path.name)
    wide = adapter.layout is Layout.WIDE
    return (wide_days if wide else long_days)(pieces, adapter, path.name)


def adapters() -> dict[str, Adapter | InvalidInputError]:
    """Return every adapter by the name of its format, or what is wrong with it."""
    found: dict[str, Adapter | InvalidInputError] = {
        f"{PREFIX}{name}": shipped_adapter(name) for name in shipped_names()
    }
    folder = os.environ.get(FOLDER)
    for file in sorted(Path(folder).glob("*.yaml")) if folder else []:
        try:
            found[f"{PREFIX}{file.stem}"] = load_adapter(file)
        except InvalidInputError as error:
            found[f"{PREFIX}{file.stem}"] = error
    return found


def as_format(adapter: Adapter) -> Format:
    """Return an adapter as a format that is read and not written."""
    return Format(
        adapter.title,
        (SUFFIXES[adapter.file.kind],),
        partial(read, adapter),
        partial(_refuse_to_write, adapter.title),
        adapter.file.names,
        adapter.of_meters,
    )


def formats_that_hold(holds: Holds) -> dict[str, Format]:
    """Return the formats of adapters that bring half-hours, registers or events.

    A wrong adapter is listed among those of half-hours, as nobody knows what it brings.
    """
    formats = {}
    for name, found in adapters().items():
        if isinstance(found, InvalidInputError):
            if holds is Holds.HALF_HOURS:
                wrong = partial(_raise, found)
                formats[name] = Format(f"{name} (wrong adapter)", (".csv",), wrong, wrong)
        elif found.holds is holds:
            formats[name] = as_format(found)
    return formats


def _refuse_to_write(title: str, _path: Path, _days: pl.DataFrame, _at: datetime) -> None:
    raise InvalidInputError(
        f"the format {title!r} is read only",
        expected="a format that is written too",
        action="choose another format for what is written",
    )


def _raise(error: InvalidInputError, *_: object) -> NoReturn:
    raise error
