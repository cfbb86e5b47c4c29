"""JSON lines: a day per line, as the REST door takes them; 48 whole values of Wh or kWh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.delivery import check_there
from congto.interfaces.files.readings.wide import read_table
from congto.interfaces.files.readings.words import ACTIVE, CHANNEL_NAMES
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.delivery import Delivery
    from congto.interfaces.files.readings.words import How

SCHEMA = {
    "usage_point": pl.String(),
    "meter": pl.String(),
    "channel": pl.String(),
    "local_day": pl.String(),
    "unit": pl.String(),
    "values": pl.List(pl.Int64()),
}


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a file: its days (DELIVERED_DAYS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty or no JSON.
    """
    check_there(path, f"a JSON object a line with {', '.join(SCHEMA)}")
    try:
        rows = pl.read_ndjson(path, schema=SCHEMA)
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as JSON lines ({str(error).splitlines()[0]})",
            expected=f"an object a line with {', '.join(SCHEMA)}",
            action="deliver the file again",
        ) from error
    numbered = rows.with_row_index("line", offset=1).with_columns(pl.col("line").cast(pl.Int64))
    yield read_table(path.name, numbered, how)


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
