"""Devices of the small utility's meters, with the secrets of simulated meters."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from congto.headend.simulator.calendars import age_of
from congto.headend.simulator.fleet import Fleet, Plan
from congto.headend.simulator.secrets import secrets_of, system_title
from congto.headend.simulator.server import Line, Server
from congto.office.devices.choices import SecretPhase, SecretUse
from congto.office.devices.models import Device, DeviceSecret
from congto.office.devices.sealing import SecretBytes, keyring, seal
from congto.office.meters.models import Meter
from congto.office.organisation.models import Unit

AT = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
SEED = 7


def simulated(number: int) -> dict[SecretUse, bytes]:
    """Return the secrets of a simulated meter by use."""
    made = secrets_of(SEED, number)
    return {
        SecretUse.UNICAST: made.unicast,
        SecretUse.AUTHENTICATION: made.authentication,
        SecretUse.MASTER: made.master,
        SecretUse.PASSWORD: made.password,
    }


def device(number: int, *, port: int = 4059, **others: object) -> Device:
    """Add the device of meter M<number>, which is simulated meter <number>."""
    made = Device.objects.create(
        meter=Meter.objects.get(serial=f"M{number}"),
        unit=Unit.objects.get(code="D"),
        profile="congto-simulator",
        host=f"127.0.0.{number}",
        port=port,
        system_title=system_title(SEED, number).hex(),
        added_at=AT,
        **others,
    )
    for use, raw in simulated(number).items():
        keep(made, use, raw)
    return made


def keep(
    of: Device, use: SecretUse, raw: bytes, phase: SecretPhase = SecretPhase.CURRENT
) -> DeviceSecret:
    """Seal a secret of a device."""
    keys = keyring()
    return DeviceSecret.objects.create(
        device=of,
        use=use,
        phase=phase,
        sealed=seal(keys, of.pk, use, SecretBytes(raw)),
        sealed_under=keys.current.name,
        made_at=AT,
        changed_at=AT,
    )


@contextmanager
def simulated_meters(
    count: int = 5, *, serials: tuple[str, ...] = (), line: type[Line] | None = None
) -> Iterator[int]:
    """Serve simulated meters from a thread of its own; give the port."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    age = age_of(datetime(2026, 11, 5, 3, 0, tzinfo=UTC))
    server = Server(Fleet(Plan(count, SEED, serials=serials), lambda: age), line=line)
    port: list[int] = []

    async def serve() -> None:
        port.append(await server.start("0.0.0.0", 0))  # noqa: S104  (all of 127/8)
        ready.set()
        await stop.wait()
        await server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
