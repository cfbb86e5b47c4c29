"""A device of the books is read with its keys, and its counters are kept."""

import asyncio
from datetime import UTC, datetime

import world_devices as world
import world_meters
from congto.headend.profiles.readout import read_meter
from congto.headend.transports.visit import open_session
from congto.interfaces.meters.access import BookCounter, proved_in, reach
from congto.interfaces.meters.push_keys import PushKeys
from congto.office.devices.models import Device, DeviceSecret, SecretUseRecord
from congto.office.devices.operations import keep_proved, reserve_counters
from world_devices import AT, simulated_meters


def reached(*devices: Device):
    return reach([one.pk for one in devices], purpose="reading", subject="đợt 1", user=None, at=AT)


async def _read(one):
    async with await open_session(one.place, one.profile, one.access) as session:
        read = await session.run(read_meter(session.client, one.profile, None))
        return read, proved_in(one, session.client)


def test_a_device_is_read_and_its_counters_stay_in_the_books(books: str) -> None:
    world_meters.build()
    with simulated_meters() as port:
        device = world.device(2, port=port)
        one = reached(device).reached[device.pk]
        read, proved = asyncio.run(_read(one))
        assert len(read.readings) == 6
        keep_proved(proved)
        secret = DeviceSecret.objects.get(device=device, use="unicast")
        assert secret.upcoming == 65
        assert secret.proved > 0
        again, _ = asyncio.run(_read(reached(device).reached[device.pk]))
        assert len(again.readings) == 6
    assert SecretUseRecord.objects.count() == 2


def test_a_counter_behind_the_meters_is_raised_in_the_books(books: str) -> None:
    world_meters.build()
    with simulated_meters() as port:
        device = world.device(2, port=port)
        used = reached(device).reached[device.pk]
        used.access.counter.raise_to(5_000)
        asyncio.run(_read(used))
        # A restored backup: the books know nothing of the five thousand.
        secrets = DeviceSecret.objects.filter(device=device)
        secrets.delete()
        for use, raw in world.simulated(2).items():
            world.keep(device, use, raw)
        asyncio.run(_read(reached(device).reached[device.pk]))
        assert secrets.get(use="unicast").upcoming > 5_000


def test_a_session_that_uses_more_numbers_takes_them_from_the_books(books: str) -> None:
    world_meters.build()
    device = world.device(1)
    counter = reached(device).reached[device.pk].access.counter
    assert isinstance(counter, BookCounter)

    async def spend() -> list[int]:
        return [counter.reserve(16) for _ in range(6)]

    assert asyncio.run(spend()) == [1, 17, 33, 49, 65, 81]
    reserve_counters([counter.secret], 5)  # another session
    assert counter.reserve(16) == 102


def test_what_cannot_be_reached_says_why_and_the_others_are(books: str) -> None:
    world_meters.build()
    good, moved, strange = (world.device(number) for number in (1, 2, 3))
    Device.objects.filter(pk=strange.pk).update(profile="no-such-make")
    DeviceSecret.objects.filter(device=moved, use="unicast").update(sealed=b"x" * 44)
    found = reach(
        [good.pk, moved.pk, strange.pk, 999], purpose="reading", subject="", user=None, at=AT
    )
    assert set(found.reached) == {good.pk}
    assert "no-such-make" in found.refused[strange.pk].sentence()
    assert "does not open" in found.refused[moved.pk].sentence()
    assert "not in the books" in found.refused[999].sentence()


def test_keys_of_pushes_are_opened_once_an_hour_and_known_by_title(books: str) -> None:
    world_meters.build()
    device = world.device(3)
    now = [AT]
    keys = PushKeys(lambda: now[0], "cổng 4060")
    title = bytes.fromhex(device.system_title)
    found = keys(title)
    assert found is not None
    assert found.unicast.raw == world.simulated(3)[world.SecretUse.UNICAST]
    assert keys(title) is found
    assert keys.opens(title)[0].keys is found
    assert keys(b"NOBODY00") is None
    assert SecretUseRecord.objects.get().purpose == "push"
    now[0] = datetime(2026, 11, 5, 5, 0, tzinfo=UTC)
    assert keys(title) is not found
    assert SecretUseRecord.objects.count() == 2
