"""Billing the next reading books of a run: usage and prices in, bills and postings out.

One transaction bills several books and marks them done; what a killed process had not committed is
still waiting and is billed by the next. This module is imported by spawned workers, so it touches
no model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import django
import polars as pl

from congto.engines.rating import rate, unrated
from congto.office.billing import parking
from congto.office.billing.choices import BillState, PartitionState
from congto.office.ledger import journals, rules
from congto.office.ledger.choices import JournalKind
from congto.office.storage.bulk import Bulk, bulk
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.frames.rating import RATING_INPUT

if TYPE_CHECKING:
    from datetime import date, datetime

FIRST_VERSION = 1

TAKE = """
SELECT p.id AS partition_id, p.reading_book_id, b.unit_id
FROM billing_runpartition p JOIN meters_readingbook b ON b.id = p.reading_book_id
WHERE p.run_id = $1 AND p.state = $2 AND ($3::bigint IS NULL OR p.id = $3)
ORDER BY p.id LIMIT $4 FOR UPDATE OF p SKIP LOCKED
"""

# What is left to bill: the usage of the books whose period ends with a reading inside the run's
# period and which no bill carries yet. One row per usage and price assignment that touches it.
USAGE = """
SELECT u.agreement_id, u.reading_book_id, u.period_from, u.period_to, u.version,
    u.energy_wh, u.normal_wh, u.peak_wh, u.off_peak_wh, u.reactive_varh,
    p.valid_from, p.valid_to, p."group", p.subgroup, p.voltage, p.time_of_use,
    p.household_quarters, p.registered_kw::bigint AS registered_kw
FROM meterdata_usage u
LEFT JOIN customers_priceassignment p ON p.agreement_id = u.agreement_id
    AND p.valid_from < u.period_to AND (p.valid_to IS NULL OR p.valid_to > u.period_from)
WHERE u.reading_book_id = ANY($1) AND u.period_to > $2 AND u.period_to <= $3
    AND NOT EXISTS (SELECT FROM billing_bill b
        WHERE b.agreement_id = u.agreement_id AND b.period_from = u.period_from)
"""

DONE = """
UPDATE billing_runpartition p SET state = $1, reason = '', bills = p.bills + d.bills,
    net_vnd = p.net_vnd + d.net_vnd, gross_vnd = p.gross_vnd + d.gross_vnd, parked = d.parked
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS d (id, bills, net_vnd, gross_vnd, parked) WHERE p.id = d.id
"""

# The batch's few rows are looked up by key. Left to itself the planner, whose statistics are those
# of an empty table at the start of a run, reads all bills again for every batch.
BY_KEY = (
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL enable_mergejoin = off",
    "SET LOCAL enable_seqscan = off",
    "SET LOCAL work_mem = '128MB'",
)


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What a worker must know of the run; plain values, so that it can be sent to a process."""

    run_id: int
    period_from: date
    period_to: date
    issued_on: date
    due_date: date
    at: datetime
    books_per_batch: int


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What one transaction did."""

    books: int
    bills: int
    parked: int


def begin_worker(url: str) -> None:
    """Set Django up in a spawned process, on the database of the process that spawned it."""
    os.environ["DATABASE_URL"] = url
    django.setup()


def bill_next(order: RunOrder) -> BatchReport | None:
    """Bill the next waiting books; None when none is waiting or all are in other hands.

    A batch that cannot be billed is tried again book by book; a book that cannot is marked failed
    with its reason, and the run goes on.
    """
    taken: list[int] = []
    try:
        return _bill(order, taken)
    except CongtoError:
        reports = [_bill_alone(order, partition) for partition in taken]
        return BatchReport(
            books=sum(report.books for report in reports),
            bills=sum(report.bills for report in reports),
            parked=sum(report.parked for report in reports),
        )


def _bill_alone(order: RunOrder, partition: int) -> BatchReport:
    try:
        return _bill(order, [], only=partition) or BatchReport(0, 0, 0)
    except CongtoError as error:
        with bulk() as books:
            books.execute(
                "UPDATE billing_runpartition SET state = $1, reason = $2 WHERE id = $3",
                (PartitionState.FAILED.value, error.sentence(), partition),
            )
        return BatchReport(books=1, bills=0, parked=0)


def _bill(order: RunOrder, taken: list[int], only: int | None = None) -> BatchReport | None:
    """Bill the books that this transaction can lock; their numbers are put into `taken`."""
    with bulk() as books:
        partitions = books.read(
            TAKE, (order.run_id, PartitionState.WAITING.value, only, order.books_per_batch)
        )
        if partitions.is_empty():
            return None
        taken += partitions["partition_id"].to_list()
        for setting in BY_KEY:
            books.execute(setting)
        usage = _usage(books, order, partitions)
        priced, parked = parking.split(usage)
        # The number of the bill serves the rating as its account: an agreement may have several
        # periods in one batch, and the lines come back with their bill's number on them.
        numbers = books.take_ids("billing_bill", priced.height)
        ready = priced.with_columns(numbers.alias("account_id"))
        inputs = ready.select(list(RATING_INPUT.columns))
        lines, totals = rate(inputs, price_book())
        bills = _bills(order, ready, totals)
        if totals.height < ready.height:
            refusals = unrated(inputs, price_book())
            parked = pl.concat([parked, parking.refused(ready, refusals)])
        _write(books, order, bills, lines)
        parking.keep_findings(books, parked, at=order.at)
        _mark_done(books, partitions, bills, parked)
        return BatchReport(partitions.height, bills.height, parked.height)


def _usage(books: Bulk, order: RunOrder, partitions: pl.DataFrame) -> pl.DataFrame:
    """Read what is left to bill: the latest version of each usage, with prices and unit."""
    rows = books.read(
        USAGE, (partitions["reading_book_id"].to_list(), order.period_from, order.period_to)
    )
    latest = pl.col("version") == pl.col("version").max().over("agreement_id", "period_from")
    return (
        rows.filter(latest)
        .join(partitions, on="reading_book_id", how="left")
        .with_columns(reading_date="period_to")
        .sort("agreement_id", "period_from")
    )


def _bills(order: RunOrder, ready: pl.DataFrame, totals: pl.DataFrame) -> pl.DataFrame:
    """One row per bill: the columns of billing_bill, and partition_id."""
    rated = ready.join(totals, on="account_id", how="inner", maintain_order="left")
    return rated.select(
        "partition_id",
        "unit_id",
        "agreement_id",
        "period_from",
        "period_to",
        "reading_date",
        "energy_wh",
        "net_vnd",
        "vat_rate_bp",
        "vat_vnd",
        "gross_vnd",
        id="account_id",
        run_id=pl.lit(order.run_id, dtype=pl.Int64()),
        version=pl.lit(FIRST_VERSION, dtype=pl.Int16()),
        state=pl.lit(BillState.ISSUED.value, dtype=pl.Int16()),
        issued_on=pl.lit(order.issued_on),
        due_date=pl.lit(order.due_date),
    )


def _write(books: Bulk, order: RunOrder, bills: pl.DataFrame, lines: pl.DataFrame) -> None:
    """Write bills, their lines, and what they owe in the ledger."""
    books.copy("billing_bill", bills.drop("partition_id"))
    books.copy(
        "billing_billline",
        lines.rename({"account_id": "bill_id"}).cast({"price_vnd": pl.Int32()}),
    )
    accounts = journals.accounts_of_units(journals.accounts(books))
    events = bills.join(accounts, on="unit_id", how="left", maintain_order="left").with_columns(
        source="id", party="agreement_id", item="id", accounting_date=pl.lit(order.issued_on)
    )
    legs = rules.bill(events)
    journals.write(books, JournalKind.BILL, events.select("source", "accounting_date"), legs)


def _mark_done(
    books: Bulk, partitions: pl.DataFrame, bills: pl.DataFrame, parked: pl.DataFrame
) -> None:
    billed = bills.group_by("partition_id").agg(
        pl.len().cast(pl.Int64()).alias("bills"), pl.col("net_vnd").sum(), pl.col("gross_vnd").sum()
    )
    left_out = parked.group_by("partition_id").agg(pl.len().cast(pl.Int64()).alias("parked"))
    done = (
        partitions.join(billed, on="partition_id", how="left")
        .join(left_out, on="partition_id", how="left")
        .fill_null(0)
    )
    columns = ("partition_id", "bills", "net_vnd", "gross_vnd", "parked")
    books.execute(DONE, (PartitionState.DONE.value, *(done[name].to_list() for name in columns)))
