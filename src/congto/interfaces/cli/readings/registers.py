"""The file of registers beside one of half-hours: what dials showed and what meters they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.readings.tables import (
    check_columns,
    local_day,
    tables,
    with_optional,
)
from congto.office.organisation.loading import Rows
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.intervals import Channel, CustomerClass

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED = ("usage_point", "read_on", "index_wh")
WHOLE = {
    # each column with its least and most
    "multiplier": (1, 10_000_000),
    "dial_digits": (1, 12),
    "decimals": (0, 3),
    "registered_w": (0, 2_000_000_000),
}
OPTIONAL = ("register", "meter", "customer_class", *WHOLE)
CHANNELS = {
    "total": Channel.ACTIVE_IMPORT,
    "export": Channel.ACTIVE_EXPORT,
    "reactive": Channel.REACTIVE_IMPORT,
}
"""Which channel a register adds up."""
CLASSES = {one.name.lower(): one for one in CustomerClass}
KEY = ["usage_point", "meter", "channel", "read_on"]

REGISTERS: dict[str, pl.DataType] = {
    "usage_point": pl.String(),
    "meter": pl.String(),
    "channel": pl.Int8(),
    "read_on": pl.Date(),
    "index_wh": pl.Int64(),
    "customer_class": pl.Int8(),
    **dict.fromkeys(WHOLE, pl.Int64()),
}


def read_registers(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return register reads (REGISTERS), one row per point, meter, register and day; and errors.

    Columns: usage_point, read_on (the dial at 00:00 of that day), index_wh (what it shows, before
    the multiplier). May be there: register (total, export or reactive), meter, multiplier (CT x
    VT), dial_digits, decimals, customer_class, registered_w.

    Raises:
        InvalidInputError: the file cannot be read or has other columns.
    """
    parts = [_piece(path.name, raw, errors) for raw, errors in tables(path, ", ".join(REQUIRED))]
    frame = pl.concat([pl.DataFrame(schema=REGISTERS), *(part for part, _ in parts)])
    return frame.sort(KEY), pl.concat([ROW_ERRORS.empty(), *(errors for _, errors in parts)])


def _piece(
    file: str, raw: pl.DataFrame, errors: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    check_columns(file, raw.columns, REQUIRED, OPTIONAL)
    rows = Rows.of(with_optional(raw, OPTIONAL), file)
    rows.good = rows.good.with_columns(
        pl.col("usage_point", "meter", "customer_class").cast(pl.String),
        read_on=local_day(pl.col("read_on"), rows.good.schema["read_on"]),
        channel=pl.col("register")
        .cast(pl.String)
        .fill_null("total")
        .replace_strict(CHANNELS, default=None, return_dtype=pl.Int8),
    )
    _refuse(rows, pl.col("usage_point").is_null(), "usage_point", "the code of a usage point")
    _refuse(rows, pl.col("read_on").is_null(), "read_on", "a date such as 2026-10-31")
    _refuse(rows, pl.col("channel").is_null(), "register", f"one of {', '.join(CHANNELS)}")
    _read_class(rows)
    _refuse(rows, pl.col("index_wh").is_null(), "index_wh", "what the dial shows, in whole Wh")
    for name, (least, most) in {"index_wh": (0, 10**15), **WHOLE}.items():
        _whole(rows, name, least, most)
    rows.reject(
        ~pl.struct(KEY).is_first_distinct(),
        "read_on",
        pl.format("{} on {} was read before in this file", "usage_point", "read_on"),
        expected="one row per point, meter, register and day",
        action="remove one of the two",
    )
    good = rows.good.select(pl.col(name).cast(dtype) for name, dtype in REGISTERS.items())
    return good, pl.concat([*errors, rows.loaded().errors])


def _read_class(rows: Rows) -> None:
    """Read the customer class; null where the file does not say it."""
    word = pl.col("customer_class")
    rows.good = rows.good.with_columns(
        said=word.is_not_null(),
        customer_class=word.replace_strict(CLASSES, default=None, return_dtype=pl.Int8),
    )
    _refuse(rows, pl.col("said") & word.is_null(), "customer_class", ", ".join(CLASSES))


def _whole(rows: Rows, name: str, least: int, most: int) -> None:
    """Read a column of whole numbers within its limits; an empty field is null."""
    rows.good = rows.good.with_columns(
        said=pl.col(name).is_not_null(), **{name: pl.col(name).cast(pl.Int64, strict=False)}
    )
    right = pl.col(name).is_between(least, most).fill_null(value=False)
    _refuse(rows, pl.col("said") & ~right, name, f"a whole number from {least} to {most}")


def _refuse(rows: Rows, bad: pl.Expr, column: str, expected: str) -> None:
    rows.reject(
        bad,
        column,
        pl.lit(f"{column} is empty or not right"),
        expected=expected,
        action="correct the value",
    )
