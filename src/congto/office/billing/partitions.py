"""Billing the next reading books of a run: usage and prices in, bills and postings out.

One transaction bills several books and marks them done; what a killed process had not committed is
still waiting and is billed by the next. This module is imported by spawned workers, so it touches
no model.
"""

from __future__ import annotations

import os

import django
import polars as pl

from congto.engines.rating import rate, unrated
from congto.office.billing import holding, issuing, parking, stubs
from congto.office.billing.choices import BillKind, BillState, PartitionState
from congto.office.billing.inputs import by_purpose, of_accounts, purposes, usage_left
from congto.office.billing.orders import BatchReport, RunOrder
from congto.office.control.telling import sentence_of
from congto.office.storage.bulk import BY_KEY, Bulk, bulk, keep_connection
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError

FIRST_VERSION = 1

TAKE = """
SELECT p.id AS partition_id, p.reading_book_id, b.unit_id,
    coalesce(cardinality(s.days), 1)::smallint AS cycles
FROM billing_runpartition p JOIN meters_readingbook b ON b.id = p.reading_book_id
LEFT JOIN meters_readingsession s ON s.id = b.session_id
WHERE p.run_id = $1 AND p.state = $2 AND ($3::bigint IS NULL OR p.id = $3)
ORDER BY p.id LIMIT $4 FOR UPDATE OF p SKIP LOCKED
"""

DONE = """
UPDATE billing_runpartition p SET state = $1, reason = '', bills = p.bills + d.bills,
    net_vnd = p.net_vnd + d.net_vnd, gross_vnd = p.gross_vnd + d.gross_vnd,
    held = p.held + d.held, parked = d.parked
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS d (id, bills, net_vnd, gross_vnd, held, parked) WHERE p.id = d.id
"""


def begin_worker(url: str) -> None:
    """Set Django up in a spawned process, on the database of the process that spawned it."""
    os.environ["DATABASE_URL"] = url
    django.setup()
    keep_connection()


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
            held=sum(report.held for report in reports),
            parked=sum(report.parked for report in reports),
        )


def _bill_alone(order: RunOrder, partition: int) -> BatchReport:
    try:
        return _bill(order, [], only=partition) or BatchReport(0, 0, 0, 0)
    except CongtoError as error:
        with bulk() as books:
            books.execute(
                "UPDATE billing_runpartition SET state = $1, reason = $2 WHERE id = $3",
                (PartitionState.FAILED.value, sentence_of(error), partition),
            )
        return BatchReport(books=1, bills=0, held=0, parked=0)


def _bill(order: RunOrder, taken: list[int], only: int | None = None) -> BatchReport | None:
    """Bill the books that this transaction can lock; their numbers are put into `taken`."""
    with bulk(flush=False) as books:
        partitions = books.read(
            TAKE, (order.run_id, PartitionState.WAITING.value, only, order.books_per_batch)
        )
        if partitions.is_empty():
            return None
        taken += partitions["partition_id"].to_list()
        for setting in BY_KEY:
            books.execute(setting)
        stubs.clear(books, partitions["reading_book_id"].to_list())
        usage = usage_left(books, order, partitions)
        # The number of the bill serves the rating as its account: an agreement may have several
        # periods in one batch, and the lines come back with their bill's number on them.
        priced, changes, parked = parking.split(usage)
        numbers = books.take_ids("billing_bill", priced.height)
        ready = priced.with_columns(numbers.alias("account_id"))
        inputs = by_purpose(ready, purposes(books, ready))
        changes = of_accounts(changes, ready)
        lines, totals = rate(inputs, price_book(), household_changes=changes)
        rated = ready.join(totals, on="account_id", how="inner", maintain_order="left")
        if totals.height < ready.height:
            refusals = unrated(inputs, price_book(), household_changes=changes)
            parked = pl.concat([parked, parking.refused(ready, refusals)])
        bills = _write(books, order, rated.rename({"account_id": "id"}), lines)
        parking.keep(books, order, parked)
        _mark_done(books, partitions, bills, parked)
        held = int((bills["state"] == BillState.HELD.value).sum())
        return BatchReport(partitions.height, bills.height, held, parked.height)


def _write(books: Bulk, order: RunOrder, rated: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Write lines, holds, what is owed and the bills themselves; return the bills' rows.

    The bills come last, because their invoice numbers are taken as late as can be.
    """
    holds = holding.stopped(rated, lines, order.rules)
    held = pl.col("id").is_in(holds["bill_id"].unique().implode())
    books.copy("billing_billline", _line_rows(lines))
    passed = rated.filter(~held)
    kept = [_bill_rows(order, rated.filter(held), BillState.HELD)]
    if not order.issue:
        kept.append(_bill_rows(order, passed, BillState.READY))
    elif not passed.is_empty():
        issued = issuing.with_issuances(books, passed, order.series, order.issued_on)
        numbered = issuing.with_numbers(
            books, issued, run_id=order.run_id, issued_on=order.issued_on
        )
        kept.append(_bill_rows(order, numbered, BillState.ISSUED))
    bills = pl.concat(kept)
    books.copy("billing_bill", bills.drop("partition_id"))
    holding.write(books, holds)
    return bills


def _line_rows(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of billing_billline."""
    return lines.drop("width_wh").rename({"account_id": "bill_id"}).cast({"price_vnd": pl.Int32()})


def _bill_rows(order: RunOrder, rated: pl.DataFrame, state: BillState) -> pl.DataFrame:
    """Return the columns of billing_bill, and partition_id, for bills of one state."""
    issued = state == BillState.ISSUED
    nothing = pl.lit(None, dtype=pl.Int64())
    day = pl.lit(None, dtype=pl.Date())
    return rated.select(
        "id",
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
        "past_day_wh",
        run_id=pl.lit(order.run_id, dtype=pl.Int64()),
        version=pl.lit(FIRST_VERSION, dtype=pl.Int16()),
        kind=pl.lit(BillKind.REGULAR.value, dtype=pl.Int16()),
        state=pl.lit(state.value, dtype=pl.Int16()),
        issued_on=pl.lit(order.issued_on) if issued else day,
        due_date=pl.lit(order.due_date) if issued else day,
        series_id=pl.col("series_id") if issued else nothing,
        invoice_no=pl.col("invoice_no") if issued else pl.lit(None, dtype=pl.Int32()),
        issuance_id=pl.col("issuance_id") if issued else nothing,
    )


def _mark_done(
    books: Bulk, partitions: pl.DataFrame, bills: pl.DataFrame, parked: pl.DataFrame
) -> None:
    held = pl.col("state") == BillState.HELD.value
    billed = bills.group_by("partition_id").agg(
        pl.len().cast(pl.Int64()).alias("bills"),
        pl.col("net_vnd").sum(),
        pl.col("gross_vnd").sum(),
        held.sum().cast(pl.Int64()).alias("held"),
    )
    left_out = parked.group_by("partition_id").agg(pl.len().cast(pl.Int64()).alias("parked"))
    done = (
        partitions.join(billed, on="partition_id", how="left")
        .join(left_out, on="partition_id", how="left")
        .fill_null(0)
    )
    columns = ("partition_id", "bills", "net_vnd", "gross_vnd", "held", "parked")
    books.execute(DONE, (PartitionState.DONE.value, *(done[name].to_list() for name in columns)))
