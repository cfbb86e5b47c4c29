"""Parquet: typed columns, some rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.concentrators.pieces import Piece, expected_of, places_in, told
from congto.interfaces.files.delivery import check_there
from congto.interfaces.files.readings.tables import ROWS_AT_ONCE
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.interfaces.files.concentrators.adapter import Adapter


def parquet_pieces(path: Path, adapter: Adapter) -> Iterator[Piece]:
    """Read a file; its index stands at the end, so of a cut one nothing can be read.

    Raises:
        InvalidInputError: it is absent, empty, no Parquet or has other columns.
    """
    check_there(path, expected_of(adapter))
    try:
        scan = pl.scan_parquet(path, row_index_name="line", row_index_offset=1)
        names = scan.collect_schema().names()[1:]
        height = int(scan.select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]})",
            expected="a complete Parquet file",
            action="deliver the file again",
        ) from error
    numbers = places_in(path, adapter, names, 1)
    wanted = [pl.col(names[number]).alias(name) for name, number in numbers.items()]
    for first in range(0, max(height, 1), ROWS_AT_ONCE):
        rows = scan.select(pl.col("line").cast(pl.Int64), *wanted).slice(first, ROWS_AT_ONCE)
        yield Piece(rows.collect(), told([]))
