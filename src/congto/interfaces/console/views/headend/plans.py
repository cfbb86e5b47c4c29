"""Plans of reading: the list, and one plan with its form, its changes and its last campaigns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from congto.headend.profiles.loader import profile_names
from congto.interfaces.console.templatetags.headend import minute_of_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.campaigns import plan_changes
from congto.office.campaigns.plan_changes import KINDS, PRIORITIES, PlanState, change_plan, state_of
from congto.office.control import queries
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.devices.choices import Path
from congto.office.overview import campaigns as overview
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from congto.office.campaigns.models import Plan

TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
WHOLE = re.compile(r"\d{1,4}", re.ASCII)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """Show the plans of the scope."""
    context = {"plans": overview.plans(scope_for(request))}
    return render(request, "console/headend/plans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show a plan of the scope; a POST changes it."""
    found = overview.find_plan(code, scope_for(request))
    if found is None:
        raise Http404(_("Không có kế hoạch đọc %(code)s.") % {"code": code[:40]})
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
    context = {
        "plan": found,
        "form": typed(request.POST) if error else form_of(found),
        "error": error,
        "campaigns": overview.campaigns_of(found),
        "history": queries.history("plan", code),
        "may_change": may(person(request), Action.RUN_JOBS, found.unit),
        "kinds": [(kind.value, str(kind.label)) for kind in KINDS],
        "paths": Path.choices,
        "priorities": [(one.value, str(one.label)) for one in PRIORITIES],
        "profiles": profile_names(),
        "most": plan_changes.ATTEMPTS_MAX,
    }
    return render(request, "console/headend/plan.html", context, status=400 if error else 200)


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
        *("name", "path", "begins", "window_minutes", "priority"),
        *("attempts_max", "answers_max", "reason"),
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
