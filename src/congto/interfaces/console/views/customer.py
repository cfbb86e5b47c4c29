"""The customer page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console import charts
from congto.interfaces.console.scope import workplace_of
from congto.office.overview import customer as overview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.customer import CustomerView


@require_safe
def customer(request: HttpRequest, code: str) -> HttpResponse:
    """Show one customer of the scope with everything that concerns them."""
    today = timezone.localdate()
    view = read(request, code)
    context: dict[str, object] = {
        "view": view,
        "today": today,
        "overdue": view.overdue(today),
        "timeline": overview.timeline(view, today),
    }
    if view.uses:
        context["use_chart"] = charts.monthly_use(view.uses)
    return render(request, "console/customer.html", context)


@require_safe
def curve(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the half-hours of a chosen day of the customer's remotely read points."""
    view = read(request, code)
    typed = request.GET.get("day", "")
    asked = parse_day(typed)
    day = asked or last_measured_day(view)
    drawn = []
    for point in view.remote_points:
        found = overview.half_hours(point, day) if day else None
        drawn.append((point, charts.half_hour_curve(found, str(point.pk)) if found else None))
    context: dict[str, object] = {"curves": drawn, "day": day, "typed": typed}
    context["understood"] = bool(asked) or not typed
    if day:
        context |= {"before": day - timedelta(days=1), "after": day + timedelta(days=1)}
    return render(request, "console/customer_curve.html", context)


def read(request: HttpRequest, code: str) -> CustomerView:
    """Return the customer's rows, or answer 404 when the scope has no such customer."""
    workplace = workplace_of(request)
    found = overview.find_customer(code, workplace.scope)
    if found is None:
        raise Http404(_("Không có khách hàng %(code)s trong đơn vị đang xem.") % {"code": code})
    return overview.view_customer(found)


def last_measured_day(view: CustomerView) -> date | None:
    """Return the last day of the latest period with a use: its half-hours are all there."""
    return view.uses[-1].period_to - timedelta(days=1) if view.uses else None


def parse_day(text: str) -> date | None:
    """Read a day written as dd/mm/yyyy; None when it is not one."""
    parts = text.strip().split("/")
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None
