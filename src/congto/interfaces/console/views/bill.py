"""The bill page, and the bill as a request to the price calculator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts
from congto.interfaces.console.scope import workplace_of
from congto.office.billing.choices import Band
from congto.office.control.permissions import Action, may
from congto.office.overview import bill as overview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.bill import BillView, ExplainedLine


@require_safe
def bill(request: HttpRequest, number: int) -> HttpResponse:
    """Show one bill of the scope, every line explained."""
    view = read(request, number)
    parts = [
        (part_name(explained, view), explained.line.energy_wh)
        for explained in view.lines
        if explained.line.energy_wh
    ]
    context: dict[str, object] = {
        "view": view,
        "days": (view.bill.period_to - view.bill.period_from).days,
        "may_export": may(request.user, Action.EXPORT, view.bill.unit),
    }
    if len(parts) > 1:
        context["tier_chart"] = charts.tier_bar(parts)
    return render(request, "console/bill.html", context)


@require_safe
def quote(request: HttpRequest, number: int) -> JsonResponse:
    """Answer the request with which `congto quote` computes this bill again."""
    wanted = overview.quote_request(read(request, number))
    if wanted is None:
        raise Http404(_("Hóa đơn %(number)s không còn đủ dữ liệu gốc.") % {"number": number})
    return JsonResponse(wanted, json_dumps_params={"indent": 1, "ensure_ascii": False})


def read(request: HttpRequest, number: int) -> BillView:
    """Return the explained bill, or answer 404 when the scope has no such bill."""
    workplace = workplace_of(request)
    found = overview.find_bill(number, workplace.scope)
    if found is None:
        raise Http404(_("Không có hóa đơn %(number)s trong đơn vị đang xem.") % {"number": number})
    return overview.view_bill(found)


def part_name(explained: ExplainedLine, view: BillView) -> str:
    """Name a line's part of the energy; with two decisions each says its own."""
    line = explained.line
    if line.tier:
        name = _("Bậc %(tier)s") % {"tier": line.tier}
    elif line.band:
        name = _(str(Band(line.band).label))
    else:
        name = _("Một giá")
    return f"{name} ({explained.decision.code})" if len(view.decisions) > 1 else name
