"""Bulk printing: the bills of a period by reading book, as one archive.

Per book the archive has one PDF of all bills, for the printer, and a folder with one PDF per bill,
for sending. A book is written beside the archive and renamed when it is whole, so a killed job goes
on with the next book. A bill that cannot be printed does not stop the others: the archive lists it.
"""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from congto.interfaces.documents.pdf import pdf_bills, pdf_book, pdf_name
from congto.interfaces.documents.reconcile import refuse_unless_it_adds_up
from congto.interfaces.documents.sellers import Sellers
from congto.interfaces.jobs.archives import archive, discard, scope_of_job, workshop
from congto.interfaces.jobs.kinds import JobKind, Progress
from congto.office.control.telling import sentence_of
from congto.office.overview.invoice import books_of_period, invoice_of, issued_of_book
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from congto.office.billing.models import Bill
    from congto.office.control.models import Job
    from congto.office.control.queries import Scope
    from congto.vocabulary.invoices import InvoiceDocument


def run(job: Job) -> Generator[Progress, None, None]:
    """Print book by book; params: period_from (ISO date), book (a code, or all), language."""
    scope = scope_of_job(job)
    period_from = date.fromisoformat(job.params["period_from"])
    books = [job.params["book"]] if job.params.get("book") else books_of_period(scope, period_from)
    folder = workshop(job.pk)
    for number, book in enumerate(books, start=1):
        if not (folder / book.replace("/", "_")).is_dir():
            _print_book(folder, book, scope, period_from, job.params.get("language", "vi"))
        yield Progress(number, len(books), _("Đã in sổ %(book)s") % {"book": book})
    name = archive(job.pk, f"hoa-don-pdf-{period_from:%Y-%m}-{job.pk}.zip")
    yield Progress(len(books), len(books), result_file=name)


def _print_book(folder: Path, book: str, scope: Scope, period_from: date, language: str) -> None:
    name = book.replace("/", "_")
    draft = folder / f".{name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    documents, refused = documents_of(list(issued_of_book(scope, period_from, book)))
    if documents:
        for document, content in zip(documents, pdf_bills(documents, language), strict=True):
            (draft / pdf_name(document)).write_bytes(content)
        (draft / f"{name}.pdf").write_bytes(pdf_book(documents, language))
    if refused:
        (draft / "khong-in-duoc.txt").write_text("\n".join(refused) + "\n", encoding="utf-8")
    draft.rename(folder / name)


def documents_of(bills: list[Bill]) -> tuple[list[InvoiceDocument], list[str]]:
    """Return the invoices of bills, and a sentence for each bill that makes none."""
    sellers = Sellers(settings.DATA)
    documents, refused = [], []
    for bill in bills:
        try:
            document = invoice_of(bill, sellers)
            refuse_unless_it_adds_up(document)
            documents.append(document)
        except CongtoError as error:
            refused.append(f"{bill.pk}: {sentence_of(error)}")
    return documents, refused


KIND = JobKind("invoice_pdfs", run, resumable=True, discard=discard)
