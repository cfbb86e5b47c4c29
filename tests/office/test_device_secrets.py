"""Secrets at rest: sealed to their device, opened with a record, counters given once."""

import pickle
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

import world_devices as world
import world_meters
from congto.office.devices.choices import SecretPhase, SecretUse
from congto.office.devices.models import Device, DeviceSecret, SecretUseRecord
from congto.office.devices.operations import (
    SecretBytes,
    Seen,
    keep_proved,
    open_access,
    raise_counter,
    reserve_counters,
    seen,
)
from congto.vocabulary.errors import RefusedError
from world_devices import AT


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world_meters.build)


@pytest.fixture
def devices(books: str) -> list[Device]:
    return [world.device(number) for number in (1, 2, 3)]


def opened(*devices: Device, **how):
    asked = {"purpose": "reading", "subject": "phiên 1", "user": None, "at": AT}
    return open_access([one.pk for one in devices], **asked | how)


def test_what_was_sealed_is_opened_and_the_use_is_recorded(devices: list[Device]) -> None:
    first = opened(*devices)[devices[0].pk]
    assert {use: one.value.reveal() for use, one in first.current.items()} == world.simulated(1)
    records = SecretUseRecord.objects.order_by("device")
    assert [(one.device_id, one.purpose, one.subject) for one in records] == [
        (one.pk, "reading", "phiên 1") for one in devices
    ]
    assert records[0].uses == ["authentication", "master", "password", "unicast"]


def test_the_books_hold_no_secret_in_clear(devices: list[Device]) -> None:
    for row in DeviceSecret.objects.all():
        number = devices.index(row.device) + 1
        raw = world.simulated(number)[SecretUse(row.use)]
        assert raw not in bytes(row.sealed)
        assert len(bytes(row.sealed)) == 12 + len(raw) + 16


def test_two_seals_of_one_secret_differ(devices: list[Device]) -> None:
    one = world.keep(devices[0], SecretUse.HLS, b"the same secret!")
    two = world.keep(devices[1], SecretUse.HLS, b"the same secret!")
    assert bytes(one.sealed) != bytes(two.sealed)


@pytest.mark.parametrize("moved", ["device", "use", "changed", "cut"])
def test_a_row_moved_to_another_device_or_use_or_changed_does_not_open(
    devices: list[Device], moved: str
) -> None:
    mine = DeviceSecret.objects.get(device=devices[0], use="unicast")
    other = DeviceSecret.objects.get(device=devices[1], use="unicast")
    sealed = bytes(mine.sealed)
    match moved:
        case "device":
            other.sealed = sealed
            other.save()
        case "use":
            DeviceSecret.objects.filter(device=devices[1], use="authentication").update(
                sealed=bytes(other.sealed)
            )
        case "changed":
            other.sealed = bytes(other.sealed)[:-1] + bytes((bytes(other.sealed)[-1] ^ 1,))
            other.save()
        case "cut":
            other.sealed = bytes(other.sealed)[:5]
            other.save()
    found = opened(*devices)
    assert "does not open" in str(found[devices[1].pk].broken)
    assert not found[devices[1].pk].current
    assert found[devices[0].pk].current
    assert not found[devices[0].pk].broken


def test_without_the_master_key_nothing_is_opened_and_nothing_recorded(
    devices: list[Device],
) -> None:
    DeviceSecret.objects.filter(device=devices[0]).update(sealed_under="key:000000000000")
    with pytest.raises(RefusedError, match="key:000000000000, which is not here"):
        opened(*devices)
    assert not SecretUseRecord.objects.exists()


def test_a_secret_does_not_show_itself(devices: list[Device]) -> None:
    found = opened(*devices)
    raw = world.simulated(1)[SecretUse.UNICAST]
    text = f"{found!r} {found[devices[0].pk]}"
    assert raw.hex() not in text
    assert repr(raw) not in text
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(found)


def test_a_retired_device_is_not_opened(devices: list[Device]) -> None:
    Device.objects.filter(pk=devices[0].pk).update(state="retired")
    assert set(opened(*devices)) == {devices[1].pk, devices[2].pk}


def test_numbers_of_a_counter_are_given_once_also_to_threads(devices: list[Device]) -> None:
    secret = DeviceSecret.objects.get(device=devices[0], use="unicast").pk
    given: list[int] = []

    def take() -> None:
        given.extend(reserve_counters([secret], 3)[secret] for _ in range(20))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(given) == list(range(1, 1 + 3 * 80, 3))


def test_an_opening_reserves_what_the_next_one_does_not_get(devices: list[Device]) -> None:
    one = opened(devices[0])[devices[0].pk].current[SecretUse.UNICAST]
    two = opened(devices[0], counters=10)[devices[0].pk].current[SecretUse.UNICAST]
    assert (one.first, one.reserved, two.first, two.reserved) == (1, 64, 65, 10)
    assert DeviceSecret.objects.get(pk=one.id).upcoming == 75


def test_counters_are_not_reserved_inside_a_transaction_that_may_roll_back(
    devices: list[Device],
) -> None:
    secret = DeviceSecret.objects.get(device=devices[0], use="unicast").pk
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        reserve_counters([secret], 1)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        opened(devices[0])


def test_a_counter_is_never_lowered(devices: list[Device]) -> None:
    secret = DeviceSecret.objects.get(device=devices[0], use="unicast")
    raise_counter(secret.pk, 1_000)
    raise_counter(secret.pk, 10)
    assert reserve_counters([secret.pk], 1) == {secret.pk: 1_000}
    with pytest.raises(IntegrityError, match="would be lowered"):
        DeviceSecret.objects.filter(pk=secret.pk).update(upcoming=5)


def test_proved_counters_are_kept_for_a_batch_and_only_rise(devices: list[Device]) -> None:
    one, two, three = DeviceSecret.objects.filter(use="unicast").order_by("device")
    keep_proved({one.pk: 10, two.pk: 20})
    keep_proved({one.pk: 5, two.pk: 21, three.pk: 0})
    rows = DeviceSecret.objects.filter(use="unicast").order_by("device")
    assert list(rows.values_list("proved", flat=True)) == [10, 21, 0]


def test_former_secrets_are_opened_only_where_they_are_asked_for(devices: list[Device]) -> None:
    world.keep(devices[0], SecretUse.UNICAST, b"o" * 16, SecretPhase.FORMER)
    world.keep(devices[0], SecretUse.UNICAST, b"n" * 16, SecretPhase.PENDING)
    plain = opened(devices[0])[devices[0].pk]
    assert not plain.former
    assert plain.pending[SecretUse.UNICAST].value == SecretBytes(b"n" * 16)
    assert plain.pending[SecretUse.UNICAST].reserved == 64
    asked = opened(devices[0], former=True)[devices[0].pk]
    assert [one.value.reveal() for one in asked.former[SecretUse.UNICAST]] == [b"o" * 16]


def test_what_sessions_told_is_kept_in_the_order_of_time(devices: list[Device]) -> None:
    one, two, three = devices
    later, last = AT + timedelta(minutes=1), AT + timedelta(minutes=2)
    seen(
        [
            Seen(one.pk, AT, "no-answer"),
            Seen(one.pk, later, drift_s=-7, firmware="3.1"),
            Seen(one.pk, last, "connection-broken"),
            Seen(two.pk, AT, "no-answer"),
            Seen(two.pk, later, "no-answer"),
        ]
    )
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.failures, one.last_fault, one.last_seen_at) == (1, "connection-broken", later)
    assert (one.clock_drift_s, one.drift_at, one.firmware) == (-7, later, "3.1")
    assert (two.failures, two.last_fault, two.last_seen_at) == (2, "no-answer", None)
    seen([Seen(two.pk, last, "no-answer"), Seen(three.pk, last)])
    two.refresh_from_db()
    assert two.failures == 3
    seen([Seen(two.pk, last + timedelta(minutes=1))])
    two.refresh_from_db()
    assert (two.failures, two.last_fault) == (0, "")
