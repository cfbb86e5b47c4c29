"""A device: where it is, its keys without their values, and the last of everything about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.devices.choices import DeviceState
from congto.office.devices.operations import resume, retire, suspend
from congto.office.overview.devices import find_device, view_device
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from congto.office.devices.models import Device


@require_safe
def device(request: HttpRequest, serial: str) -> HttpResponse:
    """Show a device of the scope."""
    view = view_device(found(request, serial))
    user, unit = person(request), view.device.unit
    context = {
        "view": view,
        "may_command": may(user, Action.COMMAND, unit),
        "may_manage": may(user, Action.MANAGE_DEVICES, unit),
        "moves": MOVES_FROM[DeviceState(view.device.state)],
    }
    return render(request, "console/headend/device.html", context)


MOVES: dict[str, Callable[..., int]] = {"suspend": suspend, "resume": resume, "retire": retire}
MOVES_FROM: dict[DeviceState, tuple[tuple[str, str], ...]] = {
    DeviceState.ACTIVE: (("suspend", _("Tạm dừng đọc")), ("retire", _("Gỡ thiết bị"))),
    DeviceState.SUSPENDED: (("resume", _("Đọc trở lại")), ("retire", _("Gỡ thiết bị"))),
    DeviceState.RETIRED: (),
}
"""What may be done with a device in each state, and the words of the buttons."""


@require_POST
def move(request: HttpRequest, serial: str) -> HttpResponseRedirect:
    """Suspend, resume or retire a device, with the reason."""
    device = found(request, serial)
    deed = MOVES.get(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    try:
        reason = request.POST.get("reason", "")
        if not reason.strip():
            raise InvalidInputError(gettext("Thiếu lý do"), action=gettext("ghi lý do"))
        deed([device.pk], reason=reason, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("device", serial)


def found(request: HttpRequest, serial: str) -> Device:
    """Return the device, or answer 404 where the scope has none on this meter."""
    device = find_device(serial, scope_for(request))
    if device is None:
        raise Http404(
            gettext("Không có thiết bị đo xa %(serial)s trong đơn vị đang xem.")
            % {"serial": serial[:32]}
        )
    return device
