"""`congto bench bill`: from readings in PostgreSQL to bills, lines and postings in PostgreSQL.

A scratch database is filled with customers and two readings of every register (not timed). Then the
usage of all is determined and billed with the operations that a real month uses (timed end to end;
the worker processes are started before the clock runs).
The limit is raw binary COPY of the very rows that the run has written, usage and all, into tables
of the same shape, keys and checks, in the same number of processes and in the same run.
"""

from __future__ import annotations

import platform
from concurrent.futures import ProcessPoolExecutor, wait
from datetime import UTC, datetime
from multiprocessing import get_context
from time import perf_counter
from typing import TYPE_CHECKING, Any

import adbc_driver_postgresql
import polars as pl
from django.db import connection, connections

from congto import __version__
from congto.interfaces.bench.books import fill, scratch_database
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.office.billing import operations as billing
from congto.office.billing.partitions import begin_worker
from congto.office.meterdata import operations as meterdata
from congto.office.storage.bulk import bulk, connection_url, read
from congto.reference.vn import price_book
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from congto.office.billing.queries import RunReport
    from congto.office.meterdata.period_reads import Partition

MONTH = Period.month(2026, 10)
AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)

WRITTEN = {
    # table: condition that cuts it by bills or their agreements, which have the same numbers
    "meterdata_usage": "id IN (SELECT u.id FROM meterdata_usage u JOIN billing_bill b"
    " ON b.agreement_id = u.agreement_id WHERE b.id BETWEEN $1 AND $2)",
    "billing_bill": "id BETWEEN $1 AND $2",
    "billing_billline": "bill_id BETWEEN $1 AND $2",
    "ledger_posting": "item BETWEEN $1 AND $2",
}
BILLS_A_COPY = 50_000


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Bill so many customers once; return the rate, the limit, peak memory and surroundings."""
    workers = cores()
    with scratch_database():
        url = connection_url()
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=begin_worker, initargs=(url,)
        ) as pool:
            begun = perf_counter()
            readings = fill(customers, seed, MONTH, pool)
            fill_seconds = perf_counter() - begun
            billing.sync_price_decisions(price_book())
            wait([pool.submit(_start) for _ in range(workers)])
            begun = perf_counter()
            report = _usage_and_bills(pool)
            seconds = perf_counter() - begun
        if report.bills != customers:
            raise AssertionError(f"{report.bills} bills for {customers} customers: {report}")
        peak = peak_rss_bytes(workers)
        rows = {table: _count(table) for table in WRITTEN}
        limit_seconds = _raw_copy(workers)
        server = read("SELECT current_setting('server_version') AS version").item()
    bills_per_second, limit_per_second = customers / seconds, customers / limit_seconds
    return {
        "bench": "bill",
        "customers": customers,
        "bills_per_second": round(bills_per_second),
        "limit_per_second": round(limit_per_second),
        "ratio": f"{bills_per_second / limit_per_second:.3f}",
        "seconds": f"{seconds:.2f}",
        "limit_seconds": f"{limit_seconds:.2f}",
        "fill_seconds": f"{fill_seconds:.2f}",
        "peak_rss_bytes": peak,
        "readings": readings,
        "rows": rows,
        "rows_per_second": round(sum(rows.values()) / seconds),
        "workers": workers,
        "cores": workers,
        "seed": seed,
        "versions": {
            "congto": __version__,
            "postgresql": server,
            "polars": pl.__version__,
            "adbc": adbc_driver_postgresql.__version__,
            "python": platform.python_version(),
        },
    }


def _usage_and_bills(pool: ProcessPoolExecutor) -> RunReport:
    """Determine usage and bill it, part by part, in all processes; then what is left."""
    parts = meterdata.usage_partitions()
    connections.close_all()
    for written in pool.map(_usage_then_bills, parts):
        assert written > 0, "a part has no usage"
    return billing.run_billing(MONTH, at=AT, issued_on=AT.date())


def _start() -> None:
    """Load what a worker needs before the clock runs."""
    price_book()


def _usage_then_bills(part: Partition) -> int:
    written = meterdata.determine_part(MONTH, part, at=AT)
    books = range(part.first_book, part.last_book + 1)
    billing.run_billing(MONTH, at=AT, issued_on=AT.date(), books=books)
    return written


def _count(table: str) -> int:
    return int(read(f"SELECT count(*) AS n FROM {table}").item())  # noqa: S608  (our own names)


def _raw_copy(workers: int) -> float:
    """COPY the rows of the run again into empty tables of the same shape; return the seconds."""
    with connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(f"CREATE TABLE limit_{table} (LIKE {table} INCLUDING ALL)")
        cursor.execute("SELECT min(id), max(id) FROM billing_bill")
        first, last = cursor.fetchone()
    url = connection_url()
    connections.close_all()
    starts = range(first, last + 1, BILLS_A_COPY)
    spans = [(start, min(start + BILLS_A_COPY - 1, last)) for start in starts]
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=begin_worker, initargs=(url,)
    ) as pool:
        return sum(pool.map(_copy_span, spans)) / workers


def _copy_span(span: tuple[int, int]) -> float:
    """COPY the rows of some bills; return the seconds without those of reading them."""
    frames = {
        table: read(f"SELECT * FROM {table} WHERE {where}", span)  # noqa: S608  (our own names)
        for table, where in WRITTEN.items()
    }
    begun = perf_counter()
    with bulk() as books:
        for table, frame in frames.items():
            books.copy(f"limit_{table}", frame)
    return perf_counter() - begun
