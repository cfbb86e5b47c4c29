"""The calendar of completeness: units by days, coloured by the share of half-hours there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.scope import workplace_of
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import today
from congto.interfaces.jobs import completeness as job
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.overview import completeness as overview
from congto.office.overview import point_days
from congto.vocabulary import format_vi
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a month of the chosen units."""
    scope = scope_for(request)
    month = month_of(request.GET.get("month", ""))
    context = {
        "month": month.start,
        "before": month.start - timedelta(days=1),
        "after": month.end if month.end <= today() else None,
        "calendar": overview.calendar(scope, month),
        "may_count": may(person(request), Action.RUN_JOBS, None),
    }
    return render(request, "console/meterdata/completeness.html", context)


@require_safe
def day(request: HttpRequest, day: str) -> HttpResponse:
    """Show the points of the chosen units that lack half-hours of a day."""
    scope = scope_for(request)
    shown = day_of(day)
    found = overview.lacking_day(scope, shown)
    context = {"day": shown, "found": found, "unit": workplace_of(request).unit}
    return render(request, "console/meterdata/completeness_day.html", context)


def day_of(text: str) -> date:
    """Return the asked day, or answer 404 for what is none or lies ahead."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404(_("Không có ngày %(day)s.") % {"day": text[:10]}) from error
    if day > today():
        raise Http404(_("Ngày %(day)s chưa đến.") % {"day": format_vi.day(day)})
    return day


def month_of(text: str) -> Period:
    """Return the asked month, else the last one that the store has."""
    if not text:
        day = point_days.last_day(today()) or today()
        return Period.month(day.year, day.month)
    try:
        return Period.parse_month(text)
    except InvalidInputError as error:
        raise Http404(sentence_of(error)) from error


@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Start the count of a month."""
    month = month_of(request.POST.get("month", ""))
    try:
        made = job.start(month, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("completeness")
    return redirect("job", made.pk)
