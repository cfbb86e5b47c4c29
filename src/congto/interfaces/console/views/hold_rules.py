"""The rules that hold bills: the list, a dry run over past months, a change for two people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console import rule_pages
from congto.interfaces.console.views.lists import now, scope_for
from congto.office.billing import rule_changes
from congto.office.billing.choices import Signer
from congto.office.billing.dry_run import dry_run
from congto.office.billing.rule_changes import WORDS
from congto.office.control.proposals import kind_of
from congto.office.control.queries import unit_ids
from congto.office.control.rule_changes import subject_of
from congto.office.control.telling import sentence_of
from congto.office.overview import hold_rules as overview
from congto.vocabulary import format_vi
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.hold_rules import RuleView

MONTHS_MAX = 12
STEPS_SHOWN = 5


def today() -> date:
    """Return the local day."""
    return timezone.localdate(now())


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule with its limits in force and what comes next."""
    scope_for(request)
    day = today()
    views = overview.rule_views()
    context = {
        "rules": [(view, view.in_force(day), view.latest) for view in views],
        "signers": dict(Signer.choices),
    }
    return render(request, "console/billing/hold_rules.html", context)


def found(rule: str, group: str) -> RuleView:
    """Return a rule or answer 404."""
    view = overview.rule_view(rule, group)
    if view is None:
        raise Http404(_("Không có quy tắc treo %(rule)s.") % {"rule": rule})
    return view


@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Show one rule with its history and the form of a change; a POST proposes it."""
    scope_for(request)
    view = found(code, request.GET.get("group", ""))
    return rule_pages.answer(
        request,
        "console/billing/hold_rule.html",
        kind="hold_rule",
        subject=subject_of(view.rule, view.group),
        read=lambda posted: read_form(posted, view),
        context={
            "view": view,
            "in_force": view.in_force(today()),
            "form": form_of(request.POST, view),
            "signers": Signer.choices,
            "months": months_before(today()),
        },
    )


def form_of(posted: Mapping[str, str], view: RuleView) -> dict[str, Any]:
    """Return what the form's fields hold, with the steps of the ladder and empty ones after."""
    latest = view.latest
    steps = [(format_vi.number(step), signer) for step, signer in latest.ladder]
    if latest.ladder:
        steps += [("", Signer.CLERK.value)] * max(1, STEPS_SHOWN - len(steps))
    return rule_pages.form_of(posted, latest, today()) | {
        "steps": [
            (
                number,
                posted.get(f"step_{number}", step),
                int(posted.get(f"signer_{number}", signer)) if posted else signer,
            )
            for number, (step, signer) in enumerate(steps)
        ],
    }


def read_form(posted: Mapping[str, str], view: RuleView) -> dict[str, Any]:
    """Read the form, with its ladder, into the state that the kind of proposal validates."""
    ladder = []
    for number in range(rule_changes.STEPS_MAX):
        step = posted.get(f"step_{number}", "").strip()
        if step:
            signer = posted.get(f"signer_{number}", "")
            level = int(signer) if signer.isascii() and signer.isdigit() else -1
            limit = rule_pages.in_books(WORDS, "step", "Bậc ký duyệt", step)
            ladder.append([limit, level])
    return rule_pages.read_form(posted, view.latest, WORDS) | {"ladder": ladder}


def months_before(day: date) -> list[date]:
    """Return the first days of the twelve months before this one, the newest first."""
    months = []
    first = day.replace(day=1)
    for _number in range(MONTHS_MAX):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(first)
    return months


@require_POST
def try_out(request: HttpRequest, code: str) -> HttpResponse:
    """Answer how many bills of a month the typed limits would hold beside those in force."""
    scope = scope_for(request)
    view = found(code, request.GET.get("group", ""))
    subject = subject_of(view.rule, view.group)
    context: dict[str, Any] = {"view": view}
    try:
        kind = kind_of("hold_rule")
        after = kind.validate(subject, read_form(request.POST, view))
        period = Period.parse_month(request.POST.get("month", ""))
        units = unit_ids(scope)
        context["month"] = period.start
        context["new"] = dry_run(rule_changes.changed_rule(subject, after), period, units)
        now_state = rule_changes.changed_rule(subject, kind.current(subject))
        context["old"] = dry_run(now_state, period, units)
    except CongtoError as refused:
        context["error"] = sentence_of(refused)
    return render(request, "console/billing/dry_run.html", context)
