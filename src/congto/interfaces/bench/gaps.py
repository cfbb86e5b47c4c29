"""`congto bench gaps`: what the interval store lacks of many meters, and the ranges to ask for.

The store is filled first (seeded, not timed): yesterday's half-hours of three channels of every
meter; three meters in a hundred lack a run of them, one in a hundred all. Days before are known to
be complete, as after the pass of the day before. Limit in the same run: the same day read from the
store and nothing asked of it.
"""

from __future__ import annotations

import platform
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from django.conf import settings

from congto import __version__
from congto.headend.campaigns.gaps import ranges_of
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.office.campaigns.operations import Expectation, lacking
from congto.office.storage import intervals
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.intervals import HALF_HOURS, Channel
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = date(2026, 11, 24)
AT = datetime.combine(DAY + timedelta(days=1), time(0), LOCAL_ZONE)
CHANNELS = (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT, Channel.REACTIVE_IMPORT)
MODEL = "congto-simulator"
ROWS_AT_ONCE = 250_000
RUN_PERCENT, SILENT_PERCENT = 3, 1
RUN = slice(10, 20)


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Look for the gaps of so many meters; return points a second and the limit."""
    with tempfile.TemporaryDirectory(prefix="congto-gaps-") as folder:
        before, settings.DATA = settings.DATA, Path(folder)
        try:
            lot = np.random.default_rng(seed).integers(0, 100, customers)
            _fill(lot)
            devices = _devices(customers)
            through = devices.select("device", "usage_point", complete_before=pl.lit(DAY))
            begun = perf_counter()
            found = lacking(devices, {MODEL: Expectation(60, CHANNELS)}, at=AT, through=through)
            ranges = ranges_of(found.gaps)
            seconds = perf_counter() - begun
            limit = _limit()
        finally:
            settings.DATA = before
    wanted = int((lot < RUN_PERCENT + SILENT_PERCENT).sum())
    assert ranges.height == found.gaps.height == wanted, f"{ranges.height} of {wanted} gaps"
    return {
        "bench": "gaps",
        "meters": customers,
        "points_per_second": round(customers / seconds),
        "limit_points_per_second": round(customers / limit),
        "ratio": f"{limit / seconds:.3f}",
        "seconds": f"{seconds:.2f}",
        "ranges": ranges.height,
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
        },
    }


def _fill(lot: NDArray[np.int64]) -> None:
    """Store yesterday: who drew below 1 has nothing, below 4 lacks ten half-hours."""
    for first in range(0, len(lot), ROWS_AT_ONCE):
        part = lot[first : first + ROWS_AT_ONCE]
        points = np.arange(first + 1, first + 1 + len(part))
        there = part >= SILENT_PERCENT
        values = np.tile(np.arange(100, 100 + HALF_HOURS, dtype=np.int32), (len(part), 1))
        lacks = np.zeros(values.shape, bool)
        lacks[part < SILENT_PERCENT + RUN_PERCENT, RUN] = True
        flat = pl.DataFrame({"v": values.ravel(), "lacks": lacks.ravel()})
        lists = flat.select(pl.when(~pl.col("lacks")).then("v")).to_series()
        rows = pl.DataFrame(
            {"usage_point": points, "values": lists.reshape((-1, HALF_HOURS)).arr.to_list()}
        ).filter(pl.Series(there))
        days = [
            rows.with_columns(channel=pl.lit(int(channel)), local_day=pl.lit(DAY))
            for channel in CHANNELS
        ]
        intervals.append(pl.concat(days), at=AT)


def _devices(count: int) -> pl.DataFrame:
    number = pl.int_range(1, count + 1, eager=True)
    return pl.DataFrame({"device": number, "usage_point": number}).with_columns(
        unit_id=pl.lit(1, pl.Int64),
        serial=pl.col("device").cast(pl.String),
        profile=pl.lit(MODEL),
        valid_from=pl.lit(date(2026, 1, 1)),
        valid_to=pl.lit(None, pl.Date),
        reachable=pl.lit(value=True),
    )


def _limit() -> float:
    """Return the seconds of reading the same rows from the store."""
    begun = perf_counter()
    RAW.snapshot(DAY).rows(columns=["usage_point", "channel", "source", "values"])
    return perf_counter() - begun
