"""`congto bench headend`: sessions with simulated meters, our client and foreign ones.

A session is an association with GMAC, ciphered both ways, a clock, a register, 48 half-hours (two
blocks) and the release; a new TCP connection each. Meters are simulated in a process of their own,
so the processor time of this process is the client's alone.

First the same sessions one fleet of sound meters, 64 at once: sessions a second of one core. Then
the same of each foreign client, one after another as they block, in its own interpreter named by
CONGTO_BENCH_GURUX and CONGTO_BENCH_DLMS_COSEM, and skipped by name where that names none. Then
meters of which one in twenty has a fault, all connected to at once, each tried again until it is
read; three times, so that memory that grows shows.
"""

from __future__ import annotations

import asyncio
import gc
import platform
import resource
from typing import Any

from congto import __version__
from congto.interfaces.bench.headend.client import Load, Tally, visit_all
from congto.interfaces.bench.headend.expected import compare
from congto.interfaces.bench.headend.foreign_clients import CLIENTS, measure_foreign
from congto.interfaces.bench.headend.meters import FAULTS, Meters
from congto.interfaces.bench.machine import cores, open_files, peak_rss_bytes, rss_bytes

SESSIONS = 3_000
AT_ONCE = 64
SOUND_METERS = 500
"""More than are read at once: two sessions with one meter would take counters from each other."""
ROUNDS = 3
BAR = 600
FILES_BESIDE = 100
"""Open files that are no meters."""


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Measure; `customers` is how many meters with faults are read at once."""
    at_once = min(customers, _files_allowed() - FILES_BESIDE)
    figures: dict[str, Any] = {"bench": "headend", "seed": seed}
    figures |= _speed(seed)
    figures |= _fleet(customers, at_once, seed)
    return figures | {
        "processes": 2,
        "peak_rss_bytes": peak_rss_bytes(1),
        "cores": cores(),
        "versions": {"congto": __version__, "python": platform.python_version()},
    }


def _speed(seed: int) -> dict[str, Any]:
    """Measure our client and the foreign ones on the same sound meters."""
    figures: dict[str, Any] = {}
    with Meters(SOUND_METERS, seed) as meters:
        load = Load(meters.port, seed, SOUND_METERS)
        asyncio.run(visit_all(load, SOUND_METERS, AT_ONCE, Tally()))  # all code is warm
        gc.collect()
        gc.freeze()  # what stays for good is not looked through again and again
        meter_begun = meters.cpu_seconds()
        tally = Tally()
        asyncio.run(visit_all(load, SESSIONS, AT_ONCE, tally))
        meter_seconds = meters.cpu_seconds() - meter_begun
        assert tally.complete == SESSIONS, f"{tally.failures} of sound meters"
        figures |= {
            "sessions": SESSIONS,
            "sessions_per_second_per_core": round(SESSIONS / tally.cpu_seconds),
            "bar_sessions_per_second_per_core": BAR,
            "sessions_per_second": round(SESSIONS / tally.seconds),
            "client_cpu_ms_per_session": f"{tally.cpu_seconds / SESSIONS * 1000:.3f}",
            "meter_cpu_ms_per_session": f"{meter_seconds / SESSIONS * 1000:.3f}",
        }
        for foreign in CLIENTS:
            figures |= measure_foreign(foreign, meters.port, seed)
    return figures


def _fleet(count: int, at_once: int, seed: int) -> dict[str, Any]:
    """Read a fleet with faults several times over; return what was and was not read."""
    files, grown = open_files(), []
    with Meters(count, seed, FAULTS) as meters:
        load = Load(meters.port, seed, count)
        for _ in range(ROUNDS):
            tally = Tally()
            asyncio.run(visit_all(load, count, at_once, tally, tries=12))
            grown.append(rss_bytes())
        struck = meters.struck()
    wanted = compare(count, seed, FAULTS, tally.readouts)
    return {
        "meters": count,
        "meters_at_once": at_once,
        "meters_faulty_share": f"{sum(FAULTS.values()):.3f}",
        "meters_readable": wanted.readable,
        "meters_complete": wanted.complete,
        "meters_refused_by_key": wanted.of_wrong_key,
        "half_hours_existing": wanted.half_hours,
        "half_hours_read": wanted.half_hours_read,
        "complete_share": f"{wanted.half_hours_read / max(wanted.half_hours, 1):.6f}",
        "rounds": ROUNDS,
        "round_seconds": f"{tally.seconds:.1f}",
        "sessions_tried": tally.tried,
        "faults_struck": {str(trouble): number for trouble, number in sorted(struck.items())},
        "failures": {str(fault): number for fault, number in sorted(tally.failures.items())},
        "sessions_leaked": tally.opened - tally.closed,
        "files_leaked": open_files() - files,
        "rss_bytes_after_rounds": grown,
    }


def _files_allowed() -> int:
    """Raise the limit of open files as far as it goes; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard > 0 else 2**31
