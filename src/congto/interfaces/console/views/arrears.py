"""Overdue debts: their ages by unit, the rows behind them, the runs, debts to be given up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from congto.engines.arrears import AGES
from congto.interfaces.console.views.control import iso_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.jobs import arrears as job
from congto.office.arrears import operations, queries
from congto.office.arrears.choices import StepKind, WaitReason
from congto.office.control.operations import propose
from congto.office.control.permissions import Action, granted_paths, may
from congto.office.control.queries import unit_ids
from congto.office.control.telling import sentence_of
from congto.office.overview import arrears as overview
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
    from django.utils.functional import _StrOrPromise

    from congto.office.arrears.models import DunningRun

RUNS_SHOWN = 30
GIVEN_UP_SHOWN = 50
WORDS: dict[str, _StrOrPromise] = {
    "not_due": gettext_lazy("Chưa đến hạn"),
    "to_30": gettext_lazy("1–30 ngày"),
    "to_60": gettext_lazy("31–60 ngày"),
    "to_90": gettext_lazy("61–90 ngày"),
    "over_90": gettext_lazy("Trên 90 ngày"),
}
"""Ages of debts, in the order of engines.arrears.AGES."""


def day_of(request: HttpRequest) -> tuple[date, date]:
    """Return the day asked for, and today; a day that is none or lies ahead is today."""
    today = timezone.localdate(now())
    try:
        day = date.fromisoformat(iso_day(request.GET.get("day", "")))
    except ValueError:
        return today, today
    return min(day, today), today


@require_safe
def ages(request: HttpRequest) -> HttpResponse:
    """Show what is owed by unit and age at the end of a day."""
    on, today = day_of(request)
    rows, total = overview.ages(scope_for(request), on, today=today)
    context = {
        "on": on,
        "today": today,
        "rows": rows,
        "total": total,
        "headings": [(age, WORDS[age]) for age in AGES],
    }
    return render(request, "console/arrears/ages.html", context)


@require_safe
def debts(request: HttpRequest) -> HttpResponse:
    """Show the agreements behind a figure of the ages, the largest debts first."""
    on, today = day_of(request)
    age = request.GET.get("age", "")
    age = age if age in AGES else ""
    found = overview.debts(scope_for(request), on, today=today, age=age)
    context = {
        "on": on,
        "age": age,
        "word": WORDS.get(age, _("quá hạn")),
        "debts": found,
        "headings": [(one, WORDS[one]) for one in AGES],
    }
    return render(request, "console/arrears/debts.html", context)


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Show the runs; with `?try=1` what a run would do now in the scope, nothing written."""
    scope = scope_for(request)
    whole = may(person(request), Action.RUN_JOBS, None)
    context: dict[str, Any] = {
        "runs": [(one, steps_of(one)) for one in queries.runs()[:RUNS_SHOWN]],
        "may_start": whole,
        "working": job.unfinished(),
    }
    if "try" in request.GET:
        told = operations.preview(now(), units=None if scope.whole else unit_ids(scope))
        units = overview.named_units(list(told.by_unit))
        context["told"] = told
        context["steps"] = worded(told.steps, StepKind)
        context["waits"] = worded(told.waits, WaitReason)
        context["units"] = sorted(
            ((units[number], worded(steps, StepKind)) for number, steps in told.by_unit.items()),
            key=lambda one: one[0].path,
        )
    return render(request, "console/arrears/runs.html", context)


def steps_of(run: DunningRun) -> list[tuple[str, int]]:
    """Return the steps of a run over all its units, in words."""
    sums: dict[str, int] = {}
    for part in run.parts.all():
        for kind, count in part.steps.items():
            sums[kind] = sums.get(kind, 0) + count
    return worded(sums, StepKind)


def worded(counts: dict[str, int], words: type[StepKind | WaitReason]) -> list[tuple[str, int]]:
    """Return words and counts in the order in which things are done."""
    return [(_(str(label)), counts[value]) for value, label in words.choices if counts.get(value)]


@require_POST
def start(request: HttpRequest) -> HttpResponseRedirect:
    """Start today's run, or the interest up to today, as a job."""
    key = job.INTEREST if request.POST.get("what") == job.INTEREST else job.RUN
    try:
        made = job.start(key, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("arrears-runs")
    return redirect("job", made.pk)


@require_safe
def write_offs(request: HttpRequest) -> HttpResponse:
    """Show debts of more than 90 days, what was proposed of them, and what was given up."""
    scope = scope_for(request)
    context = {
        "old": overview.old_debts(scope, timezone.localdate(now())),
        "given_up": queries.write_offs(scope)[:GIVEN_UP_SHOWN],
        "may_propose": may_anywhere(request),
    }
    return render(request, "console/arrears/write_offs.html", context)


def may_anywhere(request: HttpRequest) -> bool:
    """Tell whether the person may propose in any unit; the operation looks at the bill's own."""
    return bool(granted_paths(person(request), Action.PROPOSE))


@require_POST
def propose_write_off(request: HttpRequest) -> HttpResponseRedirect:
    """Propose to give up what is owed on a bill of the scope."""
    number = request.POST.get("bill", "")
    scope_for(request, Action.PROPOSE)
    try:
        made = propose(
            "write_off",
            number,
            {"document": request.POST.get("document", "")},
            reason=request.POST.get("reason", ""),
            user=person(request),
            at=now(),
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("arrears-write-offs")
    return redirect("proposal", made.pk)
