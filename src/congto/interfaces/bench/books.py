"""Scratch books for benchmarks: a database of its own, filled with customers and their readings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from congto.interfaces.bench.population import population
from congto.office.meterdata.choices import ReadingSource, RegisterKind
from congto.office.storage.bulk import Bulk, bulk, connection_url
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from congto.vocabulary.periods import Period

CUSTOMERS_A_BOOK = 500
CUSTOMERS_A_CHUNK = 100_000
SIGNED = date(2026, 1, 1)
READ_AT = datetime(2026, 11, 1, tzinfo=UTC)
DIAL_DIGITS = 7
OPENING_WH = 10**9
"""Every dial stands at 1,000,000 kWh at the start; no dial of seven digits passes its last one."""

# Searching customers and refusing overlapping periods is no part of billing; without these indexes
# the books are filled in half the time.
NOT_MEASURED = (
    "DROP INDEX customer_search",
    "ALTER TABLE customers_priceassignment DROP CONSTRAINT price_assignment_one_in_force",
    "ALTER TABLE meters_meterinstallation DROP CONSTRAINT installation_one_meter_per_point",
    "ALTER TABLE meters_meterinstallation DROP CONSTRAINT installation_one_point_per_meter",
)


@contextmanager
def scratch_database() -> Iterator[None]:
    """Point Django at a new migrated database on the server of DATABASE_URL; drop it at the end."""
    name = f"congto_bench_{os.getpid()}"
    url, before = connection_url(), connection.settings_dict["NAME"]
    _run(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        connections.close_all()
        connection.settings_dict["NAME"] = name
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before
        _run(url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(statement)


def fill(customers: int, seed: int, month: Period, pool: Executor | None = None) -> int:
    """Make the customers with agreements, prices, meters, books and readings; return the readings.

    One district, one transformer; each customer has one agreement, one point and one meter, and all
    rows of a customer bear the customer's number. Chunks do not touch each other, so that the
    processes of a pool can write them side by side.
    """
    with bulk() as books:
        for statement in (*NOT_MEASURED, *_GRID):
            books.execute(statement)
    chunks = [
        (min(CUSTOMERS_A_CHUNK, customers + 1 - first), seed + number, month, first)
        for number, first in enumerate(range(1, customers + 1, CUSTOMERS_A_CHUNK))
    ]
    done = map(_fill_chunk, chunks) if pool is None else pool.map(_fill_chunk, chunks)
    readings = sum(done)
    with bulk() as books:
        books.execute("ANALYZE")
    return readings


def _fill_chunk(chunk: tuple[int, int, Period, int]) -> int:
    count, seed, month, first = chunk
    customers = population(count, seed, (month.start, month.end), first)
    with bulk(flush=False) as books:
        _contracts(books, customers)
        _metering(books, customers)
        return books.copy("meterdata_registerreading", _readings(books, customers))


_GRID = (
    """INSERT INTO organisation_unit (id, code, name, kind, path, valid_from)
    VALUES (1, 'B', 'Bench', 'district', 'B/', '2020-01-01')""",
    """INSERT INTO network_networkelement (id, code, name, kind, unit_id, nominal_kv, rated_kva)
    VALUES (1, 'T', 'Bench', 'transformer', 1, 0.4, NULL)""",
)


def _lit(value: object, dtype: pl.DataType) -> pl.Expr:
    return pl.lit(value, dtype=dtype)


def _contracts(books: Bulk, chunk: pl.DataFrame) -> None:
    """Write customers, agreements and price assignments."""
    number, code = pl.col("account_id"), pl.format("B{}", "account_id")
    books.copy(
        "customers_customer",
        chunk.select(
            id=number,
            code=code,
            name=code,
            search_text=code,
            address=_lit("", pl.String()),
            commune=_lit("", pl.String()),
            phone=_lit("", pl.String()),
            unit_id=_lit(1, pl.Int64()),
        ),
    )
    books.copy(
        "customers_agreement",
        chunk.select(id=number, code=code, customer_id=number, valid_from=pl.lit(SIGNED)),
    )
    # Registered power that the month's energy does not exceed, so that no reading is implausible.
    registered = pl.max_horizontal("registered_kw", pl.col("energy_wh") // 1_000_000)
    books.copy(
        "customers_priceassignment",
        chunk.select(
            "group",
            "subgroup",
            "voltage",
            "time_of_use",
            "household_quarters",
            id=number,
            agreement_id=number,
            valid_from=pl.lit(SIGNED),
            registered_kw=pl.when(pl.col("registered_kw") > 0)
            .then(registered)
            .otherwise(0)
            .cast(pl.Int32()),
            known_at=pl.lit(READ_AT),
            reason=_lit("", pl.String()),
        ),
    )


def _metering(books: Bulk, chunk: pl.DataFrame) -> None:
    """Write reading books, usage points, meters and where they hang."""
    number, code = pl.col("account_id"), pl.format("B{}", "account_id")
    book = (number - 1) // CUSTOMERS_A_BOOK + 1
    new = chunk.select(id=book).unique().sort("id")
    books.copy(
        "meters_readingbook",
        new.select(
            "id",
            code=pl.format("B{}", "id"),
            name=pl.format("B{}", "id"),
            unit_id=_lit(1, pl.Int64()),
            reading_day=_lit(1, pl.Int16()),
        ),
    )
    books.copy(
        "meters_usagepoint",
        chunk.select(
            id=number,
            code=code,
            kind=_lit("customer", pl.String()),
            agreement_id=number,
            element_id=_lit(1, pl.Int64()),
            unit_id=_lit(1, pl.Int64()),
            reading_book_id=book,
        ),
    )
    books.copy(
        "meters_meter",
        chunk.select(
            id=number,
            serial=code,
            dial_digits=_lit(DIAL_DIGITS, pl.Int16()),
            decimals=_lit(0, pl.Int16()),
            remote=_lit(value=False, dtype=pl.Boolean()),
            three_rate="time_of_use",
        ),
    )
    books.copy(
        "meters_meterinstallation",
        chunk.select(
            id=number,
            usage_point_id=number,
            meter_id=number,
            valid_from=pl.lit(SIGNED),
            multiplier=_lit(1, pl.Int32()),
        ),
    )


def _readings(books: Bulk, chunk: pl.DataFrame) -> pl.DataFrame:
    """Opening and closing dials: one row per customer, register and end of the month."""
    three_rate, reactive = pl.col("time_of_use"), pl.col("reactive_varh") > 0
    registers = {
        RegisterKind.TOTAL: ("energy_wh", ~three_rate),
        RegisterKind.NORMAL: ("normal_wh", three_rate),
        RegisterKind.PEAK: ("peak_wh", three_rate),
        RegisterKind.OFF_PEAK: ("off_peak_wh", three_rate),
        RegisterKind.REACTIVE: ("reactive_varh", reactive),
    }
    ends = [
        chunk.filter(has).select(
            "account_id",
            register=_lit(register.value, pl.Int16()),
            read_on=end,
            index_wh=_lit(OPENING_WH, pl.Int64()) + (pl.col(energy) if end == "period_to" else 0),
        )
        for register, (energy, has) in registers.items()
        for end in ("period_from", "period_to")
    ]
    rows = pl.concat(ends).sort("account_id", "register", "read_on")
    return rows.select(
        "register",
        "read_on",
        "index_wh",
        books.take_ids("meterdata_registerreading", rows.height).alias("id"),
        usage_point_id="account_id",
        meter_id="account_id",
        version=_lit(1, pl.Int16()),
        quality=_lit(Quality.MEASURED.value, pl.Int16()),
        source=_lit(ReadingSource.MANUAL.value, pl.Int16()),
        known_at=pl.lit(READ_AT),
    )
