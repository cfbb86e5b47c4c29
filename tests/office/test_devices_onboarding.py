"""Devices taken into the books: good rows enter whole, bad ones say every reason."""

from datetime import date, timedelta

import pytest

import world_devices as world
import world_meters
from congto.headend.simulator.secrets import system_title
from congto.interfaces.files.devices.models import models_for
from congto.interfaces.project.master_key import MemoryKey
from congto.office.control.choices import Role
from congto.office.control.models import AuditEntry, Grant
from congto.office.control.queries import Scope
from congto.office.devices import rotation
from congto.office.devices.choices import DeviceState, Path, SecretPhase, SecretUse
from congto.office.devices.models import Concentrator, Device, DeviceSecret, SecretUseRecord
from congto.office.devices.operations import (
    DeviceRow,
    Outcome,
    SecretBytes,
    abandon_change,
    add_devices,
    begin_change,
    change_device,
    forget_former,
    import_shipment,
    open_access,
    prove_change,
    reseal,
    resume,
    retire,
    set_access_limit,
    suspend,
)
from congto.office.devices.queries import (
    counters_near_the_end,
    device_of,
    devices,
    sealed_under,
    secrets_of,
    uses_of_secrets,
)
from congto.office.devices.sealing import Keyring
from congto.office.meters.models import Meter, MeterInstallation
from congto.office.organisation.models import Unit
from congto.vocabulary.errors import InvalidInputError, RefusedError
from world_devices import AT, SEED

MODELS = models_for(["congto-simulator", "generic", "no-such-make"])


def row(number: int, **others) -> DeviceRow:
    told = {
        "line": number + 1,
        "serial": f"M{number}",
        "profile": "congto-simulator",
        "host": f"127.0.0.{number}",
        "system_title": system_title(SEED, number).hex().upper(),
        "secrets": {use: SecretBytes(raw) for use, raw in world.simulated(number).items()},
    }
    return DeviceRow(**told | others)


def add(*rows: DeviceRow, **how):
    return add_devices(rows, **{"models": MODELS, "user": None, "at": AT, "file": "f.csv"} | how)


def why(done, place: int = 0) -> str:
    return " | ".join(problem.found for problem in done.rows[place].problems)


def current(device: Device) -> dict[SecretUse, bytes]:
    asked = {"purpose": "test", "subject": "", "user": None, "at": AT}
    opened = open_access([device.pk], **asked)[device.pk]
    return {use: one.value.reveal() for use, one in opened.current.items()}


WRONG: list[tuple[dict, str]] = [
    ({"serial": "M77"}, "meter M77 is not in the books"),
    ({"serial": ""}, "meter (empty) is not in the books"),
    ({"unit": "XX"}, "unit XX is not known"),
    ({"profile": "no-such-make"}, "profile no-such-make: meter profile 'no-such-make'"),
    ({"port": 0}, "port 0"),
    ({"port": 70_000}, "port 70000"),
    ({"logical_device": 0}, "logical device 0"),
    ({"host": ""}, "no address, and the device is called directly"),
    ({"host": "10.1.2.3 "}, "host '10.1.2.3 '"),
    ({"system_title": "53494D"}, "system title 53494D"),
    ({"system_title": ""}, "the meter's system title is not given"),
    ({"secrets": {}}, "needs authentication, unicast, and the row has none"),
    ({"path": Path.CONCENTRATOR}, "concentrator (empty) is not in the books"),
    ({"concentrator": "K9", "path": Path.CONCENTRATOR}, "concentrator K9 is not in the books"),
    ({"claims": {"framing": "hdlc"}}, "framing hdlc, and profile congto-simulator has wrapper"),
    ({"claims": {"mechanism": "lls"}}, "mechanism lls, and profile congto-simulator has gmac"),
]


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world_meters.build)


@pytest.fixture(autouse=True)
def _meters(books: str) -> None:
    """Let every test have the books."""


def test_a_device_enters_with_all_its_secrets() -> None:
    done = add(row(1), row(2))
    assert [one.outcome for one in done.rows] == [Outcome.ADDED, Outcome.ADDED]
    device = Device.objects.get(pk=done.rows[0].device)
    assert (device.meter.serial, device.unit.code, device.port) == ("M1", "D", 4059)
    assert device.system_title == system_title(SEED, 1).hex()
    assert current(device) == world.simulated(1)
    entry = AuditEntry.objects.get(operation="devices.add")
    assert (entry.subject, entry.after) == ("f.csv", {"added": 2})
    assert SecretUseRecord.objects.filter(purpose="import", subject="f.csv").count() == 2


def test_the_meter_of_a_device_is_read_from_afar_from_that_day_on() -> None:
    add(row(1), user=None)
    add(row(2), state=DeviceState.SUSPENDED)
    assert dict(Meter.objects.filter(serial__in=["M1", "M2"]).values_list("serial", "remote")) == {
        "M1": True,
        "M2": False,  # it has not answered yet
    }
    resume([device_of("M2", Scope.everything()).pk], reason="", user=None, at=AT + timedelta(1))
    said = AuditEntry.objects.filter(operation="meters.read_remotely").order_by("id")
    assert [(one.subject_kind, one.subject, one.at) for one in said] == [
        ("meter", "M1", AT),
        ("meter", "M2", AT + timedelta(1)),
    ]
    add(row(1), user=None)
    assert said.count() == 2


def test_the_same_file_again_changes_nothing() -> None:
    add(row(1), row(2))
    done = add(row(1), row(2))
    assert done.count(Outcome.UNCHANGED) == 2
    assert (Device.objects.count(), DeviceSecret.objects.count()) == (2, 8)
    assert AuditEntry.objects.filter(operation="devices.add").count() == 1


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    wet = add(row(9), row(1), dry_run=True)
    assert not Device.objects.exists()
    assert not AuditEntry.objects.exists()
    dry = add(row(9), row(1))
    assert [(one.outcome, one.problems) for one in wet.rows] == [
        (one.outcome, one.problems) for one in dry.rows
    ]


def test_a_wrong_row_says_why_and_the_others_enter() -> None:
    for others, said in WRONG:
        done = add(row(1, **others), row(2), dry_run=True)
        assert [one.outcome for one in done.rows] == [Outcome.REFUSED, Outcome.ADDED], said
        assert said in why(done)
        assert all(problem.expected and problem.action for problem in done.rows[0].problems)
    add(row(1, port=0), row(2))
    assert [one.meter.serial for one in Device.objects.all()] == ["M2"]


def test_a_key_of_a_strange_length_is_named_without_its_value() -> None:
    done = add(
        row(
            1,
            secrets={
                SecretUse.UNICAST: SecretBytes(b"secret"),
                SecretUse.AUTHENTICATION: SecretBytes(b"k" * 16),
            },
        )
    )
    assert "unicast key of 6 bytes" in why(done)
    assert "secret" not in str(done)


def test_all_reasons_are_said_at_once() -> None:
    done = add(row(1, serial="M77", port=0, unit="XX", system_title="zz"))
    assert len(done.rows[0].problems) == 4


def test_a_meter_that_hangs_nowhere_is_refused() -> None:
    MeterInstallation.objects.filter(meter__serial="M1").update(valid_to=date(2026, 11, 5))
    assert "meter M1 hangs nowhere on 05/11/2026" in why(add(row(1)))


def test_a_title_or_address_of_another_device_is_refused() -> None:
    add(row(1))
    done = add(row(2, system_title=system_title(SEED, 1).hex()), row(3, host="127.0.0.1"))
    assert "is that of meter M1" in why(done)
    assert "127.0.0.1:4059/1 is the address of meter M1" in why(done, 1)
    assert add(row(2, host="127.0.0.1", logical_device=2)).count(Outcome.ADDED) == 1


def test_of_two_rows_that_name_the_same_the_second_is_refused() -> None:
    for others in (
        {"serial": "M1"},
        {"system_title": system_title(SEED, 1).hex()},
        {"host": "127.0.0.1", "port": 4059},
    ):
        done = add(row(1), row(2, **others), dry_run=True)
        assert [one.outcome for one in done.rows] == [Outcome.ADDED, Outcome.REFUSED]
        assert "stands in line 2 already" in why(done, 1)


def test_a_device_behind_a_concentrator_needs_no_address_and_no_session_keys_of_its_own() -> None:
    Concentrator.objects.create(code="K1", unit=Unit.objects.get(code="D"), adapter="congto")
    done = add(row(1, host="", path=Path.CONCENTRATOR, concentrator="K1"))
    assert done.count(Outcome.ADDED) == 1
    assert Device.objects.get().concentrator.code == "K1"


def test_a_shipment_gives_known_devices_the_keys_they_lack() -> None:
    password = {SecretUse.PASSWORD: SecretBytes(b"12345678")}
    first = add(row(1, profile="generic", secrets=password, system_title=""))
    assert first.count(Outcome.ADDED) == 1
    keys = {SecretUse.MASTER: SecretBytes(world.simulated(1)[SecretUse.MASTER])}
    rows = [
        DeviceRow(line=2, serial="M1", secrets=keys),
        DeviceRow(line=3, serial="M2", secrets=keys),
    ]
    done = import_shipment(rows, models=MODELS, user=None, at=AT, file="s.csv")
    assert [one.outcome for one in done.rows] == [Outcome.KEYS, Outcome.REFUSED]
    assert "no device of this meter" in why(done, 1)
    assert set(current(Device.objects.get())) == {SecretUse.PASSWORD, SecretUse.MASTER}


def test_another_key_than_the_books_have_is_refused_unless_a_person_vouches_for_it() -> None:
    add(row(1))
    other = row(1).secrets | {SecretUse.UNICAST: SecretBytes(b"n" * 16)}
    refused = add(row(1, secrets=other))
    assert "the books have another unicast for meter M1" in why(refused)
    done = add(row(1, secrets=other), replace_keys=True)
    assert done.count(Outcome.REPLACED) == 1
    device = Device.objects.get()
    assert current(device)[SecretUse.UNICAST] == b"n" * 16
    assert DeviceSecret.objects.get(device=device, phase=SecretPhase.FORMER).use == "unicast"
    assert add(row(1, secrets=other)).count(Outcome.UNCHANGED) == 1


def test_what_the_books_know_otherwise_is_not_changed_by_a_file() -> None:
    add(row(1))
    done = add(row(1, host="10.9.9.9", profile="generic"))
    assert "the books have another profile, host for meter M1" in why(done)
    assert Device.objects.get().host == "127.0.0.1"


def test_only_who_may_manages_devices_in_the_unit(django_user_model) -> None:
    clerk = django_user_model.objects.create_user("clerk")
    keeper = django_user_model.objects.create_user("keeper")
    unit = Unit.objects.get(code="D")
    Grant.objects.create(user=clerk, unit=unit, role=Role.CLERK)
    Grant.objects.create(user=keeper, unit=unit, role=Role.ADMINISTRATOR)
    with pytest.raises(RefusedError, match="quản lý thiết bị"):
        add(row(1), user=clerk)
    assert not Device.objects.exists()
    done = add(row(1), user=keeper)
    with pytest.raises(RefusedError, match="quản lý thiết bị"):
        suspend([done.rows[0].device], reason="", user=clerk, at=AT)


def test_a_device_is_suspended_resumed_retired_and_moved() -> None:
    device = add(row(1)).rows[0].device
    how = {"user": None, "at": AT}
    assert suspend([device], reason="lắp lại", **how) == 1
    assert suspend([device], reason="lắp lại", **how) == 0
    assert resume([device], reason="xong", **how) == 1
    change_device(device, {"host": "10.1.1.1", "cell": "BTS1"}, reason="SIM mới", **how)
    found = Device.objects.get(pk=device)
    assert (found.host, found.cell, found.state) == ("10.1.1.1", "BTS1", DeviceState.ACTIVE)
    entry = AuditEntry.objects.get(operation="devices.change")
    assert (entry.before, entry.after) == (
        {"host": "127.0.0.1", "cell": ""},
        {"host": "10.1.1.1", "cell": "BTS1"},
    )
    with pytest.raises(InvalidInputError, match="field state"):
        change_device(device, {"state": "retired"}, reason="", **how)
    assert retire([device], reason="thay công tơ", **how) == 1
    assert not open_access([device], purpose="reading", subject="", **how)


def test_a_key_change_keeps_old_and_new_until_one_is_proved() -> None:
    device = Device.objects.get(pk=add(row(1)).rows[0].device)
    how = {"user": None, "at": AT}
    old, new = world.simulated(1)[SecretUse.UNICAST], b"n" * 16
    begin_change(device.pk, {SecretUse.UNICAST: SecretBytes(new)}, **how)
    with pytest.raises(RefusedError, match="a change of unicast of device"):
        begin_change(device.pk, {SecretUse.UNICAST: SecretBytes(b"x" * 16)}, **how)
    opened = open_access([device.pk], purpose="key change", subject="", **how)[device.pk]
    assert opened.current[SecretUse.UNICAST].value.reveal() == old
    assert opened.pending[SecretUse.UNICAST].value.reveal() == new
    assert opened.pending[SecretUse.UNICAST].first == 1  # a new key starts a new counter
    for _ in range(2):  # the second time after a crash
        prove_change(device.pk, [SecretUse.UNICAST], **how)
        assert current(device)[SecretUse.UNICAST] == new
    former = DeviceSecret.objects.get(device=device, phase=SecretPhase.FORMER)
    assert former.upcoming > 1  # nor does the old key's counter start anew


def test_a_secret_used_before_keeps_its_counters_and_is_no_new_one() -> None:
    device = Device.objects.get(pk=add(row(1)).rows[0].device)
    how = {"user": None, "at": AT}
    open_access([device.pk], purpose="reading", subject="", **how)
    other = {**row(1).secrets, SecretUse.UNICAST: SecretBytes(b"n" * 16)}
    add(row(1, secrets=other), replace_keys=True)
    add(row(1), replace_keys=True)  # the first file was right after all
    found = DeviceSecret.objects.get(device=device, use="unicast", phase=SecretPhase.CURRENT)
    assert found.upcoming == 65
    for used in (world.simulated(1)[SecretUse.UNICAST], b"n" * 16):
        with pytest.raises(RefusedError, match="has or had this unicast before"):
            begin_change(device.pk, {SecretUse.UNICAST: SecretBytes(used)}, **how)
    assert not DeviceSecret.objects.filter(phase=SecretPhase.PENDING).exists()


def test_a_change_given_up_leaves_the_old_key_and_keeps_the_new_one_for_recovery() -> None:
    device = Device.objects.get(pk=add(row(1)).rows[0].device)
    how = {"user": None, "at": AT}
    begin_change(device.pk, {SecretUse.UNICAST: SecretBytes(b"n" * 16)}, **how)
    abandon_change(device.pk, [SecretUse.UNICAST], reason="công tơ từ chối", **how)
    assert current(device)[SecretUse.UNICAST] == world.simulated(1)[SecretUse.UNICAST]
    opened = open_access([device.pk], purpose="recovery", subject="", former=True, **how)
    (given_up,) = opened[device.pk].former[SecretUse.UNICAST]
    assert given_up.value.reveal() == b"n" * 16
    assert forget_former(at=AT + timedelta(days=89)) == 0
    assert forget_former(at=AT + timedelta(days=91)) == 1


def test_all_secrets_are_sealed_anew_and_a_broken_row_is_named(settings) -> None:
    old, new = MemoryKey(b"\x11" * 32), MemoryKey(b"\x22" * 32)
    settings.MASTER_KEYS = lambda: Keyring(old)
    add(row(1), row(2))
    broken = DeviceSecret.objects.get(device__meter__serial="M2", use="master")
    DeviceSecret.objects.filter(pk=broken.pk).update(sealed=b"x" * 44)
    settings.MASTER_KEYS = lambda: Keyring(new)
    with pytest.raises(RefusedError, match=f"{old.name}, which is not here"):
        reseal(at=AT)
    settings.MASTER_KEYS = lambda: Keyring(new, (old,))
    done, wrong = reseal(at=AT)
    assert done == 7
    assert len(wrong) == 1
    assert "master" in wrong[0]
    assert sealed_under() == {new.name: 7, old.name: 1}
    settings.MASTER_KEYS = lambda: Keyring(new)
    assert current(Device.objects.get(meter__serial="M1")) == world.simulated(1)
    settings.MASTER_KEYS = lambda: Keyring(new, (old,))
    assert reseal(at=AT)[0] == 0


def test_a_rotation_killed_between_batches_goes_on(settings, monkeypatch) -> None:
    old, new = MemoryKey(b"\x11" * 32), MemoryKey(b"\x22" * 32)
    settings.MASTER_KEYS = lambda: Keyring(old)
    add(row(1), row(2), row(3))
    settings.MASTER_KEYS = lambda: Keyring(new, (old,))
    monkeypatch.setattr(rotation, "ROWS_AT_ONCE", 5)

    def killed(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reseal(at=AT, progress=killed)
    assert sealed_under() == {new.name: 5, old.name: 7}
    assert reseal(at=AT) == (7, [])
    assert sealed_under() == {new.name: 12}


def test_lists_take_the_scope_and_secrets_show_no_value() -> None:
    add(row(1))
    elsewhere, here = Scope(("P/X/",)), Scope(("P/C/D/",))
    assert not devices(elsewhere).exists()
    assert device_of("M1", elsewhere) is None
    device = device_of("M1", here)
    assert device is not None
    assert {one.use for one in secrets_of(device)} == set(world.simulated(1))
    assert all("sealed" in one.get_deferred_fields() for one in secrets_of(device))
    assert uses_of_secrets(here).count() == 1
    assert not uses_of_secrets(elsewhere).exists()
    assert not counters_near_the_end(here).exists()
    DeviceSecret.objects.filter(use="unicast").update(upcoming=2_000_000_000)
    assert [one.use for one in counters_near_the_end(here)] == ["unicast"]


def test_an_access_limit_is_set_and_audited() -> None:
    numbers = {"sessions_max": 50, "starts_per_minute": 600, "burst": 20}
    how = {"user": None, "at": AT}
    limit = set_access_limit("cell", "BTS1", **numbers, **how)
    assert limit.tokens_milli == 20_000
    smaller = set_access_limit("cell", "BTS1", **numbers | {"burst": 5}, **how)
    assert (smaller.pk, smaller.tokens_milli) == (limit.pk, 5_000)
    with pytest.raises(InvalidInputError, match="burst 0"):
        set_access_limit("all", "", **numbers | {"burst": 0}, **how)
    assert AuditEntry.objects.filter(operation="devices.limit").count() == 2
