"""Two districts with meters that can be talked to, and the people who command them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from congto.office.commands import operations
from congto.office.commands.choices import CommandKind
from congto.office.commands.operations import Protection, Wanted
from congto.office.control.choices import Role
from congto.office.devices.models import Device
from congto.office.meters.models import Meter, MeterInstallation, UsagePoint
from congto.office.network.models import NetworkElement
from world_control import World, make_world

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 in Viet Nam
SINCE = date(2024, 1, 1)


def able(profile: str) -> frozenset[str]:
    """Say what models take: one that takes nothing, all others everything."""
    return frozenset() if profile == "deaf" else frozenset(CommandKind.values)


@dataclass
class CommandWorld:
    """Meters M1.. at points P1.., odd numbers in the north, even ones in the south."""

    units: World
    element: NetworkElement
    devices: list[Device] = field(default_factory=list)

    def __post_init__(self):
        self.maker = self.units.person("điều độ", Role.DISPATCHER, self.units.root)
        self.checker = self.units.person("quản lý", Role.MANAGER, self.units.root)
        self.clerk = self.units.person("nhân viên", Role.CLERK, self.units.root)

    def add(self, unit=None, **more):
        number = len(self.devices) + 1
        unit = unit or (self.units.north if number % 2 else self.units.south)
        point = UsagePoint.objects.create(
            code=f"P{number}", kind="network", element=self.element, unit=unit
        )
        meter = Meter.objects.create(serial=f"M{number}", dial_digits=6, decimals=2, remote=True)
        MeterInstallation.objects.create(usage_point=point, meter=meter, valid_from=SINCE)
        given = {"profile": "congto-simulator", "host": "127.0.0.1", "port": 4059, **more}
        device = Device.objects.create(meter=meter, unit=unit, added_at=AT, **given)
        self.devices.append(device)
        return device

    def order(self, kind="disconnect", *devices, user=None, at=AT, key=None, skip=False, **more):
        """Order a command to these devices, or to all."""
        ids = tuple(device.pk for device in devices or self.devices)
        wanted = Wanted(kind, ids, more.pop("reason", "nợ quá hạn"), **more)
        return operations.order(
            wanted, user=user or self.maker, at=at, able=able, key=key, skip_refused=skip
        )

    def protect(self, code, *, at=AT, **more):
        given = {"reason": "bệnh viện", "document": "12/QĐ-UBND", "valid_from": SINCE, **more}
        return operations.protect(Protection(code, **given), user=self.clerk, at=at)


def make_command_world(meters=4) -> CommandWorld:
    units = make_world()
    element = NetworkElement.objects.create(
        code="T", name="Trạm", kind="transformer", unit=units.north, nominal_kv=0.4
    )
    world = CommandWorld(units, element)
    for _ in range(meters):
        world.add()
    return world
