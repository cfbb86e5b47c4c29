"""What the books hold of the meters, concentrators and addresses that rows name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from congto.office.devices.models import Concentrator, Device
from congto.office.meters.models import Meter, MeterInstallation
from congto.office.organisation.models import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from congto.office.devices.onboarding_rows import DeviceRow


class Place(NamedTuple):
    """An address as a session dials it."""

    host: str
    port: int
    logical_device: int


@dataclass(frozen=True, slots=True)
class Held:
    """The books as far as the rows ask for them.

    Attributes:
        meters: serial -> number. hung: number of a meter -> unit of the point where it hangs.
        devices: serial -> device. concentrators, units: by code.
        titles: system title -> serial. places: address -> serial.
    """

    meters: Mapping[str, int]
    hung: Mapping[int, Unit]
    devices: Mapping[str, Device]
    concentrators: Mapping[str, Concentrator]
    units: Mapping[str, Unit]
    titles: Mapping[str, str]
    places: Mapping[Place, str]


def held_for(rows: Sequence[DeviceRow], on: date) -> Held:
    """Read what the rows ask for, in a handful of statements whatever their number.

    Args:
        rows: of the file.
        on: the day on which meters have to hang somewhere.
    """
    serials = sorted({row.serial for row in rows})
    meters = dict(Meter.objects.filter(serial__in=serials).values_list("serial", "pk"))
    alive = Q(valid_to=None) | Q(valid_to__gt=on)
    hanging = MeterInstallation.objects.filter(
        alive, meter__in=list(meters.values()), valid_from__lte=on
    ).select_related("usage_point__unit")
    titles = sorted({row.system_title.lower() for row in rows if row.system_title})
    hosts = sorted({row.host for row in rows if row.host})
    devices = list(
        Device.objects.filter(
            Q(meter__serial__in=serials) | Q(system_title__in=titles) | Q(host__in=hosts)
        ).select_related("meter", "unit", "concentrator")
    )
    codes = {row.concentrator for row in rows if row.concentrator}
    return Held(
        meters=meters,
        hung={one.meter_id: one.usage_point.unit for one in hanging},
        devices={one.meter.serial: one for one in devices},
        concentrators={one.code: one for one in Concentrator.objects.filter(code__in=codes)},
        units={
            one.code: one
            for one in Unit.objects.filter(code__in={row.unit for row in rows if row.unit})
        },
        titles={one.system_title: one.meter.serial for one in devices if one.system_title},
        places={
            Place(one.host, one.port, one.logical_device): one.meter.serial
            for one in devices
            if one.host and one.port is not None
        },
    )
