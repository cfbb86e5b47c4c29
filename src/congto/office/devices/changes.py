"""Keys and passwords changed in two phases: the old one is kept until the new one is proved.

A meter may take a new key and its answer be lost. So the new secret is in the books before it is
sent, beside the old one; whichever the meter turns out to have is then proved, and the other stays
as a former one until it is forgotten. New keys start new counters.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from congto.office.control.audit import record
from congto.office.devices.choices import SecretPhase, SecretUse
from congto.office.devices.models import Device, DeviceSecret, SecretUseRecord
from congto.office.devices.sealing import BrokenSealError, keyring, seal, unseal
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.devices.sealing import SecretBytes

FORMER_KEPT = timedelta(days=90)
"""A meter that comes back from the warehouse or from a failed change may still have it."""


def begin_change(
    device: int,
    secrets: Mapping[SecretUse, SecretBytes],
    *,
    user: User | None,
    at: datetime,
    reason: str = "",
) -> dict[SecretUse, int]:
    """Keep new secrets as pending ones, before the first is sent; return their rows' numbers.

    Raises:
        RefusedError: no such device; a change of a use is under way: the meter may have taken
            that secret already, so it is never overwritten; or the device had such a secret before:
            its counters would begin anew, and one number under one key twice reveals the key.
    """
    keys = keyring()
    with transaction.atomic():
        row = _locked(device)
        held = DeviceSecret.objects.filter(
            device=row, use__in=list(secrets), phase=SecretPhase.PENDING
        )
        under_way = held.values_list("use", flat=True).first()
        if under_way is not None:
            raise RefusedError(
                f"a change of {under_way} of device {device} is under way",
                expected="one change at a time",
                action="Go on with it or give it up",
            )
        _refuse_used(row, secrets, user=user, at=at)
        made = DeviceSecret.objects.bulk_create(
            DeviceSecret(
                device=row,
                use=use,
                phase=SecretPhase.PENDING,
                sealed=seal(keys, device, use, secret),
                sealed_under=keys.current.name,
                made_at=at,
                changed_at=at,
            )
            for use, secret in secrets.items()
        )
        _audit(row, "keys.begin", secrets, user=user, at=at, reason=reason)
    return {SecretUse(one.use): one.pk for one in made}


def prove_change(
    device: int, uses: Collection[SecretUse], *, user: User | None, at: datetime
) -> None:
    """The meter answered with the pending secrets: they become current, the old ones former.

    Again after a crash: uses that are not pending any more are left as they are.

    Raises:
        RefusedError: no such device.
    """
    with transaction.atomic():
        row = _locked(device)
        pending = DeviceSecret.objects.filter(
            device=row, use__in=list(uses), phase=SecretPhase.PENDING
        )
        proved = list(pending.values_list("use", flat=True))
        if not proved:
            return
        current = DeviceSecret.objects.filter(device=row, use__in=proved, phase=SecretPhase.CURRENT)
        current.update(phase=SecretPhase.FORMER, changed_at=at)
        pending.update(phase=SecretPhase.CURRENT, changed_at=at)
        _audit(row, "keys.prove", proved, user=user, at=at)


def abandon_change(
    device: int, uses: Collection[SecretUse], *, user: User | None, at: datetime, reason: str = ""
) -> None:
    """The meter answered with the old secrets: the pending ones are given up, kept as former.

    Kept, not deleted: should the meter have taken one after all, it can still be got back.

    Raises:
        RefusedError: no such device.
    """
    with transaction.atomic():
        row = _locked(device)
        pending = DeviceSecret.objects.filter(
            device=row, use__in=list(uses), phase=SecretPhase.PENDING
        )
        given_up = list(pending.values_list("use", flat=True))
        if not given_up:
            return
        pending.update(phase=SecretPhase.FORMER, changed_at=at)
        _audit(row, "keys.abandon", given_up, user=user, at=at, reason=reason)


def forget_former(*, at: datetime, kept: timedelta = FORMER_KEPT) -> int:
    """Delete former secrets that have been so for long; return how many."""
    with transaction.atomic():
        old = DeviceSecret.objects.filter(phase=SecretPhase.FORMER, changed_at__lt=at - kept)
        count, _ = old.delete()
        if count:
            after = {"forgotten": count, "days": kept.days}
            record(None, "keys.forget", "device", "", unit=None, after=after, at=at)
    return count


def _refuse_used(
    device: Device, secrets: Mapping[SecretUse, SecretBytes], *, user: User | None, at: datetime
) -> None:
    """Refuse a secret that the device has or had; it is looked up among all, and that recorded."""
    keys = keyring()
    rows = DeviceSecret.objects.filter(device=device, use__in=list(secrets))
    uses = sorted({row.use for row in rows})
    if uses:
        SecretUseRecord.objects.create(
            at=at, device=device, uses=uses, purpose="key change", user=user
        )
    for row in rows:
        use = SecretUse(row.use)
        try:
            held = unseal(keys, row.sealed_under, device.pk, use, bytes(row.sealed))
        except BrokenSealError:  # nobody can tell what it was; the change mends it
            continue
        if held == secrets[use]:
            raise RefusedError(
                f"device {device.pk} has or had this {use.value} before",
                expected="a new secret, drawn at random",
                action="Draw another one",
            )


def _locked(device: int) -> Device:
    rows = Device.objects.select_for_update(of=("self",)).select_related("meter", "unit")
    found = rows.filter(pk=device).first()
    if found is None:
        raise RefusedError(f"device {device} is not in the books", expected="a device of them")
    return found


def _audit(  # noqa: PLR0913  (who, what, why and when)
    device: Device,
    name: str,
    uses: Collection[str],
    *,
    user: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Say which uses were changed; never a value."""
    record(
        user,
        name,
        "device",
        device.meter.serial,
        unit=device.unit,
        after={"uses": sorted(map(str, uses))},
        reason=reason,
        at=at,
    )
