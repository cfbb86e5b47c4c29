"""Units for the scope selector and for drilling down."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q

from congto.office.organisation.models import Unit

if TYPE_CHECKING:
    from congto.office.control.queries import Scope


__all__ = ["Unit", "units_in"]


def units_in(scope: Scope) -> list[Unit]:
    """Return every unit of the scope that is in force, parents before their children."""
    if not scope.paths:
        return []
    below = reduce(or_, (Q(path__startswith=path) for path in scope.paths))
    return list(Unit.objects.filter(below, valid_to=None).order_by("path"))
