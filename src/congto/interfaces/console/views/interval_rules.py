"""The rule book of half-hours: every rule with limits, dates and source; a change by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console.typed import typed_number
from congto.interfaces.console.views.control import first_of_next_month, iso_day
from congto.interfaces.console.views.customer import parse_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import today
from congto.office.control import operations
from congto.office.control.permissions import Action, may
from congto.office.control.proposals import kind_of
from congto.office.control.queries import unit_ids
from congto.office.control.telling import sentence_of
from congto.office.meterdata import rule_book_changes
from congto.office.meterdata.vee_dry_run import dry_run
from congto.office.overview import interval_rules as overview
from congto.office.overview import point_days
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django.http import HttpRequest, HttpResponse

    from congto.office.overview.interval_rules import RuleView


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule with its limits in force and what comes next."""
    scope_for(request)
    day = today()
    views = [(view, view.in_force(day), view.latest) for view in overview.rule_views()]
    return render(request, "console/meterdata/rules.html", {"rules": views})


@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """Show one rule with its history and the form of a change; a POST proposes it."""
    scope_for(request)
    view = overview.rule_view(code, request.GET.get("class", ""))
    if view is None:
        raise Http404(_("Không có quy tắc %(rule)s.") % {"rule": code[:12]})
    kind = kind_of("interval_rule")
    subject = rule_book_changes.subject_of(view.rule, view.customer_class)
    error = ""
    if request.method == "POST":
        try:
            made = operations.propose(
                kind.key,
                subject,
                read_form(request.POST, view),
                reason=request.POST.get("reason", ""),
                user=person(request),
                at=now(),
            )
            return redirect("proposal", made.pk)
        except CongtoError as refused:
            error = sentence_of(refused)
    context = {
        "view": view,
        "in_force": view.in_force(today()),
        "form": form_of(request.POST, view, today()),
        "error": error,
        "may_propose": may(person(request), Action.PROPOSE, kind.unit(subject)),
        "last_day": point_days.last_day(today()),
        "judges_days": bool(view.action),
    }
    return render(request, "console/meterdata/rule.html", context, status=400 if error else 200)


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
        subject = rule_book_changes.subject_of(view.rule, view.customer_class)
        kind = kind_of("interval_rule")
        after = kind.validate(subject, read_form(request.POST, view))
        instead = rule_book_changes.changed_row(subject, after)
        units = unit_ids(scope)
        context |= {
            "day": day,
            "old": dry_run(view.rule, day, units),
            "new": dry_run(view.rule, day, units, instead=instead),
        }
    except CongtoError as refused:
        context["error"] = sentence_of(refused)
    return render(request, "console/meterdata/rule_run.html", context)


def form_of(posted: Mapping[str, str], view: RuleView, day: date) -> dict[str, Any]:
    """Return what the form's fields hold: what was typed, else the latest state."""
    return {
        "valid_from": posted.get("valid_from", f"{first_of_next_month(day):%d/%m/%Y}"),
        "enabled": "enabled" in posted if posted else view.latest.row.enabled,
        "limits": [
            (name, label, posted.get(f"limit_{name}", value))
            for name, label, value in view.latest.limits
        ],
        "reason": posted.get("reason", ""),
    }


def read_form(posted: Mapping[str, str], view: RuleView) -> dict[str, Any]:
    """Read the form into the state that the kind of proposal validates."""
    return {
        "valid_from": iso_day(posted.get("valid_from", "")),
        "enabled": "enabled" in posted,
        "limits": {
            name: in_books(name, label, posted.get(f"limit_{name}", ""))
            for name, label, _value in view.latest.limits
        },
    }


def in_books(name: str, label: str, text: str) -> int:
    """Read a typed limit in the unit of the books: kWh become Wh."""
    value = typed_number(_(label), text) * rule_book_changes.SCALES.get(name, 1)
    if value != int(value):
        raise InvalidInputError(
            _("%(label)s: nhận “%(found)s”, cần số nguyên không âm")
            % {"label": _(label), "found": text}
        )
    return int(value)
