"""Reads of devices: each takes the scope. Of secrets what may be known, never their values."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from congto.office.devices.models import (
    AccessLimit,
    CertificateAuthority,
    Concentrator,
    Device,
    DeviceCertificate,
    DeviceSecret,
    SecretUseRecord,
)
from congto.office.devices.rotation import sealed_under
from congto.office.meters.models import MeterInstallation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope

__all__ = [
    "COUNTER_ALARM",
    "Hung",
    "access_limits",
    "authorities",
    "certificates_near_the_end",
    "certificates_of",
    "concentrators",
    "counters_near_the_end",
    "device_of",
    "devices",
    "meters_without_device",
    "phases_of",
    "sealed_under",
    "secrets_of",
    "sender_of_name",
    "sender_of_title",
    "uses_of_secrets",
]

CERTIFICATE_ALARM = timedelta(days=90)
"""A certificate that ends sooner has to be replaced: makers and authorities take weeks."""
COUNTER_ALARM = 2_000_000_000
"""From here on a key should be changed, which starts its counters anew; they end at 2^32."""


def devices(scope: Scope) -> QuerySet[Device]:
    """Return the devices of a scope, with meter, unit and concentrator."""
    rows = Device.objects.select_related("meter", "unit", "concentrator")
    return scope.filter(rows).order_by("pk")


def device_of(serial: str, scope: Scope) -> Device | None:
    """Return the device of a meter's serial; None where the scope has none."""
    return devices(scope).filter(meter__serial=serial).first()


def sender_of_title(title: bytes) -> tuple[str, str] | None:
    """Return serial and profile of the active device of a system title; None: there is none."""
    return _sender(Q(system_title=title.hex()))


def sender_of_name(serial: str) -> tuple[str, str] | None:
    """Return serial and profile of the active device of a meter's serial; None: there is none."""
    return _sender(Q(meter__serial=serial))


def _sender(named: Q) -> tuple[str, str] | None:
    rows = Device.objects.filter(named).exclude(state="retired")
    return rows.values_list("meter__serial", "profile").first()


class Hung(NamedTuple):
    """A meter and where it hangs: serial, code and name of the element, code of the unit."""

    serial: str
    element: str
    element_name: str
    unit: str


def meters_without_device(scope: Scope, on: date) -> list[Hung]:
    """Return customers' meters that can be read from afar, hang on a day and have no device yet.

    In the order of elements and points.
    """
    alive = Q(valid_to=None) | Q(valid_to__gt=on)
    rows = MeterInstallation.objects.filter(
        alive,
        valid_from__lte=on,
        meter__remote=True,
        meter__device=None,
        usage_point__kind="customer",
    ).order_by("usage_point__element__code", "usage_point__code")
    told = scope.filter(rows, "usage_point__unit").values_list(
        "meter__serial",
        "usage_point__element__code",
        "usage_point__element__name",
        "usage_point__unit__code",
    )
    return [Hung(*one) for one in told]


def concentrators(scope: Scope) -> QuerySet[Concentrator]:
    """Return the concentrators of a scope, with their units."""
    return scope.filter(Concentrator.objects.select_related("unit")).order_by("code")


def access_limits() -> QuerySet[AccessLimit]:
    """Return the access limits: of all first, then of cells and concentrators."""
    return AccessLimit.objects.order_by("kind", "code")


def secrets_of(device: Device) -> QuerySet[DeviceSecret]:
    """Return what may be known of a device's secrets: use, phase, age, counters.

    The sealed value is not read; the caller has found the device inside the scope.
    """
    return DeviceSecret.objects.filter(device=device).defer("sealed")


def phases_of(numbers: Iterable[int]) -> dict[int, str]:
    """Return the phase of each secret of these numbers; one that was forgotten is left out."""
    rows = DeviceSecret.objects.filter(pk__in=list(numbers))
    return dict(rows.values_list("pk", "phase"))


def counters_near_the_end(scope: Scope) -> QuerySet[DeviceSecret]:
    """Return the keys in use whose counters are so high that a new key is due, highest first."""
    near = Q(upcoming__gte=COUNTER_ALARM) | Q(proved__gte=COUNTER_ALARM)
    rows = DeviceSecret.objects.filter(near, phase="current").defer("sealed")
    return scope.filter(rows.select_related("device__meter"), "device__unit").order_by("-upcoming")


def authorities() -> QuerySet[CertificateAuthority]:
    """Return the authorities, those withdrawn too."""
    return CertificateAuthority.objects.defer("der").order_by("pk")


def certificates_of(device: Device) -> QuerySet[DeviceCertificate]:
    """Return the certificates in use of a device; the caller has found it inside the scope."""
    rows = DeviceCertificate.objects.filter(device=device, replaced_at=None)
    return rows.select_related("authority").order_by("use")


def certificates_near_the_end(scope: Scope, at: datetime) -> QuerySet[DeviceCertificate]:
    """Return the certificates in use that end within 90 days or have ended, the first to end first.

    So do those whose authority ends then.
    """
    until = at + CERTIFICATE_ALARM
    rows = DeviceCertificate.objects.filter(replaced_at=None).exclude(device__state="retired")
    near = rows.filter(Q(valid_to__lt=until) | Q(authority__valid_to__lt=until))
    return scope.filter(near.select_related("device__meter"), "device__unit").order_by("valid_to")


def uses_of_secrets(scope: Scope) -> QuerySet[SecretUseRecord]:
    """Return who opened secrets of the scope's devices and what for, newest first."""
    rows = SecretUseRecord.objects.select_related("device__meter", "user")
    return scope.filter(rows, "device__unit").order_by("-id")
