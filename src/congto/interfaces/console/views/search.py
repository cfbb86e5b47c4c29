"""Search: type-ahead and the full page; an exact code goes straight to what bears it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from congto.interfaces.console.scope import workplace_of
from congto.office.overview.search import LIMIT, Kind, search

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.search import Found, Hit

SUGGESTED = 8
KIND_LABELS = {
    Kind.CUSTOMER: _("Khách hàng"),
    Kind.METER: _("Công tơ"),
    Kind.POINT: _("Điểm đo"),
    Kind.BILL: _("Hóa đơn"),
}
READING_LABELS = {
    "customer_code": _("mã khách hàng"),
    "part_of_code": _("phần đầu của mã khách hàng"),
    "phone": _("số điện thoại"),
    "bill_number": _("số hóa đơn"),
    "meter_serial": _("số công tơ"),
    "usage_point": _("mã điểm đo"),
    "name_or_address": _("tên hoặc địa chỉ"),
}


def address_of(hit: Hit) -> str:
    """Return the page that a result opens."""
    return reverse("bill" if hit.kind is Kind.BILL else "customer", args=[hit.key])


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show all results, or go where an exact code leads."""
    found = find(request)
    if found and found.exact:
        return redirect(address_of(found.exact))
    return render(request, "console/search.html", shown(found, request))


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Answer the list under the box while the person types."""
    found = find(request)
    context = shown(found, request, first=SUGGESTED)
    context["more"] = found is not None and len(found.hits) > SUGGESTED
    return render(request, "console/search_suggest.html", context)


def find(request: HttpRequest) -> Found | None:
    """Search what the person typed; None while there is nothing to search."""
    text = request.GET.get("q", "").strip()[:80].replace("\x00", "")
    if not text:
        return None
    return search(text, workplace_of(request).scope)


def shown(found: Found | None, request: HttpRequest, first: int = LIMIT) -> dict[str, object]:
    """Return what the templates need: results with address and label, and what was tried."""
    context: dict[str, object] = {
        "q": request.GET.get("q", "").strip(),
        "found": found,
        "hits": [],
        "words": [],
        "tried": [],
    }
    if found:
        context["hits"] = [
            (hit, address_of(hit), KIND_LABELS[hit.kind]) for hit in found.hits[:first]
        ]
        context["words"] = found.words
        context["tried"] = [READING_LABELS[reading] for reading in found.readings]
    return context
