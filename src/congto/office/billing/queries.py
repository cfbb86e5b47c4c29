"""Reading billing runs: how far one is, and what it left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils.translation import gettext as _

from congto.office.billing.choices import PartitionState
from congto.office.billing.late_usage import Candidate, rebill_candidates
from congto.office.billing.models import BillingRun, Issuance, RunPartition
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from congto.vocabulary.money import Dong

__all__ = ["Candidate", "RunReport", "rebill_candidates", "run_report", "run_with"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """The run as it stands, and what this call added to it.

    Attributes:
        run_id: number of the billing run.
        books / books_done: reading books with usage in the period / billed.
        accounts: usages of the period; accounts = bills + parked + those of failed books.
        bills / parked: bills of the run / accounts left out, each with a finding.
        held: bills that the gates stopped when they were written.
        issued: bills of the run that have an invoice number.
        net_vnd / gross_vnd: sums over the run's bills as they were written, in đồng.
        new_bills: bills that this call wrote.
        failed: a sentence for each book that could not be billed.
    """

    run_id: int
    books: int
    books_done: int
    accounts: int
    bills: int
    held: int
    issued: int
    parked: int
    net_vnd: Dong
    gross_vnd: Dong
    new_bills: int
    failed: tuple[str, ...]


def run_report(run: BillingRun, new_bills: int) -> RunReport:
    """Return the run as its books stand now; `new_bills` is what the caller has just written."""
    books = RunPartition.objects.filter(run=run)
    names = ("accounts", "bills", "held", "parked", "net_vnd", "gross_vnd")
    sums = books.aggregate(**{name: Sum(name, default=0) for name in names})
    issued = Issuance.objects.filter(run=run).aggregate(bills=Sum("bills", default=0))
    failed = books.filter(state=PartitionState.FAILED).select_related("reading_book")
    return RunReport(
        run_id=run.pk,
        books=books.count(),
        books_done=books.filter(state=PartitionState.DONE).count(),
        new_bills=new_bills,
        issued=int(issued["bills"]),
        failed=tuple(f"book {one.reading_book.code}: {one.reason}" for one in failed),
        **{name: int(value) for name, value in sums.items()},
    )


def run_with(run_id: int, *, lock: bool = False) -> BillingRun:
    """Return a billing run by its number; RefusedError if there is none."""
    runs = BillingRun.objects.select_for_update() if lock else BillingRun.objects.all()
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise RefusedError(_("Không có đợt lập hóa đơn số %(run)s") % {"run": run_id})
    return run
