"""`congto meter read` with a maker's shipment file: suites 1 and 2, certificates, and mode C."""

import asyncio
import csv
import json
import threading
from contextlib import contextmanager

import pytest

from congto.headend.simulator.certificates import authority
from congto.headend.simulator.fleet import Secured, write_shipment
from congto.headend.simulator.mode_c import ModeCLine
from congto.headend.simulator.server import Server
from congto.interfaces.cli.main import main
from world_simulator import SEED, World

METER = 3


@contextmanager
def fleet(folder, *, line=None, framing="wrapper", **plan):
    """Serve a fleet from a thread; gives its world, port and shipment file."""
    world = World(count=5, **plan)
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    ports = []

    async def serve():
        server = Server(world.fleet, line=line)
        ports.append(await server.start("127.0.0.1", 0))
        ready.set()
        await stop.wait()
        await server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    path = folder / "meters.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_shipment(world.fleet.shipment("127.0.0.1", ports[0], framing=framing), file)
    try:
        yield world, ports[0], path
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def read(port, path, *words, profile="congto-simulator"):
    keys = ["--profile", profile, "--keys", str(path), "--json"]
    return main(["meter", "read", f"127.0.0.1:{port}", "--meter", str(METER), *keys, *words])


def changed(path, **values):
    """Write the shipment file with other values in the meter's row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[METER - 1].update(values)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("suite", [1, 2])
def test_a_meter_with_certificates_is_read_out_of_its_shipment_file(suite, tmp_path, capsys):
    with fleet(tmp_path, secured=Secured.ECDSA, suite=suite) as (world, port, path):
        words = ["--suite", str(suite), "--mechanism", "ecdsa", "--signed"]
        assert read(port, path, *words, "--envelope", "general-ciphering-1e1s") == 0
        expected = sum(world.meter(METER).rates(world.age))
    told = json.loads(capsys.readouterr().out)
    assert told["registers"][0]["value"] == expected
    assert told["released"] is True


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"authority_certificate": authority(SEED + 1, 1).hex()}, "a certificate is refused"),
        ({"system_title": "53494D0700000004"}, "of system title 53494D0700000004"),
        ({"signing_certificate": "3000"}, "a certificate is refused"),
        ({"authority_certificate": ""}, "without authority_certificate"),
        ({"client_signing_key": "00" * 32}, "a private key of 32 bytes"),
    ],
)
def test_what_does_not_fit_in_a_shipment_file_is_one_sentence(values, sentence, tmp_path, capsys):
    with fleet(tmp_path, secured=Secured.ECDSA, suite=1) as (_, port, path):
        changed(path, **values)
        assert read(port, path, "--suite", "1", "--mechanism", "ecdsa") == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


def test_certificates_of_another_use_are_refused(tmp_path, capsys):
    with fleet(tmp_path, secured=Secured.ECDSA, suite=1) as (_, port, path):
        with path.open(encoding="utf-8", newline="") as file:
            row = list(csv.DictReader(file))[METER - 1]
        changed(path, signing_certificate=row["agreement_certificate"])
        assert read(port, path, "--suite", "1", "--mechanism", "ecdsa") == 2
    assert "for digital signatures" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--signed"], ["--envelope", "general-ciphering-0e2s"], ["--mechanism", "ecdsa"]]
)
def test_what_needs_certificates_is_refused_in_suite_0(words, tmp_path, capsys):
    assert read(4059, tmp_path / "absent.csv", *words) == 2
    assert "--suite 1 or 2" in capsys.readouterr().err


def test_a_meter_of_mode_c_is_read_by_its_address(tmp_path, capsys):
    with fleet(tmp_path, line=ModeCLine, framing="mode-c") as (world, port, path):
        address = world.meter(1).serial
        assert read(port, path, "--address", address, profile="iec-mode-c") == 0
        expected = world.meter(1).energies(world.age).total_wh
    told = json.loads(capsys.readouterr().out)
    assert told["registers"][0] == {
        "channel": "A+",
        "register": "total",
        "value": expected,
        "unit": "Wh",
    }
    assert told["clock"] == "2026-11-25T10:10:17+07:00"


@pytest.mark.parametrize(
    ("profile", "words", "sentence"),
    [
        ("iec-mode-c", ["--from", "2026-11-01", "--to", "2026-11-02"], "half-hours"),
        ("iec-mode-c", ["--framing", "hdlc"], "over hdlc"),
        ("generic", ["--framing", "mode-c"], "over mode-c"),
        ("generic", ["--address", "7"], "--address"),
    ],
)
def test_what_a_profile_cannot_is_told_before_a_call(profile, words, sentence, tmp_path, capsys):
    assert read(4059, tmp_path / "absent.csv", *words, profile=profile) == 2
    assert sentence in capsys.readouterr().err
