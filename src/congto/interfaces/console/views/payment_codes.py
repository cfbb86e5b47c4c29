"""VietQR codes of a bill: one with what is owed now, one of the customer without an amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console.scope import workplace_of
from congto.interfaces.console.views.invoice import document_of
from congto.interfaces.documents import vietqr
from congto.interfaces.documents.barcode import svg
from congto.office.payments.owing import owing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString


@require_safe
def codes(request: HttpRequest, number: int) -> HttpResponse:
    """Show both codes of a bill of the scope, for the counter and for a letter."""
    document = document_of(number, workplace_of(request).scope)
    code = document.buyer.customer_code
    found = owing(customer=code)
    owed = next((one.amount_vnd for one in found.bills if one.bill == number), 0) if found else 0
    dynamic = vietqr.payload(document, owed)
    standing = vietqr.standing(document)
    context = {
        "number": number,
        "document": document,
        "owed": owed,
        "dynamic": dynamic,
        "dynamic_picture": picture(dynamic, _("VietQR của hóa đơn")),
        "standing": standing,
        "standing_picture": picture(standing, _("VietQR của khách hàng")),
        "text": vietqr.remittance(document),
    }
    return render(request, "console/channels/codes.html", context)


def picture(content: str, label: str) -> SafeString:
    """Return a code as SVG; nothing where there is no content."""
    made = svg(content, label) if content else ""
    return mark_safe(made)  # noqa: S308  (made of our own numbers and words)
