"""The meters of an order: which may take the command, which may not and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.models import Command
from congto.office.commands.protection import points_of, protections, why_protected
from congto.office.commands.rules import CUTTING
from congto.office.devices.choices import DeviceState, Path
from congto.office.devices.models import Device
from congto.office.meters.models import MeterInstallation
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from congto.office.control.queries import Scope
    from congto.office.meters.models import UsagePoint

    Able = Callable[[str], frozenset[str]]
    """Name of a profile -> the kinds of command that its meters can take."""

WAITING = (CommandState.PROPOSED, CommandState.QUEUED, CommandState.SENDING)
NAMED_MAX = 10


class Refusal(NamedTuple):
    """A meter that does not take the command: its name as the order gave it, and why not."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """Devices by the names an order gave them: serials of meters, codes of usage points."""

    devices: dict[str, Device]
    unknown: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """The devices that may take a command, and the meters that may not."""

    taken: tuple[Device, ...]
    refused: tuple[Refusal, ...]

    @property
    def by_unit(self) -> Counter[str]:
        """Return how many are taken in each unit, by its path."""
        return Counter(device.unit.path for device in self.taken)


class RefusedMetersError(RefusedError):
    """Meters of an order cannot take the command; `refused` says which and why."""

    def __init__(self, refused: Sequence[Refusal], action: str = "") -> None:
        self.refused = tuple(refused)
        told = "; ".join(f"{one.name}: {one.why}" for one in self.refused[:NAMED_MAX])
        more = len(self.refused) - NAMED_MAX
        if more > 0:
            told += "; " + _("và %(count)d công tơ nữa") % {"count": more}
        count = {"count": len(self.refused), "told": told}
        super().__init__(_("%(count)d công tơ không nhận lệnh: %(told)s") % count, action=action)


def find(names: Iterable[str], scope: Scope, on: date) -> Named:
    """Return the devices that names mean: a meter's serial, or the code of where one hangs.

    Args:
        names: as people and other systems write them.
        scope: what lies outside is not known.
        on: the day of which the installations count.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    rows = MeterInstallation.objects.filter(usage_point__code__in=wanted, valid_from__lte=on)
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=on))
    meter_at = dict(rows.values_list("usage_point__code", "meter__serial"))
    serials = {meter_at.get(name, name) for name in wanted}
    devices = Device.objects.filter(meter__serial__in=serials).select_related("unit", "meter")
    by_serial = {device.meter.serial: device for device in scope.filter(devices)}
    found = {name: by_serial.get(meter_at.get(name, name)) for name in wanted}
    return Named(
        {name: device for name, device in found.items() if device is not None},
        tuple(Refusal(name, why_unknown()) for name, device in found.items() if device is None),
    )


def why_unknown() -> str:
    """Say that there is no such device, or none that the person may command."""
    return _("không có thiết bị đo xa này trong phạm vi được giao")


def judge(
    kind: CommandKind, ids: Sequence[int], days: Sequence[date], scope: Scope, able: Able
) -> Judged:
    """Tell which devices may take a command in the days of its window; the order is that of `ids`.

    The kind's lock is held, so that no other order of this kind comes between.
    """
    found = scope.filter(Device.objects.filter(pk__in=ids).select_related("unit", "meter"))
    devices = {device.pk: device for device in found}
    points = points_of((device.meter_id for device in devices.values()), days[0])
    why = _why_not(kind, devices.values(), points, days, able)
    refused = [Refusal(f"#{one}", why_unknown()) for one in ids if one not in devices]
    refused += [
        Refusal(devices[one].meter.serial, why[one]) for one in ids if one in devices and one in why
    ]
    return Judged(
        tuple(devices[one] for one in ids if one in devices and one not in why), tuple(refused)
    )


def _why_not(
    kind: CommandKind,
    devices: Iterable[Device],
    points: dict[int, UsagePoint],
    days: Sequence[date],
    able: Able,
) -> dict[int, str]:
    """Return device -> why it may not take the command; those that may are left out."""
    devices = list(devices)
    open_now = Command.objects.filter(device__in=devices, kind=kind, state__in=WAITING)
    waiting = dict(open_now.values_list("device_id", "pk"))
    why = {}
    for device in devices:
        if device.state != DeviceState.ACTIVE:
            why[device.pk] = _("thiết bị %(state)s") % {
                "state": _(str(DeviceState(device.state).label))
            }
        elif device.path == Path.CONCENTRATOR and device.port is None:
            why[device.pk] = _("chỉ đọc qua bộ tập trung, không có đường gửi lệnh")
        elif kind not in able(device.profile):
            why[device.pk] = _("kiểu công tơ %(profile)s không nhận lệnh này") % {
                "profile": device.profile
            }
        elif device.pk in waiting:
            why[device.pk] = _("đã có lệnh số %(number)d cùng loại chưa kết thúc") % {
                "number": waiting[device.pk]
            }
    return why | (why_not_cut(devices, points, days[0], days[-1]) if kind in CUTTING else {})


def why_not_cut(
    devices: Iterable[Device], points: dict[int, UsagePoint], first: date, last: date
) -> dict[int, str]:
    """Return device -> why it may not be cut: its point is protected, or nobody knows the point."""
    held = protections((point.pk for point in points.values()), first, last)
    why = {}
    for device in devices:
        point = points.get(device.meter_id)
        if point is None:
            why[device.pk] = _("công tơ không treo ở điểm đo nào, không biết sẽ cắt điện của ai")
        elif point.pk in held:
            why[device.pk] = why_protected(held[point.pk], point.code)
    return why


def refuse_cutting(kind: str, devices: Sequence[Device], window: tuple[datetime, datetime]) -> None:
    """Refuse where one of the devices may not be cut in the window.

    Raises:
        RefusedMetersError: names them.
    """
    if kind not in CUTTING:
        return
    first, last = (moment.astimezone(LOCAL_ZONE).date() for moment in window)
    points = points_of((device.meter_id for device in devices), first)
    why = why_not_cut(devices, points, first, last)
    if why:
        raise RefusedMetersError(
            [Refusal(one.meter.serial, why[one.pk]) for one in devices if one.pk in why]
        )
