"""The head end at a glance: a tile and a line a unit, today's faults; each figure opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from congto.interfaces.console.views.lists import now, scope_for
from congto.office.overview.head_end import head_end

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the units of the scope."""
    at = now()
    context = {"view": head_end(scope_for(request), at), "today": timezone.localdate(at)}
    return render(request, "console/headend/overview.html", context)
