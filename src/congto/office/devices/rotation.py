"""All secrets sealed anew under the current master key, in batches; a killed run is run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count

from congto.office.control.audit import record
from congto.office.devices.choices import SecretUse
from congto.office.devices.models import DeviceSecret
from congto.office.devices.sealing import BrokenSealError, keyring, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ROWS_AT_ONCE = 1_000


def sealed_under() -> dict[str, int]:
    """Return how many secrets are sealed under each master key."""
    rows = DeviceSecret.objects.order_by().values_list("sealed_under").annotate(Count("pk"))
    return dict(rows)


def reseal(
    *, at: datetime, progress: Callable[[int], None] = lambda _done: None
) -> tuple[int, list[str]]:
    """Seal every secret that is not under the current master key under it.

    Each batch is a transaction, so a run that is killed loses nothing, and the next one does the
    rest. A row that does not open is left as it is and named.

    Args:
        at: now, for the audit.
        progress: told how many are done after each batch.

    Returns:
        How many were sealed anew, and what is wrong with those that could not be.

    Raises:
        RefusedError: a former master key is not here.
    """
    name = keyring().current.name
    done, after = 0, 0
    broken: list[str] = []
    while True:
        with transaction.atomic():
            batch = list(
                DeviceSecret.objects.select_for_update()
                .filter(pk__gt=after)
                .exclude(sealed_under=name)
                .order_by("pk")[:ROWS_AT_ONCE]
            )
            fresh = [row for row in batch if _sealed_anew(row, broken)]
            DeviceSecret.objects.bulk_update(fresh, ["sealed", "sealed_under"])
        if not batch:
            break
        after, done = batch[-1].pk, done + len(fresh)
        progress(done)
    if done:
        counts = {"sealed": done, "under": name, "broken": len(broken)}
        record(None, "keys.rotate_master", "master_key", name, unit=None, after=counts, at=at)
    return done, broken


def _sealed_anew(row: DeviceSecret, broken: list[str]) -> bool:
    keys, use = keyring(), SecretUse(row.use)
    try:
        secret = unseal(keys, row.sealed_under, row.device_id, use, bytes(row.sealed))
    except BrokenSealError as error:
        broken.append(str(error))
        return False
    row.sealed = seal(keys, row.device_id, use, secret)
    row.sealed_under = keys.current.name
    return True
