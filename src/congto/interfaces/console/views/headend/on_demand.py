"""A meter read while somebody waits: asked for by a button, followed step by step."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.headend.devices import found
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.campaigns import queries
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.operations import ask_now
from congto.office.control.telling import sentence_of
from congto.office.meterdata.queries import find_point
from congto.office.overview.campaigns import find_campaign
from congto.office.overview.devices import device_of_campaign, devices_at
from congto.vocabulary import format_vi
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.groups import Register

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

KINDS = (TaskKind.REGISTERS, TaskKind.HALF_HOURS)
"""What a person at the telephone wants: the dials now, and the curve of yesterday and today."""
STAGES = (queries.QUEUED, queries.CONNECTING, queries.READING, queries.DONE)
UNITS = {"Wh": "kWh", "varh": "kvarh"}


@require_safe
def at_point(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the devices at a point of the scope, each with its button."""
    point = find_point(code, scope_for(request))
    if point is None:
        raise Http404(_("Không có điểm đo %(code)s ở đơn vị này.") % {"code": code[:48]})
    return render(request, "console/headend/at_point.html", {"devices": devices_at([point])})


@require_POST
def ask(request: HttpRequest, serial: str) -> HttpResponse:
    """Ask for a reading; htmx gets its progress, a browser the page of it."""
    device = found(request, serial)
    try:
        campaign = ask_now(device.pk, KINDS, user=person(request), at=now())
    except CongtoError as error:
        if request.headers.get("HX-Request"):
            context = {"error": sentence_of(error), "serial": serial}
            return render(request, "console/headend/reading_progress.html", context)
        messages.error(request, sentence_of(error))
        return redirect("device", serial)
    if request.headers.get("HX-Request"):
        return render(request, "console/headend/reading_progress.html", told(request, campaign))
    return redirect("on-demand", campaign)


@require_safe
def reading(request: HttpRequest, number: int) -> HttpResponse:
    """Show a reading that was asked for."""
    return render(request, "console/headend/reading.html", told(request, number))


@require_safe
def reading_progress(request: HttpRequest, number: int) -> HttpResponse:
    """Return the part of it that moves."""
    return render(request, "console/headend/reading_progress.html", told(request, number))


def told(request: HttpRequest, number: int) -> dict[str, Any]:
    """Return how far a reading is, with what the meter said in words."""
    scope = scope_for(request)
    progress, campaign = queries.progress(number, scope), find_campaign(number, scope)
    if progress is None or campaign is None:
        raise Http404(_("Không có lần đọc %(number)s.") % {"number": number})
    ended = progress.stage in {queries.DONE, queries.FAILED}
    place = STAGES.index(progress.stage) if progress.stage in STAGES else len(STAGES)
    registers = progress.values.get(TaskKind.REGISTERS) or {}
    return {
        "campaign": campaign,
        "serial": device_of_campaign(campaign),
        "progress": progress,
        "ended": ended,
        "stages": [(one, at < place, at == place) for at, one in enumerate(STAGES)],
        "registers": [line(one) for one in registers.get("registers", ())],
        "read_at": instant(registers.get("read_at")),
        "drift_s": registers.get("drift_s"),
        "half_hours": (progress.values.get(TaskKind.HALF_HOURS) or {}).get("half_hours"),
        "faults": [(str(TaskKind(kind).label), why) for kind, why in progress.faults.items()],
    }


def line(told: Mapping[str, Any]) -> dict[str, str]:
    """Return a register as a screen shows it: its channel, its name, its value in kWh or kvarh."""
    unit, value = str(told["unit"]), int(told["value"])
    scaled = format_vi.kwh(value).removesuffix(" kWh") if unit in UNITS else format_vi.number(value)
    return {
        "channel": str(told["channel"]),
        "register": REGISTER_WORDS.get(str(told["register"]), str(told["register"])),
        "value": f"{scaled}\u00a0{UNITS.get(unit, unit)}",
    }


def instant(text: str | None) -> datetime | None:
    """Read an instant of a result."""
    return datetime.fromisoformat(text) if text else None


REGISTER_WORDS = {
    Register.TOTAL.name.lower(): "Tổng",
    Register.NORMAL.name.lower(): "Bình thường",
    Register.PEAK.name.lower(): "Cao điểm",
    Register.OFF_PEAK.name.lower(): "Thấp điểm",
}
