"""Orders of commands: what was asked of which meters, who decided, what was read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console.views.lists import scope_for
from congto.office.control import queries
from congto.office.overview import commands as overview

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.commands.models import CommandOrder


@require_safe
def order(request: HttpRequest, number: int) -> HttpResponse:
    """Show an order of the scope; its commands read themselves again while they move."""
    view = overview.view_order(found(request, number))
    history = queries.history("command_order", str(number))
    return render(request, "console/headend/order.html", {"view": view, "history": history})


def found(request: HttpRequest, number: int) -> CommandOrder:
    """Return the order, or answer 404 where the scope has none."""
    order = overview.find_order(number, scope_for(request))
    if order is None:
        raise Http404(_("Không có phiếu lệnh %(number)s.") % {"number": number})
    return order
