"""Tables of events: a row per event (CSV, Parquet, XLSX)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.events.rows import FIELDS, events_of, rows_of
from congto.interfaces.files.readings.tables import check_columns, tables, with_optional

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

REQUIRED = ("event", "began_at")
OPTIONAL = tuple(name for name in FIELDS if name not in REQUIRED)
EXPECTED = f"the columns {', '.join(REQUIRED)} and usage_point or meter"


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a table: its events (DELIVERED_EVENTS) and errors.

    Raises:
        InvalidInputError: the file cannot be read, or its columns are not those of events.
    """
    for raw, errors in tables(path, EXPECTED):
        check_columns(path.name, raw.columns, REQUIRED, OPTIONAL)
        texts = with_optional(raw.with_columns(pl.col("event").cast(pl.String)), OPTIONAL)
        made = events_of(path.name, texts, how.zone)
        yield Delivery(made.frame, pl.concat([*errors, made.errors]).sort("line", "column"))


def write(path: Path, events: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write events (DELIVERED_EVENTS); CSV, Parquet or a workbook by the file's name."""
    table = rows_of(events)
    match path.suffix.lower():
        case ".parquet":
            table.write_parquet(path)
        case ".xlsx":
            table.write_excel(path, "events")
        case _:
            table.write_csv(path)
