"""A session with a meter: how it went, and its frames told one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from congto.interfaces.console.views.lists import scope_for
from congto.office.overview.devices import find_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from congto.office.campaigns.models import Session


@require_safe
def session(request: HttpRequest, number: int) -> HttpResponse:
    """Show a session of the scope."""
    return render(request, "console/headend/session.html", {"session": found(request, number)})


def found(request: HttpRequest, number: int) -> Session:
    """Return the session, or answer 404 where the scope has none."""
    session = find_session(number, scope_for(request))
    if session is None:
        raise Http404(_("Không có phiên %(number)s.") % {"number": number})
    return session
