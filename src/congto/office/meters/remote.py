"""Meters that are read from afar from now on: their days are validated, and expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from congto.office.control.audit import record_each
from congto.office.meters.models import Meter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.models import Unit


def read_remotely(meters: Mapping[int, Unit], *, user: User | None, at: datetime) -> int:
    """Note that meters are read from afar; return how many were not so before.

    One audit row a meter says since when. Days validated before stay as they are until something is
    delivered for them.

    Args:
        meters: number of each meter -> unit that looks after it.
        user: who does it; None: the command line.
        at: now.
    """
    with transaction.atomic():
        rows = Meter.objects.select_for_update().filter(pk__in=list(meters), remote=False)
        found = dict(rows.order_by("pk").values_list("pk", "serial"))
        Meter.objects.filter(pk__in=list(found)).update(remote=True)
        record_each(
            user,
            "meters.read_remotely",
            "meter",
            {serial: meters[number] for number, serial in found.items()},
            before={"remote": False},
            after={"remote": True},
            at=at,
        )
    return len(found)
