"""Registers of a delivery into the books: points by the meter that hung there on the day."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.loading import add_register_reads
from congto.office.organisation.loading import Rows
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk

REGISTERS_LOCK = 0x4A0F
"""One delivery of registers at a time: two of one register would both be its first version."""

HUNG = """
SELECT m.serial AS meter, i.usage_point_id, p.code AS usage_point, i.valid_from, i.valid_to
FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id
JOIN meters_usagepoint p ON p.id = i.usage_point_id WHERE m.serial = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class LoadedRegisters:
    """What became of the registers of a file.

    Attributes:
        read: those that can be taken. new: not known before. changed: known with another value.
        errors: frame ROW_ERRORS.
    """

    read: int
    new: int
    changed: int
    errors: pl.DataFrame


class _PutBackError(Exception):
    """Ends a transaction without keeping what it did."""


def preview_registers(delivered: pl.DataFrame, file: str, *, at: datetime) -> LoadedRegisters:
    """Tell what loading these registers (DELIVERED_REGISTERS) would do: done and put back."""
    done = []
    with suppress(_PutBackError), bulk() as books:
        done.append(_load(books, delivered, file, at))
        raise _PutBackError
    return done[0]


def load_registers(delivered: pl.DataFrame, file: str, *, at: datetime) -> LoadedRegisters:
    """Add the registers that the books lack or hold otherwise, in one transaction.

    Args:
        delivered: frame DELIVERED_REGISTERS.
        file: the name that errors give.
        at: when the rows enter the books.
    """
    with bulk() as books:
        return _load(books, delivered, file, at)


def _load(books: Bulk, delivered: pl.DataFrame, file: str, at: datetime) -> LoadedRegisters:
    books.read("SELECT pg_advisory_xact_lock($1)::text", (REGISTERS_LOCK,))
    rows = Rows.of(delivered, file)
    rows.good = rows.good.with_columns(source=pl.lit("remote"))
    _place(books, rows)
    add_register_reads(books, rows, at)
    new = int(rows.good.select((pl.col("version") == 1).sum()).item())
    read = rows.good.height + rows.unchanged
    return LoadedRegisters(read, new, rows.good.height - new, rows.loaded().errors)


def _place(books: Bulk, rows: Rows) -> None:
    """Add the point at which each meter hung on the day, both ends included."""
    serials = [*rows.good["meter"].unique(), ""]
    hung = books.read(HUNG, (serials,))
    on_day = (pl.col("valid_from") <= pl.col("read_on")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("read_on"))
    )
    places = (
        rows.good.select("line", "meter", "register", "read_on")
        .join(hung, on="meter")
        .filter(on_day)
        .group_by("line", "register", "read_on")
        .agg(
            pl.col("usage_point_id", "usage_point").sort_by("valid_from").first(),
            points=pl.col("usage_point_id").n_unique(),
        )
    )
    rows.good = rows.good.join(
        places, on=["line", "register", "read_on"], how="left", maintain_order="left"
    )
    rows.reject(
        pl.col("usage_point_id").is_null(),
        "meter",
        pl.format("meter {} hangs nowhere on {}", "meter", pl.col("read_on").cast(pl.String)),
        expected="a meter that the books put at a usage point on that day",
        action="correct the serial number or load the installation first",
    )
    rows.reject(
        pl.col("points") > 1,
        "meter",
        pl.format(
            "meter {} hung at two usage points on {}", "meter", pl.col("read_on").cast(pl.String)
        ),
        expected="a day on which the meter hung at one usage point",
        action="enter the reading of the day of moving by hand",
    )
