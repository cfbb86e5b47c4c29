"""`congto bench arrears`: a day's steps about overdue debts, ages and interest, from the ledger.

A scratch database is filled and billed (not timed); half of the customers pay. Then the day of the
first notice is run over everybody who is left, the ages are told, and interest is charged. The
limit is one sum over all postings of the ledger in the same database.
"""

from __future__ import annotations

import platform
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl
from django.db import connection

from congto import __version__
from congto.interfaces.bench.books import fill, scratch_database
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.office.arrears.operations import charge_interest, run_day
from congto.office.arrears.owed import aging
from congto.office.billing import operations as billing
from congto.office.ledger import queries as ledger
from congto.office.meterdata import operations as meterdata
from congto.office.payments import operations as payments
from congto.office.payments.acceptance import REPORTED
from congto.office.storage.bulk import read
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MONTH = Period.month(2026, 10)
AT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
PAYABLE = """
SELECT b.id AS bill_id, c.code AS customer_code, b.gross_vnd AS amount_vnd, b.due_date
FROM billing_bill b JOIN customers_agreement a ON a.id = b.agreement_id
JOIN customers_customer c ON c.id = a.customer_id
WHERE b.state = 4 AND b.gross_vnd > 0 ORDER BY b.id
"""


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Run a day over so many customers, half of whom owe; return rates and the limit."""
    with scratch_database():
        bills = _bills(customers, seed)
        _pay(bills.gather_every(2))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the server does by itself after a while
        due: date = bills["due_date"].max()  # type: ignore[assignment]  # a column of days
        notice_at = datetime.combine(due + timedelta(days=1), AT.timetz())
        report, run_s = _timed(lambda: run_day(notice_at))
        _again, again_s = _timed(lambda: run_day(notice_at))
        found, ages_s = _timed(lambda: aging(None, notice_at.date(), today=notice_at.date()))
        charged, interest_s = _timed(lambda: charge_interest(notice_at.date(), at=notice_at))
        total, limit_s = _timed(ledger.total)
        owing = bills.height - bills.gather_every(2).height
        if report.steps.get("notice") != owing or total or charged.bills != owing:
            raise CongtoError(f"{report.steps} for {owing} who owe; the ledger sums to {total}")
        server = read("SELECT current_setting('server_version') AS version").item()
    return {
        "bench": "arrears",
        "customers": customers,
        "notices": owing,
        "agreements_per_second": round(bills.height / run_s),
        "run_seconds": f"{run_s:.2f}",
        "run_again_seconds": f"{again_s:.2f}",
        "ages_seconds": f"{ages_s:.2f}",
        "aged_bills": int(found["bills"].sum()),
        "interest_seconds": f"{interest_s:.2f}",
        "limit_sum_of_ledger_seconds": f"{limit_s:.2f}",
        "peak_rss_bytes": peak_rss_bytes(1),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "postgresql": server,
            "python": platform.python_version(),
        },
    }


def _bills(customers: int, seed: int) -> pl.DataFrame:
    fill(customers, seed, MONTH)
    billing.sync_price_decisions(price_book())
    for part in meterdata.usage_partitions():
        meterdata.determine_part(MONTH, part, at=AT)
    billing.run_billing(MONTH, at=AT, issued_on=AT.date())
    return read(PAYABLE)


def _pay(bills: pl.DataFrame) -> None:
    payments.load_partners([{"code": "P", "name": "P", "kind": "bank", "bank_account": "P"}])
    reported = bills.select(
        pl.lit("P").alias("partner_code"),
        pl.col("bill_id").cast(pl.String()).alias("partner_txn_id"),
        "bill_id",
        "customer_code",
        "amount_vnd",
        pl.lit(AT).alias("paid_at"),
        pl.lit("bank").alias("channel"),
    )
    report = payments.post_payments(reported.cast(REPORTED.columns), at=AT)  # type: ignore[arg-type]  # types by name
    if report.posted != bills.height:
        raise CongtoError(f"{report.posted} of {bills.height} payments were posted")


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = perf_counter()
    done = work()
    return done, perf_counter() - begun
