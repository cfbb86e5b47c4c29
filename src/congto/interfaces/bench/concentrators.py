"""`congto bench concentrators`: files of concentrators to rows of the store, by each adapter.

Files of a day are made first (seeded, not timed): all meters with energy taken, given and reactive,
in a file for each adapter and a day of its own. Timed is what a load does: every field read by the
adapter, values to whole Wh, doubles looked for, meters found in the books by their numbers, days
laid beside what the store has and written there.

The limit in the same run: the same bytes parsed by Polars (CSV, JSON lines, Parquet) or lxml (XML)
alone, all fields as text, nothing looked at.
"""

from __future__ import annotations

import gc
import platform
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from django.conf import settings
from lxml import etree

from congto import __version__
from congto.interfaces.bench.books import fill, scratch_database
from congto.interfaces.bench.machine import cores, cpu_seconds, peak_rss_bytes
from congto.interfaces.files.concentrators.adapter import SUFFIXES, FileKind
from congto.interfaces.files.concentrators.formats import read
from congto.interfaces.files.concentrators.loader import shipped_adapter
from congto.interfaces.files.concentrators.writer import MetersDay, half_hour_rows, write_file
from congto.office.intake.operations import load_days
from congto.vocabulary.intervals import HALF_HOURS, Channel, Status
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from congto.interfaces.files.concentrators.adapter import Adapter
    from congto.office.intake.receiving import Counts

ADAPTERS = ("congto-wide", "congto-long", "congto-parquet", "congto-xml", "congto-jsonl")
CHANNELS = (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT, Channel.REACTIVE_IMPORT)
AT = datetime(2026, 11, 25, 1, tzinfo=UTC)
FIRST_DAY = date(2026, 10, 5)
METERS_A_FILE = 10_000
DARK_PERMILLE = 1
MAKER = "BEN"


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Load a day of so many meters by each adapter; return rates, limits and peak memory."""
    data = Path(tempfile.mkdtemp(prefix="congto-concentrators-"))
    before, settings.DATA = settings.DATA, data / "data"
    try:
        with scratch_database():
            fill(customers, seed, Period.month(2026, 10))
            _one("congto-long", data, min(customers, 50), seed, FIRST_DAY)  # all code is loaded
            done = {
                name: _one(name, data, customers, seed, FIRST_DAY + timedelta(days=number))
                for number, name in enumerate(ADAPTERS, start=1)
            }
    finally:
        settings.DATA = before
        shutil.rmtree(data)
    values = customers * len(CHANNELS) * HALF_HOURS
    return {
        "bench": "concentrators",
        "meters": customers,
        "values": values,
        "values_per_second": {name: round(values / one["seconds"]) for name, one in done.items()},
        "limit_values_per_second": {
            name: round(values / one["limit_seconds"]) for name, one in done.items()
        },
        "seconds": {name: f"{one['seconds']:.2f}" for name, one in done.items()},
        "cpu_seconds": {name: f"{one['cpu_seconds']:.2f}" for name, one in done.items()},
        "file_bytes": {name: int(one["bytes"]) for name, one in done.items()},
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "lxml": etree.__version__,
            "python": platform.python_version(),
        },
    }


def _one(name: str, data: Path, meters: int, seed: int, day: date) -> dict[str, float]:
    """Write the files of one adapter, load them, and parse the same bytes alone."""
    adapter = shipped_adapter(name)
    paths = _write(adapter, data, meters, seed, day)
    gc.collect()
    begun, cpu_begun = perf_counter(), cpu_seconds()
    days = sum(_load(adapter, path) for path in paths)
    seconds, cpu = perf_counter() - begun, cpu_seconds() - cpu_begun
    assert days == meters * len(CHANNELS), "every day of every meter is in the store"
    begun = perf_counter()
    for path in paths:
        _parse(adapter, path)
    limit = perf_counter() - begun
    size = sum(path.stat().st_size for path in paths)
    for path in paths:
        path.unlink()
    return {"seconds": seconds, "cpu_seconds": cpu, "limit_seconds": limit, "bytes": size}


def _write(adapter: Adapter, data: Path, meters: int, seed: int, day: date) -> list[Path]:
    """Write a day of so many meters, some thousands a file as a collecting system sends them."""
    paths = []
    for first in range(1, meters + 1, METERS_A_FILE):
        numbers = range(first, min(first + METERS_A_FILE, meters + 1))
        random = np.random.default_rng((seed, first))
        shape = (len(numbers), HALF_HOURS)
        dark = random.integers(0, 1000, shape) < DARK_PERMILLE
        given = MetersDay(
            day=day,
            meters=[f"{MAKER if adapter.meter.pattern else ''}B{number}" for number in numbers],
            values={channel: random.integers(0, 3000, shape) for channel in CHANNELS},
            status=np.where(dark, np.uint8(Status.POWER_DOWN), np.uint8(0)),
        )
        path = data / f"{adapter.name}-{first}{SUFFIXES[adapter.file.kind]}"
        write_file(path, adapter, half_hour_rows(adapter, given))
        paths.append(path)
    return paths


def _load(adapter: Adapter, path: Path) -> int:
    """Load a file; return the days that are new in the store."""
    new = 0

    def note(counts: Counts) -> Counts:
        nonlocal new
        new += counts.new
        return counts

    for piece in read(adapter, path):
        days = piece.frame
        _, errors = load_days(days, path.name, "bench", note=note, at=AT, of_meters=True)
        assert piece.errors.is_empty(), "no line is wrong"
        assert errors.is_empty(), "every meter is in the books"
    return new


def _parse(adapter: Adapter, path: Path) -> None:
    """Parse a file and do nothing with it."""
    kind = adapter.file.kind
    if kind is FileKind.CSV:
        pl.read_csv(path, separator=adapter.file.delimiter, infer_schema=False,
                    truncate_ragged_lines=True)  # fmt: skip
    elif kind is FileKind.PARQUET:
        pl.read_parquet(path)
    elif kind is FileKind.JSON_LINES:
        pl.read_ndjson(path)
    else:
        for _, element in etree.iterparse(str(path), events=("end",), tag=adapter.file.record):
            element.clear()
