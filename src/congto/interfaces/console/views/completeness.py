"""The calendar of completeness: units by days, coloured by the share of half-hours there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import today
from congto.interfaces.jobs import completeness as job
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.overview import completeness as overview
from congto.office.overview import point_days
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
