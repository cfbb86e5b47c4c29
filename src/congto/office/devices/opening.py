"""Secrets opened for use: in one transaction with the record of who used them what for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from congto.office.devices.choices import CertificateUse, SecretPhase, SecretUse
from congto.office.devices.counters import reserve_in_transaction
from congto.office.devices.models import Device, DeviceCertificate, DeviceSecret, SecretUseRecord
from congto.office.devices.onboarding_rows import Authority
from congto.office.devices.sealing import BrokenSealError, keyring, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.devices.sealing import Keyring, SecretBytes

COUNTED = (SecretUse.UNICAST,)
"""Uses whose keys our own messages are sealed with, so that they spend our counters."""
RESERVED_AT_ONCE = 64
"""A session uses a few dozen; what is left of them is wasted, and 2^32 last 60 million sessions."""
IN_USE = (SecretPhase.CURRENT, SecretPhase.PENDING)


class OpenCertificate(NamedTuple):
    """A certificate in use in DER, and the authority that vouches; None: it was withdrawn."""

    der: bytes
    authority: Authority | None


@dataclass(frozen=True, slots=True)
class OpenSecret:
    """A secret, opened.

    Attributes:
        id: of its row.
        value: itself; never shown.
        first, reserved: our counters reserved for this opening: first, and how many.
        proved: the meter's highest counter under it; -1: none yet.
    """

    id: int
    value: SecretBytes
    first: int
    reserved: int
    proved: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A device, and its secrets as they were opened.

    Attributes:
        device: number. profile: name of its model.
        host, port, logical_device: where it answers (its concentrator's where it has none).
        system_title: 8 bytes; None where it is not known.
        current, pending: secret by use.
        former: secrets by use, the newest first; only where they were asked for.
        at: when they were opened.
        certificates: in use, by use.
        broken: what is wrong where a row does not open; the device has no secrets then.
    """

    device: int
    profile: str
    host: str
    port: int | None
    logical_device: int
    system_title: bytes | None
    at: datetime
    current: Mapping[SecretUse, OpenSecret] = field(default_factory=dict)
    pending: Mapping[SecretUse, OpenSecret] = field(default_factory=dict)
    former: Mapping[SecretUse, tuple[OpenSecret, ...]] = field(default_factory=dict)
    broken: BrokenSealError | None = None
    certificates: Mapping[CertificateUse, OpenCertificate] = field(default_factory=dict)


def open_access(  # noqa: PLR0913  (who, what for and when)
    devices: Iterable[int],
    *,
    purpose: str,
    subject: str,
    user: User | None,
    at: datetime,
    former: bool = False,
    counters: int = RESERVED_AT_ONCE,
) -> dict[int, Opened]:
    """Open the secrets of devices, write down that it was done, reserve counters for them.

    Everything is one transaction of its own, durable when this returns, and few statements for
    any number of devices. A retired or unknown device is left out.

    Args:
        devices: their numbers.
        purpose: reading, command, key change, push ...
        subject: the session, command or file they are opened for.
        user: who asked; None: a plan.
        at: now.
        former: former secrets too, to get a meter back whose change went wrong.
        counters: how many of our counters to reserve under each key that our messages use.

    Raises:
        RefusedError: a master key is not here: nothing is opened.
    """
    keys = keyring()
    with transaction.atomic(durable=True):
        found = list(
            Device.objects.filter(pk__in=set(devices))
            .exclude(state="retired")
            .select_related("concentrator")
        )
        rows = _secret_rows([one.pk for one in found], former=former)
        counted = [row.pk for row in rows if row.use in COUNTED and row.phase in IN_USE]
        first = reserve_in_transaction(counted, counters) if counters and counted else {}
        of_device: dict[int, list[DeviceSecret]] = defaultdict(list)
        for row in rows:
            of_device[row.device_id].append(row)
        SecretUseRecord.objects.bulk_create(
            SecretUseRecord(
                at=at,
                device_id=device,
                uses=sorted({row.use for row in held}),
                purpose=purpose,
                subject=subject,
                user=user,
            )
            for device, held in of_device.items()
        )
        reserved = counters if first else 0
        papers = _certificates([one.pk for one in found])
        return {
            one.pk: replace(
                _opened(one, of_device[one.pk], keys, at, first, reserved),
                certificates=papers.get(one.pk, {}),
            )
            for one in found
        }


def _secret_rows(devices: list[int], *, former: bool) -> list[DeviceSecret]:
    rows = DeviceSecret.objects.filter(device__in=devices).order_by("-changed_at", "-id")
    return list(rows if former else rows.filter(phase__in=IN_USE))


def _certificates(devices: list[int]) -> dict[int, dict[CertificateUse, OpenCertificate]]:
    found: dict[int, dict[CertificateUse, OpenCertificate]] = defaultdict(dict)
    rows = DeviceCertificate.objects.filter(device__in=devices, replaced_at=None)
    for row in rows.select_related("authority"):
        by = row.authority
        trusted = None if by.withdrawn_at else Authority(by.pk, bytes(by.der))
        found[row.device_id][CertificateUse(row.use)] = OpenCertificate(bytes(row.der), trusted)
    return found


def _opened(  # noqa: PLR0913, PLR0917  (a device, its rows and what opens them)
    device: Device,
    rows: list[DeviceSecret],
    keys: Keyring,
    at: datetime,
    first: Mapping[int, int],
    reserved: int,
) -> Opened:
    phases: dict[str, dict[SecretUse, list[OpenSecret]]] = defaultdict(lambda: defaultdict(list))
    broken = None
    try:
        for row in rows:
            use = SecretUse(row.use)
            value = unseal(keys, row.sealed_under, device.pk, use, bytes(row.sealed))
            numbers = (first[row.pk], reserved) if row.pk in first else (row.upcoming, 0)
            phases[row.phase][use].append(OpenSecret(row.pk, value, *numbers, row.proved))
    except BrokenSealError as error:
        phases.clear()
        broken = error
    host, port = device.host, device.port
    if not host and device.concentrator is not None:
        host, port = device.concentrator.host, device.concentrator.port
    return Opened(
        device.pk,
        device.profile,
        host,
        port,
        device.logical_device,
        bytes.fromhex(device.system_title) if device.system_title else None,
        at,
        {use: one for use, (one, *_) in phases[SecretPhase.CURRENT].items()},
        {use: one for use, (one, *_) in phases[SecretPhase.PENDING].items()},
        {use: tuple(some) for use, some in phases[SecretPhase.FORMER].items()},
        broken,
    )


def device_of_title(title: bytes) -> int | None:
    """Return the device of a system title; None where it is unknown or retired."""
    rows = Device.objects.filter(system_title=title.hex()).exclude(state="retired")
    return rows.values_list("pk", flat=True).first()
