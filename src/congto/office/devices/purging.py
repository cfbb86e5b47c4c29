"""The record of opened secrets beyond its term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.office.control.audit import record
from congto.office.devices.models import SecretUseRecord

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

NAMED = "SELECT set_config('congto.uses_before', %s, true)"
"""For this transaction; the trigger lets no other row go."""


def purge_uses(before: datetime, *, user: User | None, at: datetime, dry_run: bool = False) -> int:
    """Delete the records of uses of secrets from before an instant; return how many.

    One audit row says how many are gone.
    """
    old = SecretUseRecord.objects.filter(at__lt=before)
    if dry_run:
        return old.count()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(NAMED, [before.isoformat()])
        count, _ = old.delete()
        if count:
            after = {"before": before, "secret_uses": count}
            record(user, "devices.purge_uses", "device", "", unit=None, after=after, at=at)
    return count
