"""Billing runs: the list, one run with live figures, and starting what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.jobs import billing as job
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.overview import billing_runs as overview
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.billing_runs import RunView


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Show the billing runs with books in the scope, the newest period first."""
    context = {"runs": overview.runs(scope_for(request))}
    return render(request, "console/billing/runs.html", context)


def found(request: HttpRequest, number: int) -> RunView:
    """Return the run as the scope sees it, or answer 404."""
    view = overview.view_run(number, scope_for(request))
    if view is None:
        raise Http404(_("Không có đợt lập hóa đơn %(number)s ở đơn vị này.") % {"number": number})
    return view


def context_of(request: HttpRequest, view: RunView) -> dict[str, Any]:
    """Return the run, the job that works on it, and whether the person may start what is left."""
    working = job.unfinished(view.run.pk)
    return {
        "view": view,
        "job": working,
        "moving": view.moving or working is not None,
        "may_start": working is None
        and view.total.left > 0
        and may(person(request), Action.RUN_JOBS, None),
    }


@require_safe
def run(request: HttpRequest, number: int) -> HttpResponse:
    """Show one run; while books wait its figures read themselves again."""
    context = context_of(request, found(request, number))
    return render(request, "console/billing/run.html", context)


@require_safe
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """Answer the part of the run's page that moves."""
    context = context_of(request, found(request, number))
    return render(request, "console/billing/run_progress.html", context)


@require_POST
def start(request: HttpRequest, number: int) -> HttpResponse:
    """Start what is left of the run as a job: waiting and failed books, parked accounts."""
    view = found(request, number)
    try:
        job.start(view.run.pk, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("billing-run", number)
