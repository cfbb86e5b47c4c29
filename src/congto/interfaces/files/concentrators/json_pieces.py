"""JSON lines: an object a meter; its rows are the object itself, or a list of objects within it.

A path that begins with / starts at the object of the line, any other at the row: "device/serial".
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.concentrators.adapter import Layout
from congto.interfaces.files.concentrators.pieces import AT_ONCE, Piece, expected_of, told
from congto.interfaces.files.delivery import CUT, check_there
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.interfaces.files.concentrators.adapter import Adapter

    Tree = dict[str, Any]

NUMBERS = ("v", "status", "total")
"""Names of ours, or their beginning, that are numbers."""


def json_pieces(path: Path, adapter: Adapter) -> Iterator[Piece]:
    """Read a file.

    Raises:
        InvalidInputError: it is absent, empty, or no line of its beginning is an object.
    """
    check_there(path, expected_of(adapter))
    line, rest = 1, b""
    with path.open("rb") as stream:
        while block := stream.read(AT_ONCE):
            rest += block
            end = rest.rfind(b"\n") + 1
            if end and len(block) == AT_ONCE:
                yield _piece(path, adapter, rest[:end], line)
                line += rest.count(b"\n", 0, end)
                rest = rest[end:]
    if rest.strip():
        yield _piece(path, adapter, rest, line)


def _piece(path: Path, adapter: Adapter, text: bytes, first: int) -> Piece:
    """Read some lines; whole numbers at once, anything else as text."""
    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    for kind in (pl.Int64(), pl.String()):
        try:
            read = pl.read_ndjson(BytesIO(text), schema=_schema(adapter, kind))
        except pl.exceptions.PolarsError:
            continue
        if read.height == lines:
            numbers = pl.int_range(first, first + lines, eager=True).alias("line")
            return Piece(_rows(read.insert_column(0, numbers), adapter), told([]))
        break  # empty lines stand between: each line is looked at for its number
    return _line_by_line(path, adapter, text, first)


def _line_by_line(path: Path, adapter: Adapter, text: bytes, first: int) -> Piece:
    """Read lines of which some are no object: the others, and what is wrong."""
    schema = _schema(adapter, pl.String())
    good: list[bytes] = []
    numbers: list[int] = []
    bad: list[tuple[int, str, str, str]] = []
    for number, line in enumerate(text.split(b"\n"), start=first):
        if not line.strip():
            continue
        wrong = _no_object(line, schema)
        if wrong is None:
            good.append(line)
            numbers.append(number)
        elif number == first + text.count(b"\n"):
            bad.append((number, "the file breaks off within the line", "the end of it", CUT))
        else:
            bad.append((number, wrong, "an object as the adapter says", "correct the line"))
    if not good and first == 1:
        raise InvalidInputError(
            f"{path.name} has no line that adapter {adapter.name} can read",
            expected=f"an object a line with {expected_of(adapter)}",
            action="deliver such a file or name the format it has",
        )
    kinds = {"line": pl.Int64(), **dict.fromkeys(("found", "expected", "action"), pl.String())}
    listed = pl.DataFrame(bad, schema=kinds, orient="row")
    errors = complain(path.name, listed, "", *map(pl.col, list(kinds)[1:]))
    read = (
        pl.read_ndjson(BytesIO(b"\n".join(good)), schema=schema)
        if good
        else pl.DataFrame(schema=schema)
    )
    line_numbers = pl.Series("line", numbers, dtype=pl.Int64)
    return Piece(_rows(read.insert_column(0, line_numbers), adapter), errors)


def _no_object(line: bytes, schema: dict[str, pl.DataType]) -> str | None:
    """Say what is wrong with a line; None where it can be read."""
    try:
        said = json.loads(line)
    except ValueError:
        return f"the line is no JSON: '{line.strip()[:40].decode(errors='replace')}'"
    if not isinstance(said, dict):
        return f"the line is no object: '{line.strip()[:40].decode(errors='replace')}'"
    try:
        pl.read_ndjson(BytesIO(line), schema=schema)
    except pl.exceptions.PolarsError as error:
        return f"a field of the line is of another kind ({str(error).splitlines()[0][:80]})"
    return None


def _rows(read: pl.DataFrame, adapter: Adapter) -> pl.DataFrame:
    """Return the fields of each row under our names."""
    places = list(adapter.places())
    if not adapter.file.rows:
        return read.select("line", *(_field(at.strip("/")).alias(name) for name, at in places))
    held = read.select(
        "line",
        _field(adapter.file.rows).alias("__row"),
        *(_field(at[1:]).alias(name) for name, at in places if at.startswith("/")),
    ).explode("__row", empty_as_null=False, keep_nulls=False)
    of_row = [
        _field(at, pl.col("__row")).alias(name) for name, at in places if not at.startswith("/")
    ]
    return held.with_columns(of_row).drop("__row")


def _field(path: str, within: pl.Expr | None = None) -> pl.Expr:
    """Return a field by its path."""
    first, *steps = path.split("/")
    found = pl.col(first) if within is None else within.struct.field(first)
    for step in steps:
        found = found.struct.field(step)
    return found


def _schema(adapter: Adapter, number: pl.DataType) -> dict[str, pl.DataType]:
    """Return the types of an object: of numbers as told, of all else text."""
    tree: Tree = {}
    rows: Tree = {}
    wide = adapter.layout is Layout.WIDE
    for name, at in adapter.places():
        kind = number if name.startswith(NUMBERS) else pl.String()
        listed = wide and (name.startswith("v") or name == "status")
        of_row = bool(adapter.file.rows) and not at.startswith("/")
        _put(rows if of_row else tree, at.strip("/"), pl.List(kind) if listed else kind)
    if adapter.file.rows:
        _put(tree, adapter.file.rows, pl.List(_typed(rows)))
    return {name: _typed(kind) for name, kind in tree.items()}


def _put(tree: Tree, path: str, kind: pl.DataType) -> None:
    *above, last = path.split("/")
    for step in above:
        tree = tree.setdefault(step, {})
    tree[last] = kind


def _typed(kind: Any) -> pl.DataType:  # noqa: ANN401  (a type, or a tree of them)
    if isinstance(kind, dict):
        return pl.Struct({name: _typed(inner) for name, inner in kind.items()})
    assert isinstance(kind, pl.DataType)
    return kind
