"""Foreign clients as black boxes: each in an interpreter of its own, which only it has."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from congto.headend.simulator.fleet import loopback_address
from congto.headend.simulator.secrets import secrets_of
from congto.interfaces.bench.headend.meters import BEGIN, END

SESSIONS = 100
FOLDER = Path(__file__).parent / "foreign"
CLIENT_TITLE = b"CONGTO01"
SECONDS_MAX = 300
ZONE = timedelta(hours=7)


class Foreign(NamedTuple):
    """A client: its name, who names its interpreter, its script, and the counter it begins with."""

    name: str
    variable: str
    script: str
    counter: int


CLIENTS = (
    Foreign("dlms-cosem", "CONGTO_BENCH_DLMS_COSEM", "with_dlms_cosem.py", 1_000_000),
    Foreign("gurux-dlms", "CONGTO_BENCH_GURUX", "with_gurux.py", 2_000_000),
)


def measure_foreign(foreign: Foreign, port: int, seed: int) -> dict[str, Any]:
    """Return the figures of one client, or that it was skipped and why."""
    name = foreign.name.replace("-", "_")
    python = os.environ.get(foreign.variable)
    if not python:
        return {f"{name}_skipped": f"{foreign.variable} names no interpreter"}
    done = subprocess.run(  # noqa: S603  (the interpreter that the caller names)
        [python, str(FOLDER / foreign.script)],
        input=json.dumps(_told(foreign, port, seed)),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        return {f"{name}_failed": done.stderr.strip().splitlines()[-1:]}
    told = json.loads(done.stdout)
    cpu_seconds = told["cpu_seconds"]
    return {
        f"{name}_sessions_per_second_per_core": round(told["sessions"] / cpu_seconds, 1),
        f"{name}_client_cpu_ms_per_session": f"{cpu_seconds / told['sessions'] * 1000:.3f}",
        f"{name}_version": told["version"],
    }


def _told(foreign: Foreign, port: int, seed: int) -> dict[str, Any]:
    """Return what a script has to know: meters with keys, and the first and last row wanted."""
    meters = []
    for number in range(1, SESSIONS + 2):  # one more to warm up
        made = secrets_of(seed, number)
        meters.append(
            {
                "host": loopback_address(number),
                "unicast": made.unicast.hex(),
                "authentication": made.authentication.hex(),
            }
        )
    first, last = BEGIN + ZONE + timedelta(minutes=30), END + ZONE
    return {
        "port": port,
        "meters": meters,
        "title": CLIENT_TITLE.hex(),
        "counter": foreign.counter,
        "begin": first.replace(tzinfo=None).isoformat() + "+07:00",
        "end": last.replace(tzinfo=None).isoformat() + "+07:00",
    }
