"""The e-invoices of a day: one signed file per invoice, and the day's summary tables.

Files are written in batches; each is whole or absent, and the instant of signing is that of the
job, so a killed job goes on and ends with the very files that an undisturbed one makes. An invoice
that cannot be made does not stop the others: the archive lists it, and the summary leaves it out.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from congto.interfaces.documents.files import einvoice_file, einvoice_name, summary_files
from congto.interfaces.documents.identity import house_identity
from congto.interfaces.documents.signature import Signer
from congto.interfaces.jobs.archives import archive, discard, scope_of_job, workshop
from congto.interfaces.jobs.invoice_pdfs import documents_of
from congto.interfaces.jobs.kinds import JobKind, Progress
from congto.office.control.telling import sentence_of
from congto.office.overview.invoice import issued_on
from congto.reference.vn import einvoice_rules
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime
    from pathlib import Path

    from congto.office.control.models import Job
    from congto.vocabulary.invoices import InvoiceDocument

BATCH = 200


def run(job: Job) -> Generator[Progress, None, None]:
    """Make the files of a day; params: day (ISO date)."""
    day = date.fromisoformat(job.params["day"])
    bills = list(issued_on(scope_of_job(job), day))
    folder, signer = workshop(job.pk), signer_of_house(job.created_at)
    documents: list[InvoiceDocument] = []
    refused: list[str] = []
    for start in range(0, len(bills), BATCH):
        made, wrong = documents_of(bills[start : start + BATCH])
        refused += wrong
        for document in made:
            sentence = _sign(document, folder, signer, job.created_at)
            if sentence:
                refused.append(sentence)
            else:
                documents.append(document)
        yield Progress(min(start + BATCH, len(bills)), len(bills), _("Đang ký hóa đơn"))
    for series, part in groupby(documents, key=lambda one: one.series):
        tables = summary_files(list(part), day, einvoice_rules(day), signer, job.created_at)
        for number, content in enumerate(tables, start=1):
            _write(folder / f"BTH-{day:%Y%m%d}-{series}-{number}.xml", content)
    if refused:
        _write(folder / "khong-lap-duoc.txt", ("\n".join(refused) + "\n").encode())
    name = archive(job.pk, f"hoa-don-dien-tu-{day:%Y-%m-%d}-{job.pk}.zip")
    yield Progress(len(bills), len(bills), result_file=name)


def _sign(document: InvoiceDocument, folder: Path, signer: Signer, at: datetime) -> str:
    """Write the invoice's file unless it is there; return why it could not be made, else ""."""
    file = folder / einvoice_name(document)
    if file.exists():
        return ""
    try:
        content = einvoice_file(document, einvoice_rules(document.issued_on), signer, at)
    except CongtoError as error:
        return f"{document.bill}: {sentence_of(error)}"
    _write(file, content)
    return ""


def signer_of_house(at: datetime) -> Signer:
    """Return the signer of this installation: its own pair, else the TEST one."""
    return Signer(house_identity(settings.DATA / "einvoice", at))


def _write(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}")
    draft.write_bytes(content)
    draft.replace(file)


KIND = JobKind("einvoice_files", run, resumable=True, discard=discard)
