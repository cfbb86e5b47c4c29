"""The sticky unit: `?unit=CODE` in the address, kept in the session until another is chosen."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from congto.office.control.queries import scope_of
from congto.office.overview.units import Unit, units_in

if TYPE_CHECKING:
    from django.http import HttpRequest

    from congto.office.control.queries import Scope

SESSION_KEY = "unit"


class Workplace:
    """What a request may see; read lazily, so pages without data cost no query."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def granted(self) -> Scope:
        """Return the scope of the person's grants."""
        return scope_of(self._request.user)

    @cached_property
    def units(self) -> list[Unit]:
        """Return the units that the person may choose, parents before children."""
        return units_in(self.granted) if self._request.user.is_authenticated else []

    @cached_property
    def unit(self) -> Unit | None:
        """Return the chosen unit; None means all units granted."""
        code = self._request.session.get(SESSION_KEY)
        return next((unit for unit in self.units if unit.code == code), None)

    @cached_property
    def scope(self) -> Scope:
        """Return the scope that queries take."""
        return self.granted.narrowed(self.unit) if self.unit else self.granted


def workplace_of(request: HttpRequest) -> Workplace:
    """Return the workplace that the middleware gave the request."""
    workplace: Workplace = request.workplace  # type: ignore[attr-defined]  # set by ScopeOfRequest
    return workplace


def remember_choice(request: HttpRequest) -> None:
    """Keep `?unit=`; empty chooses everything granted. A unit outside the grants has no effect."""
    code = request.GET["unit"]
    if code:
        request.session[SESSION_KEY] = code
    else:
        request.session.pop(SESSION_KEY, None)
