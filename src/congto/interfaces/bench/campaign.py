"""`congto bench campaign`: a window of a plan read by one worker, from the queue to the store.

Scratch books hold so many devices with sealed keys, all of them due; simulated meters answer in a
process of their own. Measured is everything: gaps looked for, leases and permits, keys opened and
recorded, ciphered sessions (association, clock, six registers, half-hours of yesterday and today,
release), frames archived, deliveries received and loaded, tasks ended. Beside it, in the same run,
sessions of the same meters without any books.
"""

from __future__ import annotations

import asyncio
import gc
import platform
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from django.conf import settings

from congto import __version__
from congto.headend.simulator.fleet import loopback_address
from congto.headend.simulator.secrets import secrets_of, system_title
from congto.interfaces.bench.books import fill, scratch_database
from congto.interfaces.bench.headend.client import Load, Tally, visit_all
from congto.interfaces.bench.headend.meters import NOW, Meters
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.interfaces.meters.worker import Figures, Way, Worker
from congto.office.campaigns.operations import keep_through
from congto.office.devices.choices import SecretUse
from congto.office.devices.operations import SecretBytes
from congto.office.devices.sealing import keyring, seal
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.intervals import HALF_HOURS, Channel
from congto.vocabulary.periods import LOCAL_ZONE, Period

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

BAR = 150
AT_ONCE = 64
CONCURRENCY = 200
TODAY = NOW.astimezone(LOCAL_ZONE).date()
DONE_TODAY = 20
"""Half-hours of today until 10:10."""

PLAN = """
INSERT INTO campaigns_plan (code, name, kinds, unit_id, profiles, path, begins, window_minutes,
  priority, attempts_max, enabled)
VALUES ('bench', 'Bench', '{half_hours,registers}', 1, '{}', '', '{600}', 120, 20, 3, true)
"""
LIMIT = """
INSERT INTO devices_accesslimit (kind, code, sessions_max, starts_per_minute, burst, tokens_milli,
  refilled_at) VALUES ('all', '', 1000, 1000000, 1000000, 0, $1)
"""


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Read so many meters through the books; return rates and what they are compared with."""
    month = Period.month(2026, 10)
    with (
        tempfile.TemporaryDirectory(prefix="congto-campaign-") as folder,
        scratch_database(),
        Meters(customers, seed) as meters,
    ):
        before, settings.DATA = settings.DATA, Path(folder)
        try:
            fill(customers, seed, month)
            _devices(customers, seed, meters.port)
            alone = _alone(customers, seed, meters.port)
            seconds, figures = _campaign()
            stored = _stored()
        finally:
            settings.DATA = before
    half_hours = customers * (HALF_HOURS + DONE_TODAY)
    assert stored == half_hours * 3, f"{stored} values in the store"
    return {
        "bench": "campaign",
        "meters": customers,
        "sessions_per_second": round(customers / seconds),
        "bar_sessions_per_second": BAR,
        "without_books_sessions_per_second": round(alone),
        "half_hours_per_second": round(half_hours * 3 / seconds),
        "seconds": f"{seconds:.2f}",
        "session_p50_seconds": f"{np.quantile(figures.seconds, 0.5):.3f}",
        "session_p95_seconds": f"{np.quantile(figures.seconds, 0.95):.3f}",
        "sessions_good": figures.good,
        "half_hours_stored": stored,
        "processes": "worker, meters, PostgreSQL",
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {"congto": __version__, "python": platform.python_version()},
    }


def _devices(count: int, seed: int, port: int) -> None:
    """Enter devices with sealed keys, a plan, a wide limit; days before yesterday are complete."""
    number = pl.int_range(1, count + 1, eager=True)
    with bulk() as books:
        books.execute("UPDATE meters_meter SET remote = true")
        books.execute(PLAN)
        books.execute(LIMIT, (NOW - timedelta(hours=1),))
        books.copy("devices_device", _device_rows(number, seed, port))
        books.copy("devices_devicesecret", _secret_rows(count, seed))
        books.execute("ANALYZE")
    keep_through(
        pl.DataFrame({"device": number, "usage_point": number}).with_columns(
            complete_before=pl.lit(TODAY - timedelta(days=1))
        )
    )


def _device_rows(number: pl.Series, seed: int, port: int) -> pl.DataFrame:
    plain = dict.fromkeys(("cell", "last_fault", "firmware"), pl.lit(""))
    numbers = number.to_list()
    return pl.DataFrame(
        {
            "id": number,
            "meter_id": number,
            "host": [loopback_address(one) for one in numbers],
            "system_title": [system_title(seed, one).hex() for one in numbers],
        }
    ).with_columns(
        unit_id=pl.lit(1, pl.Int64),
        profile=pl.lit("congto-simulator"),
        path=pl.lit("direct"),
        port=pl.lit(port, pl.Int32),
        logical_device=pl.lit(1, pl.Int32),
        state=pl.lit("active"),
        added_at=pl.lit(NOW),
        failures=pl.lit(0, pl.Int32),
        **plain,
    )


def _secret_rows(count: int, seed: int) -> pl.DataFrame:
    keys = keyring()
    rows = []
    for number in range(1, count + 1):
        made = secrets_of(seed, number)
        for use, raw in (
            (SecretUse.UNICAST, made.unicast),
            (SecretUse.AUTHENTICATION, made.authentication),
        ):
            sealed = seal(keys, number, use, SecretBytes(raw))
            rows.append((number, use.value, sealed))
    return pl.DataFrame(rows, schema=["device_id", "use", "sealed"], orient="row").with_columns(
        id=pl.int_range(1, pl.len() + 1),
        device_id=pl.col("device_id").cast(pl.Int64),
        phase=pl.lit("current"),
        sealed_under=pl.lit(keys.current.name),
        made_at=pl.lit(NOW),
        changed_at=pl.lit(NOW),
        upcoming=pl.lit(10_000, pl.Int64),  # above those that the sessions without books take
        proved=pl.lit(-1, pl.Int64),
    )


def _alone(count: int, seed: int, port: int) -> float:
    """Return sessions a second without books: 48 half-hours, one register, clock."""
    load = Load(port, seed, count)
    asyncio.run(visit_all(load, min(count, 500), AT_ONCE, Tally()))  # all code is warm
    gc.collect()
    gc.freeze()
    tally = Tally()
    asyncio.run(visit_all(load, count, AT_ONCE, tally))
    assert tally.complete == count, f"{tally.failures} of sound meters"
    return count / tally.seconds


def _campaign() -> tuple[float, Figures]:
    """Run a worker until the window is read."""
    begun = perf_counter()
    figures = asyncio.run(Worker(_clock(begun), Way(CONCURRENCY, once=True)).run())
    return perf_counter() - begun, figures


def _clock(begun: float) -> Callable[[], datetime]:
    return lambda: NOW + timedelta(seconds=perf_counter() - begun)


def _stored() -> int:
    """Count the values that are in the store."""
    done = read("SELECT count(*) AS done FROM campaigns_task WHERE state = 'done'")["done"].item()
    assert done > 0, "tasks are done"
    days = [
        intervals.read_day(TODAY - timedelta(days=back), channel)
        for back in (0, 1)
        for channel in Channel
    ]
    return sum(int(day["values"].list.drop_nulls().list.len().sum()) for day in days)
