"""`congto bench usage`: a month of time-of-use determinants of many points, from half-hours.

A store of validated half-hours is written in the store's own files (not timed): active energy, in
3 % of a point's days some half-hours estimated. A month of 8 M points is 12 billion values, 16 GB;
so seven different days are made, and the month refers to the file of the day's weekday. All 31 days
are read, decoded and added up, but a file comes from the disk once and from memory then.

Timed is what `determine_points` does with each part of 250,000 points: read 31 days, look for
deliveries that nobody judged, cut each day by the time bands in force, add up, find the demand,
compare with the register, write DETERMINANTS. Points and register energies lie in memory; reading
them from PostgreSQL is not part of it. Every sum is compared with the register afterwards, which
the fill added up by itself.

The limit is to read and decode the same columns of the same files in the same processes, no more.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
from django.conf import settings

from congto import __version__
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.office.meterdata.determinants import part_determinants
from congto.office.meterdata.determinants_reads import COLUMNS, RAW_COLUMNS, DayFiles
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.storage import derived
from congto.office.storage.interval_arrays import lists, sparse_lists
from congto.office.storage.interval_tables import RAW, VALIDATED, DayFile, NewFile, Snapshot
from congto.reference import load_time_bands
from congto.vocabulary.frames.usage import POINT_REGISTERS
from congto.vocabulary.intervals import HALF_HOURS, Channel
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

MONTH = Period.month(2026, 10)
WEEK = 7
GAPS_PERMILLE = 30
"""Days with estimated half-hours, of a thousand."""

KNOWN_AT = datetime(2026, 11, 1, tzinfo=UTC)
SHAPE = 40 + np.round(60 * np.sin(np.arange(HALF_HOURS) / HALF_HOURS * np.pi) ** 2).astype(np.int64)
"""A day's load in percent: low at night, high at noon."""


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Determine a month of so many points once; return the rate, the limit and peak memory."""
    folder = Path(tempfile.mkdtemp(prefix="usage-bench-", dir=_scratch()))
    try:
        with _store_in(folder):
            return _measured(folder, customers, seed)
    finally:
        shutil.rmtree(folder)


def _measured(folder: Path, points: int, seed: int) -> dict[str, Any]:
    workers = cores()
    parts = range(-(-points // PART_POINTS))
    orders = [(folder, part, min(PART_POINTS, points - part * PART_POINTS), seed) for part in parts]
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(folder,)
    ) as pool:
        begun = perf_counter()
        files = _month(list(pool.map(_fill, orders)))
        fill_seconds = perf_counter() - begun
        seconds, cpu_seconds = _timed(pool, _determine, orders, files)
        limit_seconds, limit_cpu_seconds = _timed(pool, _read, orders, files)
    peak = peak_rss_bytes(workers)
    _prove(folder, points)
    half_hours = points * MONTH.days * HALF_HOURS
    return {
        "bench": "usage",
        "meters": points,
        "days": MONTH.days,
        "half_hours": half_hours,
        "seconds": f"{seconds:.2f}",
        "limit_seconds": f"{limit_seconds:.2f}",
        "ratio": f"{limit_seconds / seconds:.3f}",
        "half_hours_per_second": round(half_hours / seconds),
        "limit_half_hours_per_second": round(half_hours / limit_seconds),
        "cpu_seconds": f"{cpu_seconds:.2f}",
        "limit_cpu_seconds": f"{limit_cpu_seconds:.2f}",
        "fill_seconds": f"{fill_seconds:.2f}",
        "different_days": WEEK,
        "file_bytes": sum(file.stat().st_size for file in VALIDATED.folder.rglob("*.parquet")),
        "peak_rss_bytes": peak,
        "workers": workers,
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "pyarrow": pa.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def _scratch() -> Path:
    """Return the data folder, where there is room, else the system's own place."""
    folder = Path(os.environ.get("CONGTO_DATA", "data")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _store_in(folder: Path) -> Iterator[None]:
    """Let the store live in the bench's folder, whatever it was before; no database is needed."""
    before = settings.DATA if settings.configured else None
    if before is None:
        settings.configure(DATA=folder)
    settings.DATA = folder
    try:
        yield
    finally:
        settings.DATA = before


def _begin(folder: Path) -> None:
    """Do the same in a new process."""
    settings.configure(DATA=folder)


def _timed(
    pool: ProcessPoolExecutor,
    work: Callable[..., float],
    orders: Sequence[tuple[Path, int, int, int]],
    files: Sequence[DayFiles],
) -> tuple[float, float]:
    """Let the processes work off all parts; return seconds, and CPU seconds of all of them."""
    begun = perf_counter()
    cpu_seconds = sum(pool.map(work, orders, [files] * len(orders)))
    return perf_counter() - begun, cpu_seconds


def _fill(order: tuple[Path, int, int, int]) -> list[tuple[NewFile, NewFile]]:
    """Write a part's file of each weekday and the register energies of the month."""
    folder, part, count, seed = order
    random = np.random.default_rng([seed, part])
    mean_wh = random.lognormal(np.log(120), 0.9, count).clip(1, 20_000)
    total = np.zeros(count, np.int64)
    keys = part * PART_POINTS + np.arange(count)
    written = []
    for day in MONTH.each_day()[:WEEK]:
        values = _values(random, mean_wh)
        days = sum(one.weekday() == day.weekday() for one in MONTH.each_day())
        total += values.sum(axis=1, dtype=np.int64) * days
        written.append((VALIDATED.write(day, _rows(random, part, values)), _delivered(day, keys)))
    energies = pl.DataFrame({"usage_point": keys, "total_wh": total})
    others = [
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in POINT_REGISTERS.columns.items()
        if name not in energies.columns
    ]
    measured = pl.lit(Quality.MEASURED.value, dtype=pl.Int16).alias("quality")
    registers = POINT_REGISTERS.check(energies.with_columns(others).with_columns(measured))
    registers.write_parquet(folder / f"{part}.registers.parquet")
    return written


def _values(random: np.random.Generator, mean_wh: NDArray[np.float64]) -> NDArray[np.int32]:
    """Draw a day: a point's own level, the day's shape, noise."""
    level = mean_wh[:, None].astype(np.int64) * SHAPE
    noise = random.integers(60, 141, (len(mean_wh), HALF_HOURS))
    return (level * noise // 6_000).astype(np.int32)


def _rows(random: np.random.Generator, part: int, values: NDArray[np.int32]) -> pa.Table:
    """Return the rows of a validated day; some have half-hours that were estimated."""
    count = len(values)
    gaps = np.flatnonzero(random.integers(0, 1000, count) < GAPS_PERMILLE)
    first = random.integers(0, HALF_HOURS - 4, len(gaps))[:, None]
    slots = np.arange(HALF_HOURS)
    guessed = (slots >= first) & (slots < first + 4)
    qualities = np.where(guessed, Quality.ESTIMATED.value, Quality.MEASURED.value).astype(np.int8)
    quality = np.full(count, Quality.MEASURED.value, np.int16)
    quality[gaps] = Quality.ESTIMATED.value
    none = np.zeros((0, HALF_HOURS), np.int32)
    return pa.table(
        {
            "usage_point": part * PART_POINTS + np.arange(count),
            "channel": np.full(count, Channel.ACTIVE_IMPORT.value, np.int8),
            "values": lists(values),
            "qualities": sparse_lists(count, gaps, qualities),
            "methods": sparse_lists(count, gaps, np.where(guessed, 17, 0).astype(np.int8)),
            "reasons": sparse_lists(count, np.zeros(0, np.int64), none),
            "quality": quality,
            "day_wh": values.sum(axis=1, dtype=np.int64),
            "raw_version": np.ones(count, np.int16),
            "version": np.ones(count, np.int16),
            "known_at": pa.array([KNOWN_AT] * count, pa.timestamp("us", "UTC")),
        }
    )


def _delivered(day: date, keys: NDArray[np.int64]) -> NewFile:
    """Write the delivery of a day; its values are not looked at here, so it has none."""
    count = len(keys)
    none = sparse_lists(count, np.zeros(0, np.int64), np.zeros((0, HALF_HOURS), np.int32))
    rows = {
        "usage_point": keys,
        "channel": np.full(count, Channel.ACTIVE_IMPORT.value, np.int8),
        "values": none,
        "status": none,
        "source": np.ones(count, np.int8),
        "version": np.ones(count, np.int16),
        "known_at": pa.array([KNOWN_AT] * count, pa.timestamp("us", "UTC")),
    }
    return RAW.write(day, pa.table(rows))


def _month(parts: Sequence[Sequence[tuple[NewFile, NewFile]]]) -> list[DayFiles]:
    """Return the files of each day: those of its weekday."""
    found = []
    for day in MONTH.each_day():
        files: tuple[list[DayFile], list[DayFile]] = ([], [])
        for part, week in enumerate(parts):
            for place, new in enumerate(week[(day - MONTH.start).days % WEEK]):
                first = part * PART_POINTS
                files[place].append(DayFile(new.path, first, first + PART_POINTS - 1, PART_POINTS))
        validated, raw = (tuple(one) for one in files)
        found.append(DayFiles(day, Snapshot(VALIDATED, 0, validated), Snapshot(RAW, 0, raw)))
    return found


def _determine(order: tuple[Path, int, int, int], files: Sequence[DayFiles]) -> float:
    """Determine a part and write it; return its CPU seconds."""
    folder, part, _, _ = order
    begun = process_time()
    registers = pl.read_parquet(folder / f"{part}.registers.parquet")
    points = registers.select(
        "usage_point", period_from=pl.lit(MONTH.start), period_to=pl.lit(MONTH.end)
    )
    found = part_determinants(points, registers, files, load_time_bands())
    derived.write(folder / "determinants" / f"{part}.parquet", found, of="bench")
    return process_time() - begun


def _read(order: tuple[Path, int, int, int], files: Sequence[DayFiles]) -> float:
    """Read the same columns of the same files; return the CPU seconds."""
    _, part, count, _ = order
    begun = process_time()
    first = part * PART_POINTS
    for one in files:
        rows = one.validated.rows(first, first + count - 1, columns=COLUMNS)
        raw = one.raw.rows(first, first + count - 1, columns=RAW_COLUMNS)
        assert rows.num_rows == raw.num_rows == count
    return process_time() - begun


def _prove(folder: Path, points: int) -> None:
    """Compare half-hours with registers; raises AssertionError where a point differs."""
    found = pl.read_parquet(folder / "determinants" / "*.parquet")
    wrong = found.filter(pl.col("difference_wh").ne_missing(0)).height
    estimated = found["estimated"].sum()
    if found.height != points or wrong or not estimated:
        raise AssertionError(
            f"{found.height} of {points} points determined, {wrong} not as their register,"
            f" {estimated} half-hours estimated"
        )
