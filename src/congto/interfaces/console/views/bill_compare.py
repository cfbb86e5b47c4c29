"""A bill before and after: lines, prices and totals of two versions side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console.scope import workplace_of
from congto.office.overview import bill_compare as overview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Show a bill beside `?with=` another of its agreement, else the version before it."""
    asked = request.GET.get("with", "")
    if asked and not (asked.isascii() and asked.isdigit()):
        raise Http404(_("Không có hóa đơn %(number)s trong đơn vị đang xem.") % {"number": asked})
    scope = workplace_of(request).scope
    found = overview.find_pair(number, int(asked) if asked else None, scope)
    if found is None:
        raise Http404(_("Hóa đơn %(number)s không có bản nào để so.") % {"number": number})
    context = {"view": found, "versions": overview.versions(found.new)}
    return render(request, "console/billing/bill_compare.html", context)
