"""Devices taken into the books from a file: seen first, then taken; good rows enter, bad ones say.

The file holds keys, so it is kept nowhere between the two: the browser sends it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from congto.interfaces.console.device_words import told
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.files.devices.adapter import adapter_names
from congto.interfaces.files.devices.models import models_for
from congto.interfaces.files.devices.reader import read_devices
from congto.office.control.permissions import Action
from congto.office.devices.operations import Outcome, add_devices
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.devices.operations import RowResult

FILE_BYTES_MAX = 20 * 2**20
ROWS_SHOWN = 300
OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.ADDED: (gettext_noop("thêm thiết bị"), "good"),
    Outcome.KEYS: (gettext_noop("thêm khóa"), "good"),
    Outcome.REPLACED: (gettext_noop("thay khóa"), "warn"),
    Outcome.UNCHANGED: (gettext_noop("đã có, không đổi"), ""),
    Outcome.REFUSED: (gettext_noop("không nhận"), "bad"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def onboarding(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST shows what would come of the file, and with "take" takes it."""
    scope_for(request, Action.MANAGE_DEVICES)
    context: dict[str, Any] = {"adapters": adapter_names(), "adapter": request.POST.get("adapter")}
    if request.method == "POST":
        try:
            context |= taken(request)
        except CongtoError as error:
            context["error"] = told(error)
    part = request.headers.get("HX-Request")
    template = "onboarding_result.html" if part else "onboarding.html"
    return render(request, f"console/headend/{template}", context)


def taken(request: HttpRequest) -> dict[str, Any]:
    """Read the file and judge its rows, or take them; return the table."""
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInputError(_("Chưa chọn tệp"))
    if (file.size or 0) > FILE_BYTES_MAX:
        raise InvalidInputError(_("Tệp lớn hơn %(most)d MB") % {"most": FILE_BYTES_MAX // 2**20})
    name = (file.name or "")[:120]
    found = read_devices(name, file.read(), adapter=request.POST.get("adapter", ""))
    dry_run = "take" not in request.POST
    done = add_devices(
        found.rows,
        models=models_for(row.profile for row in found.rows),
        user=person(request),
        at=now(),
        file=name,
        dry_run=dry_run,
    )
    rows = sorted((*done.rows, *found.refused), key=lambda one: (one.device is not None, one.line))
    return {
        "dry_run": dry_run,
        "file": name,
        "read_by": found.adapter,
        "counts": counts_of(rows),
        "rows": [(row, *OUTCOMES[row.outcome]) for row in rows[:ROWS_SHOWN]],
        "total": len(rows),
        "useful": any(row.outcome not in {Outcome.REFUSED, Outcome.UNCHANGED} for row in rows),
    }


def counts_of(rows: list[RowResult]) -> list[tuple[str, str, int]]:
    """Return (word, colour, rows) of the outcomes that occur."""
    return [
        (*OUTCOMES[outcome], count)
        for outcome in Outcome
        if (count := sum(row.outcome is outcome for row in rows))
    ]
