"""Documents of bills: PDF and e-invoice of one, and the jobs that make those of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.scope import workplace_of
from congto.interfaces.console.views.lists import now, person, scope_for, unit_of
from congto.interfaces.documents.files import einvoice_file, einvoice_name
from congto.interfaces.documents.pdf import pdf_bill, pdf_name
from congto.interfaces.documents.sellers import Sellers
from congto.interfaces.jobs.einvoice_files import signer_of_house
from congto.office.control import operations
from congto.office.control.permissions import Action
from congto.office.control.telling import sentence_of
from congto.office.overview import invoice as overview
from congto.reference.vn import einvoice_rules
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.format_vi import day as day_text

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from congto.office.control.queries import Scope
    from congto.vocabulary.invoices import InvoiceDocument


@require_safe
def pdf(request: HttpRequest, number: int) -> HttpResponse:
    """Show the printed bill, in the language of the screen."""
    document = document_of(number, workplace_of(request).scope)
    language = "en" if (get_language() or "").startswith("en") else "vi"
    try:
        content = pdf_bill(document, language)
    except CongtoError as error:
        return not_made(request, number, error)
    return file_response(content, "application/pdf", pdf_name(document), inline=True)


@require_safe
def xml(request: HttpRequest, number: int) -> HttpResponse:
    """Hand over the signed e-invoice to who may export, and write down who took it."""
    scope = scope_for(request, Action.EXPORT)
    document = document_of(number, scope)
    at = now()
    rules = einvoice_rules(document.issued_on)
    try:
        content = einvoice_file(document, rules, signer_of_house(at), at)
    except CongtoError as error:
        return not_made(request, number, error)
    name = einvoice_name(document)
    operations.record(
        person(request),
        "bill.einvoice",
        "bill",
        str(number),
        unit=workplace_of(request).unit,
        after={"file": name},
        at=at,
    )
    return file_response(content, "application/xml", name, inline=False)


@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """Show what can be made for many bills: a period's PDFs by book, a day's e-invoices."""
    scope = scope_for(request, Action.EXPORT)
    return render(request, "console/billing/files.html", {"choices": overview.choices_of(scope)})


@require_POST
def start_printing(request: HttpRequest) -> HttpResponse:
    """Start the bulk PDF of a period, of one reading book or of all."""
    period_from = day_of(request, "period_from")
    book = request.POST.get("book", "").strip()
    title = _("In hóa đơn kỳ %(day)s, %(book)s") % {
        "day": day_text(period_from),
        "book": book or _("mọi sổ"),
    }
    params = {"period_from": period_from.isoformat(), "book": book, "language": "vi"}
    return start(request, "invoice_pdfs", params, title)


@require_POST
def start_signing(request: HttpRequest) -> HttpResponse:
    """Start the signed e-invoices and the summary of a day."""
    on = day_of(request, "day")
    title = _("Hóa đơn điện tử ngày %(day)s") % {"day": day_text(on)}
    return start(request, "einvoice_files", {"day": on.isoformat()}, title)


def start(request: HttpRequest, kind: str, params: dict[str, Any], title: str) -> HttpResponse:
    """Start a job where the person may export, and show it."""
    scope = scope_for(request, Action.EXPORT)
    unit = workplace_of(request).unit or unit_of(scope)
    job = operations.start_job(kind, params, title=title, user=person(request), unit=unit, at=now())
    return redirect("job", job.pk)


def document_of(number: int, scope: Scope) -> InvoiceDocument:
    """Return the invoice of a bill of the scope, else answer 404 with the reason."""
    try:
        found = overview.invoice_of_bill(number, scope, Sellers(settings.DATA))
    except CongtoError as error:
        raise Http404(sentence_of(error)) from error
    if found is None:
        raise Http404(_("Không có hóa đơn %(number)s trong đơn vị đang xem.") % {"number": number})
    return found


def not_made(request: HttpRequest, number: int, error: CongtoError) -> HttpResponse:
    """Go back to the bill and say why its document was not made."""
    messages.error(request, sentence_of(error))
    return redirect("bill", number)


def day_of(request: HttpRequest, name: str) -> date:
    """Return a day of the form, else answer 404."""
    try:
        found = parse_date(request.POST.get(name, ""))
    except ValueError:
        found = None
    if found is None:
        raise Http404(_("Cần một ngày."))
    return found


def file_response(content: bytes, kind: str, name: str, *, inline: bool) -> HttpResponse:
    """Return a file, shown in the browser or saved."""
    response = HttpResponse(content, content_type=kind)
    how = "inline" if inline else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{name}"'
    return response
