"""`congto devices` and `congto keys`: added, tried, shown, rotated; no secret comes out."""

import csv
import json
import logging
import socket
from pathlib import Path

import pytest

import world_meters
from congto.headend.simulator.secrets import secrets_of, system_title
from congto.interfaces.cli.main import main
from congto.interfaces.meters.checking import is_same_meter
from congto.office.control.models import AuditEntry
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import Device, DeviceSecret, SecretUseRecord
from world_devices import SEED, simulated_meters

HEADER = (
    "serial", "profile", "host", "port", "system_title", "unicast_key", "authentication_key",
    "master_key", "password",
)  # fmt: skip


def line(number: int, serial: str, port: int, *, seed: int = SEED) -> tuple[str, ...]:
    made = secrets_of(seed, number)
    return (
        serial,
        "congto-simulator",
        f"127.0.0.{number}",
        str(port),
        system_title(SEED, number).hex(),
        made.unicast.hex(),
        made.authentication.hex(),
        made.master.hex(),
        made.password.hex(),
    )


def file(path: Path, *rows: tuple[str, ...]) -> str:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])
    return str(path)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world_meters.build)


@pytest.fixture(autouse=True)
def _meters(books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "devices.imports",
        "devices.add",
        "devices.concentrator",
        "devices.listed",
        "keys",
    ):
        monkeypatch.setattr(f"congto.interfaces.cli.{module}.boot", lambda: None)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_file_is_judged_imported_and_found_unchanged(tmp_path, capsys) -> None:
    path = file(tmp_path / "f.csv", line(1, "M1", 4059), line(2, "M77", 4059))
    code, told = run(capsys, "devices", "import", path, "--dry-run")
    assert (code, told["counts"], told["dry_run"]) == (1, {"added": 1, "refused": 1}, True)
    assert not Device.objects.exists()
    code, told = run(capsys, "devices", "import", path)
    assert (code, told["counts"]) == (1, {"added": 1, "refused": 1})
    assert told["rows"][1]["problems"][0]["found"] == "meter M77 is not in the books"
    code, told = run(capsys, "devices", "import", path)
    assert told["counts"] == {"unchanged": 1, "refused": 1}
    assert main(["devices", "import", path]) == 1
    table = capsys.readouterr().out
    assert "meter M77 is not in the books; expected a meter of meters.csv" in table
    code, told = run(capsys, "devices", "list")
    assert (code, told["devices"], told["rows"][0]["serial"]) == (0, 1, "M1")


def test_only_devices_that_answer_as_the_meter_of_the_books_are_read(tmp_path, capsys) -> None:
    """Meter 1 is the one, 2 has another plate, 3 has other keys, and nobody is at 4's port."""
    with simulated_meters(5, serials=("M1", "M99", "M3")) as port:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            closed = nobody.getsockname()[1]
        path = file(
            tmp_path / "f.csv",
            line(1, "M1", port),
            line(2, "M2", port),
            line(3, "M3", port, seed=8),
            line(4, "SIM-T", closed),
        )
        code, told = run(capsys, "devices", "import", path, "--connect")
        rows = {one["serial"]: one["connection"] for one in told["rows"]}
        assert code == 1
        assert told["counts"] == {"added": 4, "answered": 1, "not answered": 3}
        assert rows["M1"]["answered"]
        assert (rows["M1"]["serial"], rows["M1"]["firmware"][:10]) == ("M1", "CONGTO-SIM")
        assert isinstance(rows["M1"]["clock_ahead_seconds"], int)
        assert rows["M2"]["fault"] == "other-meter"
        assert "answers as M99; expected meter M2" in rows["M2"]["sentence"]
        assert rows["SIM-T"]["fault"] == "unreachable"
        states = dict(Device.objects.values_list("meter__serial", "state"))
        assert states.pop("M1") == DeviceState.ACTIVE
        assert set(states.values()) == {DeviceState.SUSPENDED}
        one = Device.objects.get(meter__serial="M1")
        assert one.last_seen_at is not None
        assert (one.failures, one.firmware[:10]) == (0, "CONGTO-SIM")
        assert DeviceSecret.objects.get(device=one, use="unicast").proved >= 0
        assert Device.objects.get(meter__serial="M3").failures == 1
        # The books learn the right key and the file is imported again: nothing is doubled.
        right = file(tmp_path / "g.csv", line(3, "M3", port))
        code, told = run(capsys, "devices", "import", right, "--connect", "--replace-keys")
        assert (code, told["counts"]) == (0, {"keys replaced": 1, "answered": 1})
        assert Device.objects.get(meter__serial="M3").state == DeviceState.ACTIVE


def test_one_device_is_added_with_the_keys_of_a_shipment(tmp_path, capsys) -> None:
    path = file(tmp_path / "f.csv", line(1, "M1", 9), line(2, "M2", 9))
    words = ["devices", "add", "10.0.0.7:4061", "--serial", "M2", "--profile", "congto-simulator"]
    code, told = run(capsys, *words)
    assert (code, told["counts"]) == (1, {"refused": 1})
    code, told = run(capsys, *words, "--shipment", path)
    assert (code, told["counts"]) == (0, {"added": 1})
    found = Device.objects.get()
    assert (found.host, found.port, found.system_title) == (
        "10.0.0.7",
        4061,
        system_title(SEED, 2).hex(),
    )
    assert found.secrets.count() == 4
    assert main([*words[:4], "M3", *words[5:], "--shipment", path]) == 2
    assert "no row of meter M3" in capsys.readouterr().err


def test_a_device_behind_a_concentrator_enters_once_it_is_in_the_books(tmp_path, capsys) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "serial,profile,path,concentrator,unicast_key,authentication_key,system_title\n"
        f"M1,congto-simulator,concentrator,DCU-01,{'aa' * 16},{'bb' * 16},{'cc' * 8}\n"
    )
    code, told = run(capsys, "devices", "import", str(path))
    assert told["rows"][0]["problems"][0]["found"] == "concentrator DCU-01 is not in the books"
    assert main(["devices", "concentrator", "DCU-01", "--unit", "XX"]) == 2
    assert "unit XX of concentrator DCU-01 is not known" in capsys.readouterr().err
    for cell in ("BTS1", "BTS2"):  # the second time it is changed
        assert main(["devices", "concentrator", "DCU-01", "--unit", "D", "--cell", cell]) == 0
    capsys.readouterr()
    code, told = run(capsys, "devices", "import", str(path), "--connect")
    assert (code, told["counts"]) == (0, {"added": 1})  # nobody is called
    device = Device.objects.get()
    assert (device.concentrator.cell, device.state) == ("BTS2", DeviceState.ACTIVE)
    entries = AuditEntry.objects.filter(operation="devices.concentrator")
    assert [one.before and one.before["cell"] for one in entries.order_by("id")] == [None, "BTS1"]


def test_a_dry_run_does_not_call_meters(tmp_path, capsys) -> None:
    path = file(tmp_path / "f.csv", line(1, "M1", 4059))
    assert main(["devices", "import", path, "--dry-run", "--connect"]) == 2
    assert "a meter that is called counts the call" in capsys.readouterr().err


def test_the_master_key_is_rotated_and_the_old_one_dropped_when_it_seals_nothing(
    tmp_path, capsys, settings
) -> None:
    main(["devices", "import", file(tmp_path / "f.csv", line(1, "M1", 4059))])
    capsys.readouterr()
    _, before = run(capsys, "keys", "status")
    assert sum(before["sealed"].values()) == 4
    code, told = run(capsys, "keys", "rotate-master")
    assert (code, told["sealed"], told["dropped"]) == (0, 4, 0)
    _, after = run(capsys, "keys", "status")
    assert after["sealed"] == {told["under"]: 4}
    assert told["under"] != before["current"]
    assert before["current"] in after["former"]
    _, again = run(capsys, "keys", "rotate-master", "--drop-old")
    assert again["dropped"] == len(after["former"]) + 1
    _, last = run(capsys, "keys", "status")
    assert (last["former"], last["missing"]) == ([], [])
    assert settings.MASTER_KEYS.file.stat().st_mode & 0o777 == 0o600


def test_no_secret_comes_out_of_an_import(tmp_path, capsys, caplog) -> None:
    """Neither on screen, nor in the log, nor in any row of the books but the sealed ones."""
    caplog.set_level(logging.DEBUG)
    rows = [line(1, "M1", 1), line(2, "M77", 1), line(3, "M3", 1)]
    path = file(tmp_path / "f.csv", *rows)
    main(["devices", "import", path, "--connect"])
    main(["devices", "import", path, "--json"])
    main(["devices", "list"])
    main(["keys", "rotate-master"])
    told = capsys.readouterr()
    text = told.out + told.err + caplog.text
    for model in (AuditEntry, SecretUseRecord, Device):
        text += repr(list(model.objects.values()))
    text += repr(list(DeviceSecret.objects.all()))
    text += repr([bytes(one) for one in DeviceSecret.objects.values_list("sealed", flat=True)])
    for row in rows:
        for cell in row[5:]:
            assert cell not in text.lower()
            assert repr(bytes.fromhex(cell))[2:-1] not in text
    assert AuditEntry.objects.filter(operation="devices.add").exists()


def test_a_meter_is_named_by_its_serial_or_the_end_of_its_logical_name() -> None:
    assert is_same_meter("M1", "", "M1")
    assert is_same_meter("0012345678", "ABC0012345678", "")
    assert not is_same_meter("M1", "ABCM1", "")  # too short to name a meter by its end
    assert not is_same_meter("0012345678", "ABC0012345679", "12345678")
    assert not is_same_meter("M1", "", "")
