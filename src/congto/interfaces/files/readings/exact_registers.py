"""Registers as Congto's own head end writes them: Parquet, columns of DELIVERED_REGISTERS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.concentrators.register_rows import firsts_of
from congto.interfaces.files.delivery import Delivery, check_there
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.registers import DELIVERED_REGISTERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

EXPECTED = f"Parquet with the columns {', '.join(DELIVERED_REGISTERS.columns)}"


def read(path: Path, _how: How | None = None) -> Iterator[Delivery]:
    """Read registers (DELIVERED_REGISTERS); of two of one register and day the first.

    Raises:
        InvalidInputError: it is no Parquet file, or has other columns.
    """
    check_there(path, EXPECTED)
    try:
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise InvalidInputError(
            f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]})",
            expected=EXPECTED,
            action="read the meters again",
        ) from error
    if dict(frame.schema) != DELIVERED_REGISTERS.columns:
        raise InvalidInputError(
            f"{path.name} has other columns than registers of the head end", expected=EXPECTED
        )
    yield Delivery(*firsts_of(path.name, DELIVERED_REGISTERS.empty(), frame))


def write(path: Path, registers: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write registers (DELIVERED_REGISTERS)."""
    columns = DELIVERED_REGISTERS.columns.items()
    registers.select(pl.col(name).cast(dtype) for name, dtype in columns).write_parquet(path)
