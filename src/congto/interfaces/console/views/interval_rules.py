"""The rule book of half-hours: every rule with limits, dates and source; a change by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console import rule_pages
from congto.interfaces.console.views.customer import parse_day
from congto.interfaces.console.views.lists import scope_for
from congto.interfaces.console.views.readings import today
from congto.office.control.proposals import kind_of
from congto.office.control.queries import unit_ids
from congto.office.control.rule_changes import subject_of
from congto.office.control.telling import sentence_of
from congto.office.meterdata.rule_book_changes import WORDS, changed_row
from congto.office.meterdata.vee_dry_run import dry_run
from congto.office.overview import interval_rules as overview
from congto.office.overview import point_days
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule with its limits in force and what comes next."""
    return rule_pages.listing(request, "console/meterdata/rules.html", overview.rule_views())


@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Show one rule with its history and the form of a change; a POST proposes it."""
    scope_for(request)
    view = overview.rule_view(code, request.GET.get("class", ""))
    if view is None:
        raise Http404(_("Không có quy tắc %(rule)s.") % {"rule": code[:12]})
    return rule_pages.answer(
        request,
        "console/meterdata/rule.html",
        kind="interval_rule",
        subject=subject_of(view.rule, view.customer_class),
        read=lambda posted: rule_pages.read_form(posted, view.latest, WORDS),
        context={
            **rule_pages.shown(request, view),
            "last_day": point_days.last_day(today()),
            "judges_days": bool(view.action),
        },
    )


@require_POST
def try_out(request: HttpRequest, code: str) -> HttpResponse:
    """Answer what the typed limits would find of a past day, beside those in force on it."""
    scope = scope_for(request)
    view = overview.rule_view(code, request.GET.get("class", ""))
    if view is None:
        raise Http404(_("Không có quy tắc %(rule)s.") % {"rule": code[:12]})
    context: dict[str, Any] = {"view": view}
    try:
        day = parse_day(request.POST.get("day", ""))
        if day is None:
            raise InvalidInputError(_("Ngày chạy thử: cần ngày như 15/10/2026"))
        subject = subject_of(view.rule, view.customer_class)
        kind = kind_of("interval_rule")
        after = kind.validate(subject, rule_pages.read_form(request.POST, view.latest, WORDS))
        instead = changed_row(subject, after)
        units = unit_ids(scope)
        context |= {
            "day": day,
            "old": dry_run(view.rule, day, units),
            "new": dry_run(view.rule, day, units, instead=instead),
        }
    except CongtoError as refused:
        context["error"] = sentence_of(refused)
    return render(request, "console/meterdata/rule_run.html", context)
