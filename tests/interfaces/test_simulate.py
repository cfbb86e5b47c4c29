"""`congto simulate meters`: what it prints, writes and refuses."""

import csv
import json
import socket
import stat
import subprocess
import sys

import pytest

from congto.interfaces.cli import simulate
from congto.vocabulary.errors import InvalidInputError


def test_it_serves_for_its_time_and_prints_what_came(tmp_path):
    shipment = tmp_path / "meters.csv"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"--count 300 --port {port} --seconds 0.1 --json --shipment {shipment}"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "congto.interfaces.cli.main",
            "simulate",
            "meters",
            *options.split(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told, figures = done.stdout.splitlines()
    assert told == f"300 meters of seed 7 answer at port {port}."
    assert json.loads(figures)["faults"] == {}
    rows = list(csv.DictReader(shipment.read_text(encoding="utf-8").splitlines()))
    assert [rows[0]["host"], rows[299]["host"]] == ["127.0.0.1", "127.0.1.44"]
    assert len({row["unicast_key"] for row in rows}) == 300
    assert {len(bytes.fromhex(row["system_title"])) for row in rows} == {8}
    assert rows[4]["serial"] == "SIM0070000005"
    assert stat.S_IMODE(shipment.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--count", "0"], "1 to 16777214"),
        (["--push", "4060"], "HOST:PORT"),
        (["--pdu-max", "70000"], "64 to 65535"),
        (["--faults", "wrong-fcs=0.1"], "add --hdlc"),
        (["--faults", "tired=0.1"], "fault 'tired'"),
        (["--at", "2026-11-25T10:00:00"], "a zone"),
        (["--secured", "none", "--suite", "1"], "clients that prove nothing"),
        (["--secured", "ecdsa", "--suite", "0"], "suite 1 or 2"),
        (["--quirks", "slow"], "clock-last"),
    ],
)
def test_what_cannot_be_is_refused_by_a_sentence(arguments, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        simulate.main(["meters", *arguments])


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104  (as the simulator listens)
        port = str(taken.getsockname()[1])
        with pytest.raises(InvalidInputError, match="choose another with --port"):
            simulate.main(["meters", "--port", port, "--seconds", "0.1"])
