"""`congto bench vee`: a day of half-hours from delivered to validated, in the store and the books.

A store is generated (bench.days; not timed): the delivered day of all meters with seeded faults in
3 % of the days, what is remembered of each, the validated days that estimation may lean on, and the
facts of the points as files. Timed is the operation that a real day uses, `run_day`, in two spawned
processes: read the delivered day, what is remembered and the facts; all rules; estimates; write the
validated day and what is remembered; findings into PostgreSQL. Then the day is added up by hour and
group of customers and written.

Reading the facts of the points from PostgreSQL is not part of it.

The limit is to read the same delivered bytes and write the same validated and remembered bytes in
the same processes and the same run, with no rules at all.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import deltalake
import numpy as np
import polars as pl
import pyarrow as pa
from django.conf import settings

from congto import __version__
from congto.engines import usage
from congto.engines.usage.valid_day import ValidDay
from congto.interfaces.bench.books import scratch_database
from congto.interfaces.bench.days import DAY, FAULTS, FileFacts, facts_folder, fill_part
from congto.interfaces.bench.machine import cores, cpu_seconds, peak_rss_bytes
from congto.office.billing.partitions import begin_worker
from congto.office.meterdata import vee
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.meterdata.vee_sources import earlier_days
from congto.office.meterdata.vee_stored import stored_day
from congto.office.storage.bulk import connection_url, read
from congto.office.storage.interval_tables import HISTORY, RAW, VALIDATED, DayTable
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import HALF_HOURS, Channel
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.office.storage.interval_tables import Snapshot

AT = datetime(2026, 10, 8, 1, tzinfo=UTC)
CELL_POINTS = 500
"""Customers added up together: those of one class at one transformer."""

LIKE_DAYS = 4
TABLES = {"raw": RAW, "validated": VALIDATED, "history": HISTORY}


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Validate one day of so many meters; return the rate, the limit, peak memory and counts."""
    folder = Path(tempfile.mkdtemp(prefix="vee-bench-", dir=_scratch()))
    before, settings.DATA = settings.DATA, folder
    try:
        with scratch_database():
            return _run(customers, seed)
    finally:
        settings.DATA = before
        shutil.rmtree(folder)


def _run(customers: int, seed: int) -> dict[str, Any]:
    workers = cores()
    parts = range(-(-customers // PART_POINTS))
    begun = perf_counter()
    with _pool(workers) as pool:
        faults = _fill(pool, customers, seed, parts)
    fill_seconds, cpu_begun = perf_counter() - begun, cpu_seconds()
    with _pool(workers) as pool:
        wait([pool.submit(_start) for _ in range(workers)])
        begun = perf_counter()
        facts = FileFacts(facts_folder())
        report = vee.run_day(DAY, load_interval_rules(), at=AT, facts=facts, pool=pool)
        run_seconds = perf_counter() - begun
        groups = _aggregate(pool, parts)
        seconds = perf_counter() - begun
    peak, cpu = peak_rss_bytes(workers), cpu_seconds() - cpu_begun
    with _pool(workers) as pool:
        wait([pool.submit(_start) for _ in range(workers)])
        limit_seconds = sum(pool.map(_limit, parts)) / workers
    _check(customers, report, faults)
    readings = customers * HALF_HOURS
    return {
        "bench": "vee",
        "meters": customers,
        "readings": readings,
        "readings_per_second": round(readings / seconds),
        "limit_readings_per_second": round(readings / limit_seconds),
        "ratio": f"{limit_seconds / seconds:.3f}",
        "seconds": f"{seconds:.2f}",
        "seconds_validated": f"{run_seconds:.2f}",
        "seconds_aggregates": f"{seconds - run_seconds:.2f}",
        "limit_seconds": f"{limit_seconds:.2f}",
        "cpu_seconds": f"{cpu:.2f}",
        "fill_seconds": f"{fill_seconds:.2f}",
        "peak_rss_bytes": peak,
        "faulty_days": sum(faults.values()),
        "faults": dict(faults),
        "findings": _findings(),
        "groups": groups,
        "store_bytes": {name: _bytes(table) for name, table in TABLES.items()},
        "workers": workers,
        "cores": workers,
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "pyarrow": pa.__version__,
            "numpy": np.__version__,
            "deltalake": deltalake.__version__,
            "python": platform.python_version(),
        },
    }


def _scratch() -> Path:
    """Return the data folder, where there is room."""
    folder = Path(os.environ.get("CONGTO_DATA", "data")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(connection_url(), str(settings.DATA)),
    )


def _begin(url: str, data: str) -> None:
    """Set a worker up on the scratch database and store; one core is its share."""
    begin_worker(url)
    settings.DATA = Path(data)
    pa.set_cpu_count(1)


def _start() -> None:
    """Load what a worker needs before the clock runs."""
    load_interval_rules()


def _fill(pool: ProcessPoolExecutor, customers: int, seed: int, parts: range) -> Counter[str]:
    """Write the store and return how many days have each fault."""
    alike = earlier_days(DAY)[:LIKE_DAYS]
    orders = [
        (part, min(PART_POINTS, customers - part * PART_POINTS), seed, tuple(alike))
        for part in parts
    ]
    faults: Counter[str] = Counter()
    written: dict[str, list[Any]] = {name: [] for name in TABLES}
    for files, named in pool.map(fill_part, orders):
        faults.update(named)
        for name, file in files:
            written[name].append(file)
    for name, table in TABLES.items():
        table.commit(written[name], at=AT - timedelta(days=1))
    return faults


def _aggregate(pool: ProcessPoolExecutor, parts: Sequence[int]) -> int:
    """Add the validated day up by cell and hour and write it; return the cells."""
    snapshot = VALIDATED.snapshot(DAY)
    hours = pl.concat(pool.map(_cell_hours, [(snapshot, part) for part in parts]))
    place = Path(settings.DATA) / "aggregates" / f"{DAY}.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    hours.write_parquet(place)
    return hours["cell"].n_unique()


def _cell_hours(order: tuple[Snapshot, int]) -> pl.DataFrame:
    snapshot, part = order
    first = part * PART_POINTS
    columns = ["usage_point", "values", "quality", "qualities"]
    rows = snapshot.rows(first, first + PART_POINTS - 1, columns=columns)
    frame = pl.DataFrame(pl.from_arrow(rows))
    day = ValidDay.of(frame, DAY)
    return usage.cell_hours(day, day.points // CELL_POINTS)


def _limit(part: int) -> float:
    """Read what a part reads and write what it wrote; return the seconds of both."""
    first, last = part * PART_POINTS, (part + 1) * PART_POINTS - 1
    written = {table.name: table.snapshot(DAY).rows(first, last) for table in (VALIDATED, HISTORY)}
    begun = perf_counter()
    RAW.snapshot(DAY).rows(first, last)
    HISTORY.snapshot(DAY - timedelta(days=1)).rows(first, last)
    for name, rows in written.items():
        DayTable(f"limit_{name}", TABLES[name].frame).write(DAY, rows)
    return perf_counter() - begun


def _check(customers: int, report: vee.DayReport, faults: Counter[str]) -> None:
    """Refuse figures of a run that did not do its work."""
    if report.days != customers:
        raise AssertionError(f"{report.days} days validated of {customers} meters")
    quality = VALIDATED.snapshot(DAY).rows(columns=["quality", "day_wh"])
    if quality.num_rows != customers:
        raise AssertionError(f"{quality.num_rows} rows of {customers} meters")
    incomplete = quality.column("day_wh").null_count
    if incomplete:
        raise AssertionError(f"{incomplete} days without a sum although all registers are known")
    must = sum(faults[name] for name in FAULTS if name not in {"spike", "stuck", "zeros"})
    estimated = int((quality.column("quality").to_numpy() < Quality.EDITED).sum())
    if estimated < must:
        raise AssertionError(f"{estimated} days estimated, {must} lack values")
    _check_sums()


def _check_sums() -> None:
    """Compare every estimated day with the registers' advance, in one part."""
    stored = stored_day(VALIDATED.snapshot(DAY), Channel.ACTIVE_IMPORT, 0, PART_POINTS - 1)
    facts = FileFacts(facts_folder()).of_points(DAY, 0, PART_POINTS - 1)
    advance = (facts["closing_wh"] - facts["opening_wh"]).to_numpy()
    made = (stored.methods != 0).any(axis=1)
    off = int((stored.values.sum(axis=1, dtype=np.int64)[made] != advance[made]).sum())
    if off:
        raise AssertionError(f"{off} estimated days do not sum up to the registers' advance")


def _findings() -> dict[str, int]:
    rows = read("SELECT rule, count(*) AS n FROM meterdata_dayfinding GROUP BY 1 ORDER BY 1")
    return dict(rows.rows())


def _bytes(table: DayTable) -> int:
    """Return the bytes of the bench's day in a table, of the day before in what is remembered."""
    return sum(file.stat().st_size for file in (table.folder / f"local_day={DAY}").glob("*"))
