"""Concentrators in the books: added, or changed to what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.devices.models import Concentrator
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

TOLD = ("name", "adapter", "host", "port", "cell")


def keep_concentrator(  # noqa: PLR0913  (what a concentrator is, who and when)
    code: str,
    *,
    unit: str,
    user: User | None,
    at: datetime,
    name: str = "",
    adapter: str = "",
    host: str = "",
    port: int | None = None,
    cell: str = "",
    reason: str = "",
) -> Concentrator:
    """Add a concentrator, or change the one of this code.

    Args:
        code: that its files and rows of devices name.
        unit: code of the unit that looks after it.
        user: who does it; None: the command line.
        at: now.
        name: for people.
        adapter: by which its files are read.
        host: where it passes sessions on to its meters; empty: it does not.
        port: of it.
        cell: of the mobile network.
        reason: for the audit.

    Raises:
        InvalidInputError: no code, or an unknown unit.
        RefusedError: the person may not.
    """
    home = Unit.objects.filter(code=unit).first()
    if home is None or not code.strip():
        what = f"unit {unit} of concentrator {code}" if home is None else "a concentrator's code"
        raise InvalidInputError(f"{what} is not known", expected="a code of the books")
    if user is not None:
        require(user, Action.MANAGE_DEVICES, home)
    told = {"name": name, "adapter": adapter, "host": host, "port": port, "cell": cell}
    with operation(
        user, "devices.concentrator", "concentrator", code, unit=home, at=at, reason=reason
    ) as work:
        found = Concentrator.objects.select_for_update(of=("self",)).filter(code=code).first()
        before = None if found is None else {one: getattr(found, one) for one in TOLD}
        if found is None:
            found = Concentrator(code=code)
        elif user is not None:
            require(user, Action.MANAGE_DEVICES, found.unit)
        work.before, work.after = before, told
        for field, value in told.items():
            setattr(found, field, value)
        found.unit = home
        found.save()
    return found
