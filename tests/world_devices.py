"""Devices of the small utility's meters, with the secrets of simulated meters."""

from datetime import UTC, datetime

from congto.headend.simulator.secrets import secrets_of, system_title
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
