"""Billing a period: open or resume the run, let workers take its books, say what was done."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import TYPE_CHECKING

from django.db import connection, connections, transaction

from congto.office.billing import parking, stubs
from congto.office.billing.choices import BillState, PartitionState, RunState
from congto.office.billing.hold_rules import rules_on, sync_hold_rules
from congto.office.billing.issue import due_date
from congto.office.billing.models import Bill, BillingRun, PriceDecision, RunPartition
from congto.office.billing.orders import BatchReport, RunOrder
from congto.office.billing.partitions import begin_worker, bill_next
from congto.office.billing.queries import RunReport, run_report
from congto.office.billing.series import series_of
from congto.office.ledger.accounts import LedgerUnit
from congto.office.ledger.operations import ensure_accounts
from congto.office.meters.models import ReadingBook
from congto.office.storage.bulk import BY_KEY, bulk, connection_url
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from congto.vocabulary.prices import PriceBook

    Progress = Callable[[str, int, int], None]
    """progress(what, done, total)"""

BILLS_PER_BATCH = 40_000
"""Bills that one transaction writes: enough for COPY to run at its full rate, little enough that
workers end together and that a kill costs a second of work."""


@transaction.atomic
def sync_price_decisions(book: PriceBook) -> None:
    """Enter the price book's decisions into the books, so that bill lines can name them.

    Idempotent; a decision that is known keeps its number, for bill lines store it.
    """
    PriceDecision.objects.bulk_create(
        [
            PriceDecision(id=one.id, code=one.code, effective_from=one.effective_from)
            for one in book.decisions
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["code", "effective_from"],
    )


def run_billing(  # noqa: PLR0913  (what, when, how)
    period: Period,
    *,
    at: datetime,
    issued_on: date,
    session: int | None = None,
    books: range | None = None,
    issue: bool = True,
    progress: Progress | None = None,
    workers: int = 1,
) -> RunReport:
    """Bill every usage whose closing reading lies in (period.start, period.end].

    What passes both gates (congto.engines.gates) is issued with an invoice number and stands in the
    ledger; what a rule stops is held for people. Bills, lines, numbers, postings and the mark
    "done" of a reading book are one transaction, so that a run killed anywhere is simply run again:
    it bills what no bill carries yet, and nothing twice. While the run is open it keeps the issue
    date of its first call. Accounts that cannot be billed are parked with a finding
    (congto.office.billing.parking), those without usage are left incomplete; the next call tries
    both again.

    Args:
        period: the period billed.
        at: when the operation happens.
        issued_on: the local day of issue, which is also the accounting date.
        session: bill only the books of this reading session (phiên).
        books: bill only reading books whose numbers lie in this range, for a run that follows the
            determination of usage part by part.
        issue: False leaves what passes the gates ready, to be issued later.
        progress: is called with (what, accounts done, accounts in all).
        workers: processes that bill at the same time; 1 works in this process.
    """
    run = _run(period, at=at, issued_on=issued_on, session=session, issue=issue)
    order, accounts = _open(run, books or EVERY_BOOK, at=at, issued_on=issued_on)
    done = new_bills = 0
    for batch in _batches(order, workers):
        done += batch.bills + batch.parked
        new_bills += batch.bills
        if progress:
            progress("", done, accounts)
    return _close(order, new_bills)


# Two statements and no upsert: an upsert would wait for books that a worker is billing just now.
OPEN_BOOKS = """
WITH used AS (
    SELECT reading_book_id, count(*) FILTER (WHERE version = 1) AS accounts
    FROM meterdata_usage WHERE period_to > %(from)s AND period_to <= %(to)s
        AND (%(session)s::bigint IS NULL OR reading_book_id IN (
            SELECT id FROM meters_readingbook WHERE session_id = %(session)s))
        AND reading_book_id BETWEEN %(first)s AND %(last)s
    GROUP BY reading_book_id ORDER BY reading_book_id
), opened AS (
    INSERT INTO billing_runpartition
        (run_id, reading_book_id, state, accounts, bills, net_vnd, gross_vnd, held, parked, reason)
    SELECT %(run)s, reading_book_id, %(waiting)s, accounts, 0, 0, 0, 0, 0, '' FROM used
    ON CONFLICT (run_id, reading_book_id) DO NOTHING
)
UPDATE billing_runpartition p SET accounts = used.accounts FROM used
WHERE p.run_id = %(run)s AND p.reading_book_id = used.reading_book_id
    AND p.accounts <> used.accounts
"""

# Books that were done or failed and have usage without a bill (parked accounts, late readings).
REOPEN_BOOKS = """
UPDATE billing_runpartition SET state = %(waiting)s
WHERE run_id = %(run)s AND (state = %(failed)s OR (state = %(done)s AND accounts > bills))
"""

WAITING_ACCOUNTS = """
SELECT coalesce(sum(accounts - bills), 0), count(*) FROM billing_runpartition
WHERE run_id = %(run)s AND state = %(waiting)s
"""


def _run(
    period: Period, *, at: datetime, issued_on: date, session: int | None, issue: bool
) -> BillingRun:
    """Return the run of the period and session, made where it is absent."""
    run, _created = BillingRun.objects.get_or_create(
        period_from=period.start,
        period_to=period.end,
        session_id=session,
        defaults={"started_at": at, "issued_on": issued_on, "issue": issue},
    )
    return run


EVERY_BOOK = range(2**63 - 1)


@transaction.atomic
def _open(run: BillingRun, within: range, *, at: datetime, issued_on: date) -> tuple[RunOrder, int]:
    """Open or resume the run; answer the workers' order and the number of accounts to bill."""
    run = BillingRun.objects.select_for_update().get(pk=run.pk)
    books, accounts = _waiting(run, within)
    if run.state == RunState.DONE and books:
        run.state, run.issued_on, run.finished_at = RunState.OPEN, issued_on, None
        run.save(update_fields=["state", "issued_on", "finished_at"])
    units = _open_accounts(run)
    issued = run.issued_on or issued_on
    sync_hold_rules(at=at)
    order = RunOrder(
        run_id=run.pk,
        period_from=run.period_from,
        period_to=run.period_to,
        issued_on=issued,
        due_date=due_date(issued),
        at=at,
        books_per_batch=max(1, BILLS_PER_BATCH * books // max(1, accounts)),
        issue=run.issue,
        series=series_of(units, issued.year),
        rules=rules_on(run.period_to),
    )
    return order, accounts


def _waiting(run: BillingRun, within: range) -> tuple[int, int]:
    """Enter the run's books, reopen those with something left; answer (books, accounts) waiting."""
    names: dict[str, int | str | date | None] = {
        "run": run.pk,
        "from": run.period_from,
        "to": run.period_to,
        "session": run.session_id,
        "first": within.start,
        "last": within.stop - 1,
        "waiting": PartitionState.WAITING.value,
        "failed": PartitionState.FAILED.value,
        "done": PartitionState.DONE.value,
    }
    with connection.cursor() as cursor:
        if within != EVERY_BOOK:
            cursor.execute("; ".join(BY_KEY))
        cursor.execute(OPEN_BOOKS, names)
        cursor.execute(REOPEN_BOOKS, names)
        cursor.execute(WAITING_ACCOUNTS, names)
        accounts, books = cursor.fetchone()
    return books, int(accounts)


def _open_accounts(run: BillingRun) -> list[int]:
    """Open the ledger accounts of every unit whose books are billed; answer the units."""
    units = ReadingBook.objects.filter(runpartition__run=run).values_list(
        "unit_id", "unit__code", "unit__name"
    )
    rows = [LedgerUnit(*unit) for unit in units.order_by("unit_id").distinct()]
    ensure_accounts(rows)
    return [row.id for row in rows]


def _batches(order: RunOrder, workers: int) -> Iterator[BatchReport]:
    """Bill batch after batch until no book is waiting."""
    if workers == 1:
        while batch := bill_next(order):
            yield batch
        return
    url = connection_url()
    connections.close_all()
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=begin_worker, initargs=(url,)
    ) as pool:
        running: set[Future[BatchReport | None]] = {
            pool.submit(bill_next, order) for _ in range(workers)
        }
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                if batch := future.result():
                    yield batch
                    running.add(pool.submit(bill_next, order))


def mark_incomplete(run_id: int) -> int:
    """Enter a stub for every agreement of the run without usage; return how many accounts wait.

    Call it after the run: an account whose readings are missing or rejected is then seen beside
    the held ones, with the findings of its readings, and the next run replaces the stub.
    """
    run = BillingRun.objects.get(pk=run_id)
    with bulk() as books:
        stubs.keep_incomplete(books, run_id, Period(run.period_from, run.period_to), run.session_id)
    return Bill.objects.filter(run=run, state=BillState.INCOMPLETE).count()


def _close(order: RunOrder, new_bills: int) -> RunReport:
    """Mark the run done when every book is, close the findings it has mended, and sum up."""
    run = BillingRun.objects.get(pk=order.run_id)
    books = RunPartition.objects.filter(run=run)
    done = books.filter(state=PartitionState.DONE).count()
    if books.count() == done and run.state == RunState.OPEN:
        run.state, run.finished_at = RunState.DONE, order.at
        run.save(update_fields=["state", "finished_at"])
    if new_bills:
        with bulk() as writes:
            parking.close_findings(writes, run.pk)
    return run_report(run, new_bills)
