"""The demo's devices answer to the simulator as the meters of the books."""

from pathlib import Path

import pytest

import world_meters
from congto.interfaces.cli import demo_devices
from congto.interfaces.meters.checking import try_devices
from congto.office.devices.choices import LimitKind
from congto.office.devices.models import AccessLimit, Concentrator, Device
from world_devices import AT, simulated_meters


def test_device_n_is_simulated_meter_n_under_the_serial_of_the_books(
    books: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world_meters.build()
    world_meters.add_customers("4", "5", "6", "7")
    remote = [world_meters.Point(f"P{n}R", f"M{n}R", f"A{n}", remote=True) for n in range(1, 8)]
    world_meters.add_points(*remote)
    monkeypatch.setattr(demo_devices, "DIRECT", 4)
    monkeypatch.setattr(demo_devices, "BEHIND", 3)
    with simulated_meters(7, serials=tuple(f"M{n}R" for n in (4, 5, 6, 7, 1, 2, 3))) as port:
        monkeypatch.setattr(demo_devices, "PORT", port)
        assert demo_devices.add_simulated_devices(tmp_path, at=AT) == 7
        assert demo_devices.add_simulated_devices(tmp_path, at=AT) == 0
        serials = (tmp_path / demo_devices.SERIALS).read_text("utf-8").split()
        assert serials == [f"M{n}R" for n in (4, 5, 6, 7, 1, 2, 3)]
        held = dict(Device.objects.values_list("pk", "meter__serial"))
        tried = try_devices(held, user=None, now=lambda: AT)
    assert {one.fault for one in tried.values()} == {""}
    (concentrator,) = Concentrator.objects.all()
    assert concentrator.devices.count() == 3
    assert AccessLimit.objects.filter(kind=LimitKind.CELL).count() == demo_devices.CELLS
