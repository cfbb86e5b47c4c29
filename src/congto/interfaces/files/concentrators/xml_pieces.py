"""XML: an element a meter, its rows within it; fields are attributes or texts at paths.

A path that begins with / starts at the meter's element, any other at the row; "@name" is an
attribute, "." the text of the element itself. Namespaces are passed over.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

import polars as pl
from lxml import etree

from congto.interfaces.files.concentrators.pieces import Piece, expected_of
from congto.interfaces.files.readings.words import How
from congto.interfaces.files.readings.xml_parts import Found, line_of, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from congto.interfaces.files.concentrators.adapter import Adapter

    Column = Callable[["etree._Element"], list[str]]  # noqa: SLF001  (the only name of the type)
    Reads = Callable[["etree._Element"], str | None]  # noqa: SLF001  (the only name of the type)

AT_ONCE = 100_000
"""Rows held at one time."""


class _Fields:
    """What is read, of the meter and of each of its rows.

    Where all fields of rows are attributes and a meter's rows stand alone in their element, a
    column is read at once; else row by row.
    """

    def __init__(self, adapter: Adapter) -> None:
        places = list(adapter.places())
        self.meter = [(name, reader(at[1:])) for name, at in places if at.startswith("/")]
        self.row = [(name, reader(at)) for name, at in places if not at.startswith("/")]
        *above, part = adapter.file.rows.split("/")
        self.above = "/".join(f"{{*}}{step}" for step in above)
        self.part = part
        of_row = [at for _, at in places if not at.startswith("/")]
        plain = bool(part) and all(at.startswith("@") for at in of_row)
        self.attributes = of_row if plain else []
        names = ("line", *(name for name, _ in self.meter), *(name for name, _ in self.row))
        self.found: dict[str, list[object]] = {name: [] for name in names}

    def take(self, record: etree._Element) -> None:
        """Add the rows of one meter."""
        holders = record.iterfind(self.above) if self.above else (record,)
        for holder in holders:
            count = self._at_once(holder) if self.attributes else 0
            count = count or self._one_by_one(holder)
            for name, read in self.meter:
                self.found[name].extend([read(record)] * count)

    def _at_once(self, holder: etree._Element) -> int:
        """Add rows by column and return how many, 0 where they are not all alike."""
        count = len(holder)
        tag = holder[0].tag if count else None
        if not isinstance(tag, str) or tag.rpartition("}")[2] != self.part:
            return 0
        columns = [column(holder) for column in columns_of(tag, tuple(self.attributes))]
        begin, end = line_of(holder[0]), line_of(holder[-1])
        if any(len(column) != count for column in columns) or end - begin != count - 1:
            return 0
        self.found["line"].extend(range(begin, end + 1))
        for (name, _), column in zip(self.row, columns, strict=True):
            self.found[name].extend(column)
        return count

    def _one_by_one(self, holder: etree._Element) -> int:
        rows = list(holder.iterchildren(f"{{*}}{self.part}")) if self.part else [holder]
        self.found["line"].extend(map(line_of, rows))
        for name, read in self.row:
            self.found[name].extend(map(read, rows))
        return len(rows)

    def piece(self, found: Found) -> Piece:
        """Return the rows so far, and forget them."""
        columns = [
            pl.Series(name, column, dtype=pl.Int64() if name == "line" else pl.String())
            for name, column in self.found.items()
        ]
        errors = found.told()
        found.wrong = []
        self.found = {name: [] for name in self.found}
        return Piece(pl.DataFrame(columns), errors)


def xml_pieces(path: Path, adapter: Adapter) -> Iterator[Piece]:
    """Read a file meter by meter; a cut one as far as it goes.

    Raises:
        InvalidInputError: it is absent, empty or no XML.
    """
    fields, found = _Fields(adapter), Found(path.name, How())
    for record in records(path, adapter.file.record, fields.part, found, expected_of(adapter)):
        fields.take(record)
        if len(fields.found["line"]) >= AT_ONCE:
            yield fields.piece(found)
    yield fields.piece(found)


@lru_cache
def columns_of(tag: str, attributes: tuple[str, ...]) -> list[Column]:
    """Return what reads one attribute of all children of a tag, each."""
    space, _, name = tag.rpartition("}")
    known = {"n": space[1:]} if space else None
    step = f"n:{name}" if space else name
    paths = (
        etree.XPath(f"{step}/{at}", namespaces=known, smart_strings=False) for at in attributes
    )
    return [cast("Column", path) for path in paths]


def reader(at: str) -> Reads:
    """Return what reads a path of an element; empty texts are none."""
    way, _, attribute = at.partition("@")
    steps = "/".join(f"{{*}}{name}" for name in way.strip("/").split("/") if name not in {"", "."})

    def read(element: etree._Element) -> str | None:
        found = element.find(steps) if steps else element
        if found is None:
            return None
        said = found.get(attribute) if attribute else found.text
        return said.strip() or None if said else None

    return read
