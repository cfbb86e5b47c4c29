"""Days as Congto's own head end writes them: Parquet with the columns of DELIVERED_DAYS.

Nothing is turned from text: values are whole Wh or varh, marks are the bits of our own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.delivery import ROWS_AT_ONCE, Delivery, check_there
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

EXPECTED = f"Parquet with the columns {', '.join(DELIVERED_DAYS.columns)}"


def read(path: Path, _how: How | None = None) -> Iterator[Delivery]:
    """Read days (DELIVERED_DAYS) piece by piece.

    Raises:
        InvalidInputError: it is no Parquet file, or has other columns.
    """
    check_there(path, EXPECTED)
    try:
        scan = pl.scan_parquet(path)
        schema = dict(scan.collect_schema())
        height = int(scan.select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]})",
            expected=EXPECTED,
            action="read the meters again",
        ) from error
    if schema != DELIVERED_DAYS.columns:
        raise InvalidInputError(
            f"{path.name} has other columns than days of the head end", expected=EXPECTED
        )
    for first in range(0, height, ROWS_AT_ONCE):
        rows = scan.slice(first, ROWS_AT_ONCE).collect()
        yield Delivery(rows, ROW_ERRORS.empty())


def write(path: Path, days: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write days (DELIVERED_DAYS)."""
    columns = DELIVERED_DAYS.columns.items()
    days.select(pl.col(name).cast(dtype) for name, dtype in columns).write_parquet(path)
