"""Trial billing: say a draft, start it over everybody, read what it would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console import charts_trial
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.jobs import trial as job
from congto.office.control.permissions import Action, may
from congto.office.control.queries import job_of_kind, jobs_of_kind
from congto.office.control.telling import sentence_of
from congto.office.customers.choices import PriceGroup
from congto.office.overview.month import months
from congto.reference.drafts import structures
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.periods import Period
from congto.vocabulary.trials import ALL_GROUPS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MONTHS_MAX = 12


@require_safe
def trials(request: HttpRequest) -> HttpResponse:
    """Show the form of a draft and the trials that were run."""
    scope = scope_for(request)
    _need_everything(request)
    context = {
        "months": months(scope),
        "groups": [(ALL_GROUPS, _("Mọi nhóm giá")), *PriceGroup.choices],
        "structures": structures().items(),
        "average": price_book().decisions[-1].average_price,
        "trials": jobs_of_kind(job.KEY)[:50],
    }
    return render(request, "console/billing/trials.html", context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a trial; what is wrong with the draft is said at once."""
    try:
        last = Period.parse_month(request.POST.get("month", ""))
        count = _count(request.POST.get("count", "1"))
        started = job.start(_until(last, count), _words(request), user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("trials")
    return redirect("trial", started.pk)


@require_safe
def trial(request: HttpRequest, number: int) -> HttpResponse:
    """Show what a trial found, or how far it is."""
    scope_for(request)
    _need_everything(request)
    found = job_of_kind(number, job.KEY)
    if found is None:
        raise Http404(_("Không có lần tính thử %(number)s.") % {"number": number})
    result = job.result_of(number)
    context: dict[str, Any] = {"job": found, "result": result}
    if result is not None:
        labels = {key: _(label) for key, label in PriceGroup.choices}
        context["charts"] = charts_trial.charts(result, labels)
    return render(request, "console/billing/trial.html", context)


def _need_everything(request: HttpRequest) -> None:
    """Answer 404 to people who do not work for the whole house: a trial is of everybody."""
    if not may(person(request), Action.RUN_JOBS, None):
        raise Http404(_("Tính thử cần quyền chạy tác vụ trên toàn hệ thống."))


def _words(request: HttpRequest) -> dict[str, Any]:
    """Return the draft that the form says; a comma is as good as a point before decimals."""

    def typed(name: str) -> str:
        return request.POST.get(name, "").strip().replace(",", ".")

    group, percent = request.POST.get("group", ALL_GROUPS), typed("percent")
    structure = request.POST.get("structure", "")
    return {
        "changes": [f"{group}:{percent}"] if percent else [],
        "structure": structure,
        "average": typed("average") if structure else "",
        "vat": typed("vat"),
    }


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MONTHS_MAX:
        raise InvalidInputError(
            _("Số tháng: nhận “%(found)s”, cần 1 đến %(most)s")
            % {"found": text, "most": MONTHS_MAX}
        )
    return int(text)


def _until(last: Period, count: int) -> tuple[Period, ...]:
    """Return so many months up to and with the last, oldest first."""
    newest = last.start.year * 12 + last.start.month - 1
    numbers = range(newest - count + 1, newest + 1)
    return tuple(Period.month(one // 12, one % 12 + 1) for one in numbers)
