"""The rules before billing from half-hours: each with limits and source; a change by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from congto.interfaces.console import rule_pages
from congto.interfaces.console.views.lists import scope_for
from congto.office.control.rule_changes import subject_of
from congto.office.meterdata.gate_book_changes import WORDS
from congto.office.overview import usage_gate as overview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule with its limits in force and what comes next."""
    return rule_pages.listing(request, "console/meterdata/gate_rules.html", overview.rule_views())


@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Show one rule with its history and the form of a change; a POST proposes it."""
    scope_for(request)
    view = overview.rule_view(code, request.GET.get("group", ""))
    if view is None:
        raise Http404(_("Không có quy tắc %(rule)s.") % {"rule": code[:12]})
    return rule_pages.answer(
        request,
        "console/meterdata/gate_rule.html",
        kind="usage_gate",
        subject=subject_of(view.rule, view.group),
        read=lambda posted: rule_pages.read_form(posted, view.latest, WORDS),
        context=rule_pages.shown(request, view),
    )
