"""A device: where it is, its keys without their values, and the last of everything about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console.views.lists import scope_for
from congto.office.overview.devices import find_device, view_device

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.devices.models import Device


@require_safe
def device(request: HttpRequest, serial: str) -> HttpResponse:
    """Show a device of the scope."""
    view = view_device(found(request, serial))
    return render(request, "console/headend/device.html", {"view": view})


def found(request: HttpRequest, serial: str) -> Device:
    """Return the device, or answer 404 where the scope has none on this meter."""
    device = find_device(serial, scope_for(request))
    if device is None:
        raise Http404(
            _("Không có thiết bị đo xa %(serial)s trong đơn vị đang xem.") % {"serial": serial[:32]}
        )
    return device
