"""JSON lines: a day per line, as the REST door takes them; 48 whole values of Wh or kWh."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import CUT, Delivery, check_there
from congto.interfaces.files.readings.wide import read_table
from congto.interfaces.files.readings.words import ACTIVE, CHANNEL_NAMES
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

SCHEMA = {
    "usage_point": pl.String(),
    "meter": pl.String(),
    "channel": pl.String(),
    "local_day": pl.String(),
    "unit": pl.String(),
    "values": pl.List(pl.Int64()),
}
EXPECTED = f"an object a line with {', '.join(SCHEMA)}"
LARGEST = 2**63


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a file: its days (DELIVERED_DAYS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty or no JSON.
    """
    check_there(path, f"a JSON object a line with {', '.join(SCHEMA)}")
    wrong = ROW_ERRORS.empty()
    try:
        rows = pl.read_ndjson(path, schema=SCHEMA).with_row_index("line", offset=1)
    except pl.exceptions.PolarsError as error:
        rows, wrong = _line_by_line(path)
        if rows.is_empty():
            raise InvalidInputError(
                f"{path.name} cannot be read as JSON lines ({str(error).splitlines()[0]})",
                expected=EXPECTED,
                action="deliver the file again",
            ) from error
    made = read_table(path.name, rows.with_columns(pl.col("line").cast(pl.Int64)), how)
    yield Delivery(made.frame, pl.concat([made.errors, wrong]).sort("line", "column"))


def _line_by_line(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a file of which some lines are no day: the other lines, and what is wrong (ROW_ERRORS).

    Only a file that cannot be read at once comes here.
    """
    good: list[bytes] = []
    numbers: list[int] = []
    bad: list[tuple[int, str, str, str]] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            if (wrong := _no_day(line)) is None:
                numbers.append(number)
                good.append(line)
            elif line.endswith(b"\n"):
                bad.append((number, wrong, EXPECTED, "correct the line"))
            else:
                bad.append((number, "the file breaks off within the line", "the end of it", CUT))
    rows = pl.read_ndjson(BytesIO(b"".join(good)), schema=SCHEMA)
    schema = dict.fromkeys(("found", "expected", "action"), pl.String())
    told = pl.DataFrame(bad, schema={"line": pl.Int64(), **schema}, orient="row")
    errors = complain(path.name, told, "", *map(pl.col, schema))
    return rows.insert_column(0, pl.Series("line", numbers, dtype=pl.Int64)), errors


def _no_day(line: bytes) -> str | None:
    """Say what is wrong with a line; None where it is an object whose values can be read."""
    try:
        said = json.loads(line)
    except ValueError:
        return f"the line is no JSON: '{line.strip()[:40].decode(errors='replace')}'"
    if not isinstance(said, dict):
        return f"the line is no object: '{line.strip()[:40].decode(errors='replace')}'"
    values = said.get("values")
    if isinstance(values, list) and all(one is None or _whole(one) for one in values):
        return None
    return "the line's values are no list of whole numbers"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def write(path: Path, days: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write days (DELIVERED_DAYS) in Wh; the marks beside values are left out."""
    active = pl.col("channel").is_in([*ACTIVE])
    days.sort("usage_point", "meter", "channel", "local_day").select(
        "usage_point",
        "meter",
        pl.col("channel").replace_strict(CHANNEL_NAMES, return_dtype=pl.String),
        pl.col("local_day").cast(pl.String),
        unit=pl.when(active).then(pl.lit("Wh")).otherwise(pl.lit("varh")),
        values="values",
    ).write_ndjson(path)
