"""Who could not be read and why, and who has to be read again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import asked_day, today
from congto.office.control.permissions import Action, granted_paths
from congto.office.control.queries import findings
from congto.office.control.telling import sentence_of
from congto.office.meterdata import manual_orders
from congto.office.meterdata import manual_progress as overview
from congto.office.meterdata.choices import OrderState, VisitState
from congto.office.meterdata.queries import find_point
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ROWS_A_PAGE = 100


@require_safe
def missed(request: HttpRequest) -> HttpResponse:
    """List the points of a reading day that were visited and could not be read, by reason."""
    scope = scope_for(request)
    day = asked_day(request) or overview.latest_day(scope, today())
    found = overview.missed_reads(scope, day, book=request.GET.get("book", ""))
    counts = Counter(found.values_list("state", flat=True))
    state = request.GET.get("state", "")
    if state:
        found = found.filter(state=state)
    context = {
        "day": day,
        "book": request.GET.get("book", ""),
        "state": state,
        "reasons": [(one, _(one.label), counts[one.value]) for one in VisitState if counts[one]],
        "page": Paginator(
            found.order_by("usage_point__reading_book__code", "id"), ROWS_A_PAGE
        ).get_page(request.GET.get("page")),
        "may_order": bool(granted_paths(request.user, Action.RESOLVE)),
    }
    return render(request, "console/readings/missed.html", context)


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """List the re-read orders of the scope, the oldest open one first."""
    scope = scope_for(request)
    state = request.GET.get("state", OrderState.OPEN)
    if state not in OrderState.values:
        raise Http404
    found = manual_orders.orders(scope, state)
    found = found if state == OrderState.OPEN else found.order_by("-closed_at")
    context = {
        "state": state,
        "states": [(one.value, _(one.label)) for one in OrderState],
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "today": today(),
        "may_cancel": bool(granted_paths(request.user, Action.RESOLVE)),
    }
    return render(request, "console/readings/rereads.html", context)


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Ask for a point to be read again: from a finding, or from the sheet of a reading day."""
    scope = scope_for(request, Action.RESOLVE)
    origin, day = ("", ""), asked_day(request)
    code, reason = request.POST.get("point", ""), request.POST.get("reason", "")
    number = request.POST.get("finding", "")
    if number.isascii() and number.isdigit():
        found = get_object_or_404(findings(scope), pk=int(number), subject_kind="usage_point")
        code, day, origin = found.subject, found.period_to, ("finding", number)
        reason = reason or found.text
    point = find_point(code, scope)
    if point is None or day is None:
        raise Http404(_("Không có điểm đo %(code)s ở đơn vị này.") % {"code": code[:48]})
    try:
        made = manual_orders.order_reading(
            point, day, reason=reason, origin=origin, user=person(request), at=now()
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("Yêu cầu đọc lại số %(number)d đã lập.") % {"number": made.pk})
    if origin[0] == "finding":
        return redirect("finding", int(number))
    if point.reading_book is None:
        return redirect("rereads")
    address = reverse("reading-book", args=[point.reading_book.code])
    return redirect(f"{address}?{urlencode({'day': day})}#p{point.pk}")


@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Take an order back, with the reason."""
    get_object_or_404(manual_orders.orders(scope_for(request), ""), pk=number)
    try:
        manual_orders.cancel_order(
            number, reason=request.POST.get("reason", ""), user=person(request), at=now()
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("rereads")
