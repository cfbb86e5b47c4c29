"""One device for people: where it hangs, its keys without their values, what was done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery

from congto.office.campaigns.models import Session, Task
from congto.office.commands.models import Command
from congto.office.devices.choices import SecretUse
from congto.office.devices.models import Device, DeviceCertificate, DeviceSecret, SecretUseRecord
from congto.office.devices.queries import COUNTER_ALARM, certificates_of
from congto.office.meterdata.models import MeterEvent
from congto.office.meters.models import MeterInstallation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from congto.office.campaigns.models import Campaign
    from congto.office.control.queries import Scope
    from congto.office.meters.models import UsagePoint

ROWS_SHOWN = 20
COUNTED = (SecretUse.UNICAST, SecretUse.BROADCAST)
"""Uses whose keys seal messages, so that each number may be used once."""


@dataclass(frozen=True, slots=True)
class Key:
    """What may be known of a secret; its value was not read."""

    secret: DeviceSecret

    @property
    def counter(self) -> int | None:
        """Return our next counter; None for a secret that no message is sealed with."""
        return self.secret.upcoming if self.secret.use in COUNTED else None

    @property
    def is_near_the_end(self) -> bool:
        """Tell whether a counter is so high that a new key is due."""
        return max(self.secret.upcoming, self.secret.proved) >= COUNTER_ALARM


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device with the last rows of every book that speaks of it, newest first."""

    device: Device
    point: UsagePoint | None
    keys: list[Key]
    uses: list[SecretUseRecord]
    sessions: list[Session]
    tasks: list[Task]
    commands: list[Command]
    events: list[MeterEvent]
    certificates: list[DeviceCertificate]


def find_device(serial: str, scope: Scope) -> Device | None:
    """Return the device on the meter of this serial number if the scope has it."""
    devices = Device.objects.select_related("meter", "unit", "concentrator")
    return scope.filter(devices.filter(meter__serial=serial)).first()


def devices_at(points: Iterable[UsagePoint]) -> list[Device]:
    """Return the devices whose meters hang at these points now."""
    hanging = MeterInstallation.objects.filter(usage_point__in=list(points), valid_to=None)
    devices = Device.objects.filter(meter__in=hanging.values("meter"))
    return list(devices.select_related("meter", "unit"))


def point_of(device: Device) -> UsagePoint | None:
    """Return the point at which the device's meter hangs now."""
    found = (
        MeterInstallation.objects.filter(meter=device.meter_id, valid_to=None)
        .select_related("usage_point__agreement__customer", "usage_point__element")
        .first()
    )
    return found.usage_point if found else None


def hanging_points(meters: Iterable[int]) -> dict[int, UsagePoint]:
    """Return meter -> the point at which it hangs now, with its customer."""
    hanging = MeterInstallation.objects.filter(meter__in=list(meters), valid_to=None)
    rows = hanging.select_related("usage_point__agreement__customer")
    return {one.meter_id: one.usage_point for one in rows}


def view_device(device: Device) -> DeviceView:
    """Read what the books have of a device; the caller has found it inside the scope."""
    point = point_of(device)
    secrets = DeviceSecret.objects.filter(device=device).defer("sealed")
    uses = SecretUseRecord.objects.filter(device=device).select_related("user")
    tasks = Task.objects.filter(device=device).select_related("campaign")
    events = MeterEvent.objects.filter(usage_point=point).order_by("-began_at") if point else ()
    return DeviceView(
        device,
        point,
        [Key(one) for one in secrets],
        list(uses[:ROWS_SHOWN]),
        list(Session.objects.filter(device=device)[:ROWS_SHOWN]),
        list(tasks[:ROWS_SHOWN]),
        list(Command.objects.filter(device=device).select_related("order__maker")[:ROWS_SHOWN]),
        list(events[:ROWS_SHOWN]),
        list(certificates_of(device)),
    )


def find_session(number: int, scope: Scope) -> Session | None:
    """Return a session of a device of the scope."""
    sessions = Session.objects.select_related(
        "device__meter", "device__unit", "delivery", "register_delivery"
    )
    return scope.filter(sessions.filter(pk=number), "device__unit").first()


def sessions_of(delivery: int) -> int:
    """Count the sessions whose half-hours or registers came with a delivery."""
    came = Q(delivery=delivery) | Q(register_delivery=delivery)
    return Session.objects.filter(came).count()


def device_of_campaign(campaign: Campaign) -> str:
    """Return the serial of the one device that an asked reading is of; empty for a campaign."""
    if campaign.plan_id is not None:
        return ""
    first = Task.objects.filter(campaign=campaign).order_by("pk")
    return first.values_list("device__meter__serial", flat=True).first() or ""


def point_code() -> Subquery:
    """Return, for a list of devices, the code of the point at which each one's meter hangs."""
    hanging = MeterInstallation.objects.filter(meter=OuterRef("meter_id"), valid_to=None)
    return Subquery(hanging.values("usage_point__code")[:1])


def hanging_at(code: str) -> Q:
    """Return the restriction of devices at points whose codes begin so."""
    hanging: QuerySet[MeterInstallation] = MeterInstallation.objects.filter(
        usage_point__code__startswith=code, valid_to=None
    )
    return Q(meter__in=hanging.values("meter"))
