"""Devices, sessions, campaigns and orders made by hand, for the pages of the head end."""

from datetime import UTC, datetime, timedelta

from congto.office.campaigns.models import Campaign, Plan, Session, Task
from congto.office.commands.models import Command, CommandOrder
from congto.office.devices.models import AccessLimit, Concentrator, Device, DeviceSecret
from congto.office.meters.models import Meter

SECRET = bytes.fromhex("5ec2e70000112233445566778899aabb")
"""What stands in the place of a sealed secret: no page may show it in any form."""


def now():
    """Read the clock, as the pages do that count what happened today."""
    return datetime.now(UTC)  # noqa: TID251  (the pages read it too)


def device(world, serial="SIM0000000001", **given):
    """Add the device of a meter of the small world, called directly."""
    at = given.pop("added_at", now() - timedelta(days=40))
    values = {"unit": world.district, "profile": "congto-simulator", "host": "10.1.2.3", **given}
    return Device.objects.create(
        meter=Meter.objects.get(serial=serial), added_at=at, **{"port": 4059, **values}
    )


def concentrator(world, code="DCU01", **given):
    return Concentrator.objects.create(code=code, unit=world.district, **given)


def secret(device, use="unicast", *, upcoming=1, phase="current"):
    at = now()
    return DeviceSecret.objects.create(
        device=device,
        use=use,
        phase=phase,
        sealed=SECRET,
        sealed_under="house",
        made_at=at,
        changed_at=at,
        upcoming=upcoming,
    )


def session(device, *, outcome="good", fault="", sentence="", at=None, **given):
    at = at or now()
    return Session.objects.create(
        device=device,
        worker="w1",
        began_at=at,
        ended_at=at + timedelta(seconds=2),
        outcome=outcome,
        fault=fault,
        sentence=sentence,
        **given,
    )


def plan(world, code="LP-DAY", **given):
    values = {"name": "Đọc biểu đồ hằng ngày", "kinds": ["half_hours"], "unit": world.district}
    return Plan.objects.create(
        code=code, begins=[240, 720], window_minutes=180, **{**values, **given}
    )


def campaign(world, plan=None, **given):
    at = now()
    values = {"name": "Đọc biểu đồ 04:00", "unit": world.district, **given}
    return Campaign.objects.create(
        plan=plan, opens_at=at, closes_at=at + timedelta(hours=3), **values
    )


def task(device, campaign=None, *, state="waiting", kind="half_hours", fault="", **given):
    at = now()
    return Task.objects.create(
        device=device,
        campaign=campaign,
        kind=kind,
        state=state,
        fault=fault,
        priority=30,
        created_at=at,
        due_at=at,
        expires_at=at + timedelta(hours=3),
        **given,
    )


def limit(kind="all", code="", **given):
    values = {"sessions_max": 1000, "starts_per_minute": 1800, "burst": 30, **given}
    return AccessLimit.objects.create(kind=kind, code=code, refilled_at=now(), **values)


def order(world, maker, devices, *, kind="disconnect", state="proposed", **given):
    at = now()
    made = CommandOrder.objects.create(
        kind=kind,
        unit=world.district,
        reason="Quá hạn thanh toán 2 kỳ",
        maker=maker,
        made_at=at,
        not_before=at,
        not_after=at + timedelta(days=1),
        **given,
    )
    for one in devices:
        Command.objects.create(order=made, device=one, kind=kind, state=state, changed_at=at)
    return made
