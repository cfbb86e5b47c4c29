"""JSON lines: an event a line, as the REST door takes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import Delivery, check_there, wrong_encoding
from congto.interfaces.files.events.rows import FIELDS, events_of, rows_of
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

EXPECTED = f"an object a line with {', '.join(FIELDS)}"


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a file: its events (DELIVERED_EVENTS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty, not UTF-8, or no line of it is an event.
    """
    check_there(path, EXPECTED)
    good: list[dict[str, object]] = []
    bad: list[tuple[int, str]] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    _line(number, line, good, bad)
    except UnicodeDecodeError as error:
        raise wrong_encoding(path) from error
    if not good:
        raise InvalidInputError(
            f"{path.name} has no line that is an event",
            expected=EXPECTED,
            action="deliver such a file or name the format it has",
        )
    schema = {"line": pl.Int64(), **dict.fromkeys(FIELDS, pl.String())}
    made = events_of(path.name, pl.DataFrame(good, schema=schema), how.zone)
    broken = pl.DataFrame(bad, schema={"line": pl.Int64(), "found": pl.String()}, orient="row")
    errors = complain(path.name, broken, "", pl.col("found"), EXPECTED, "correct the line")
    yield Delivery(made.frame, pl.concat([errors, made.errors]).sort("line", "column"))


def _line(
    number: int, line: str, good: list[dict[str, object]], bad: list[tuple[int, str]]
) -> None:
    """Take one line, or say what is wrong with it."""
    try:
        said = json.loads(line)
    except json.JSONDecodeError:
        bad.append((number, f"the line is no JSON: '{line.strip()[:40]}'"))
        return
    if not isinstance(said, dict):
        bad.append((number, f"the line is no object: '{line.strip()[:40]}'"))
        return
    if unknown := [name for name in said if name not in FIELDS]:
        bad.append((number, f"the line has the unknown name '{unknown[0][:40]}'"))
        return
    texts = {name: None if said.get(name) is None else str(said[name]) for name in FIELDS}
    good.append({"line": number, **{name: text or None for name, text in texts.items()}})


def write(path: Path, events: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write events (DELIVERED_EVENTS)."""
    rows_of(events).write_ndjson(path)
