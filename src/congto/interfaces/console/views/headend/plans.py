"""Plans of reading: the list, a new one, and one plan with its form and its last campaigns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.headend.profiles.loader import profile_names
from congto.interfaces.console.templatetags.headend import minute_of_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.campaigns import plan_changes
from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.campaigns.plan_changes import (
    KINDS,
    PRIORITIES,
    PlanState,
    add_plan,
    change_plan,
    remove_plan,
    state_of,
)
from congto.office.control import queries
from congto.office.control.permissions import Action, granted_paths, may
from congto.office.control.telling import sentence_of
from congto.office.devices.choices import Path
from congto.office.overview import campaigns as overview
from congto.office.overview.units import units_in
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from congto.office.campaigns.models import Plan

TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
WHOLE = re.compile(r"\d{1,4}", re.ASCII)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """Show the plans of the scope."""
    context = {
        "plans": overview.plans(scope_for(request)),
        "may_add": bool(granted_paths(person(request), Action.RUN_JOBS)),
    }
    return render(request, "console/headend/plans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the form of a new plan; a POST makes it."""
    places = units_in(scope_for(request, Action.RUN_JOBS))
    error, posted = "", request.POST
    if request.method == "POST":
        code, user = posted.get("code", "").strip(), person(request)
        try:
            state, reason = read_form(posted), posted.get("reason", "")
            add_plan(code, posted.get("unit", ""), state, reason=reason, user=user, at=now())
        except CongtoError as refused:
            error = sentence_of(refused)
        else:
            messages.success(request, _("Đã lập kế hoạch đọc."))
            return redirect("plan", code)
    context = offered() | {
        "form": typed(posted) if error else EMPTY,
        "error": error,
        "units": places,
        "may_change": True,
    }
    return render(request, "console/headend/plan_new.html", context, status=400 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show a plan of the scope; a POST changes it."""
    found = find(request, code)
    error = ""
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        try:
            state = read_form(request.POST)
            change_plan(code, state, reason=reason, user=person(request), at=now())
        except CongtoError as refused:
            error = sentence_of(refused)
        else:
            messages.success(request, _("Đã đổi kế hoạch đọc."))
            return redirect("plan", code)
    context = offered() | {
        "plan": found,
        "form": typed(request.POST) if error else form_of(found),
        "error": error,
        "campaigns": overview.campaigns_of(found),
        "history": queries.history("plan", code),
        "may_change": may(person(request), Action.RUN_JOBS, found.unit),
    }
    return render(request, "console/headend/plan.html", context, status=400 if error else 200)


@require_POST
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Remove a plan of the scope that has opened no campaign."""
    find(request, code)
    reason = request.POST.get("reason", "")
    try:
        remove_plan(code, reason=reason, user=person(request), at=now())
    except CongtoError as refused:
        messages.error(request, sentence_of(refused))
        return redirect("plan", code)
    messages.success(request, _("Đã xóa kế hoạch đọc %(code)s.") % {"code": code})
    return redirect("plans")


def find(request: HttpRequest, code: str) -> Plan:
    """Return the plan, or answer 404 where the scope has none."""
    found = overview.find_plan(code, scope_for(request))
    if found is None:
        raise Http404(_("Không có kế hoạch đọc %(code)s.") % {"code": code[:40]})
    return found


def offered() -> dict[str, Any]:
    """Return what the form lets one choose from."""
    return {
        "kinds": [(kind.value, str(kind.label)) for kind in KINDS],
        "paths": Path.choices,
        "priorities": [(one.value, str(one.label)) for one in PRIORITIES],
        "profiles": profile_names(),
        "most": plan_changes.ATTEMPTS_MAX,
    }


EMPTY: dict[str, Any] = {
    "kinds": (TaskKind.HALF_HOURS.value,),
    "profiles": (),
    "window_minutes": 180,
    "priority": str(Priority.SCHEDULE.value),
    "attempts_max": 3,
    "answers_max": 2,
    "enabled": True,
}
"""What the form of a new plan begins with."""


def form_of(plan: Plan) -> dict[str, Any]:
    """Return what the form's fields hold for a plan as it is."""
    state = state_of(plan)
    return {
        "name": state.name,
        "kinds": state.kinds,
        "profiles": state.profiles,
        "path": state.path,
        "begins": ", ".join(map(minute_of_day, state.begins)),
        "window_minutes": state.window_minutes,
        "priority": str(state.priority),
        "attempts_max": state.attempts_max,
        "answers_max": state.answers_max,
        "enabled": state.enabled,
    }


def typed(posted: QueryDict) -> dict[str, Any]:
    """Return what was typed, so that nothing has to be typed again."""
    one = (
        "code",
        "unit",
        "name",
        "path",
        "begins",
        "window_minutes",
        "priority",
        "attempts_max",
        "answers_max",
        "reason",
    )
    return {
        **{name: posted.get(name, "") for name in one},
        "kinds": posted.getlist("kinds"),
        "profiles": posted.getlist("profiles"),
        "enabled": "enabled" in posted,
    }


def read_form(posted: QueryDict) -> PlanState:
    """Read the form; what is no time or number is refused with its field."""
    return PlanState(
        posted.get("name", "").strip(),
        tuple(posted.getlist("kinds")),
        tuple(posted.getlist("profiles")),
        posted.get("path", ""),
        tuple(map(minute, re.split(r"[,;\s]+", posted.get("begins", "").strip()))),
        whole(_("Độ dài khung giờ (phút)"), posted.get("window_minutes", "")),
        whole(_("Ưu tiên"), posted.get("priority", "")),
        whole(_("Lần thử"), posted.get("attempts_max", "")),
        whole(_("Thôi hỏi sau"), posted.get("answers_max", "")),
        enabled="enabled" in posted,
    )


def minute(text: str) -> int:
    """Read a time of day: "04:05" -> 245."""
    found = TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise InvalidInputError(
            _("%(label)s: nhận “%(found)s”, cần %(expected)s")
            % {"label": _("Giờ mở"), "found": text[:20], "expected": _("giờ:phút, như 04:00")}
        )
    return int(found[1]) * 60 + int(found[2])


def whole(label: str, text: str) -> int:
    """Read a small whole number."""
    if not WHOLE.fullmatch(text.strip()):
        raise InvalidInputError(
            _("%(label)s: nhận “%(found)s”, cần %(expected)s")
            % {"label": label, "found": text[:20], "expected": _("một số nguyên")}
        )
    return int(text)
