"""`congto bench rate`: bills with full lines per second, for a population of the real mix.

The bills have all their lines, each with its trace: purpose, days, width of the tier. One shop in a
hundred has a household behind it, one household in a hundred another count from the 16th day on,
one business in a hundred refused its three-rate meter.
The population is made and held two million accounts at a time (seeded, not timed); the engine hands
its lines over piece by piece, they are counted and let go, as a run that writes them to the books
would. Peak memory is that of the whole process (ru_maxrss).

The limit is plain Polars arithmetic over the same kWh in the same run: cut into six tiers at fixed
widths, multiply, sum; no dates, groups, quotas, lines or VAT.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from datetime import date
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import polars as pl

from congto import __version__
from congto.engines.rating.vectorised import rate_chunks
from congto.interfaces.bench.population import population, with_every_rule
from congto.reference.vn import price_book

if TYPE_CHECKING:
    from congto.vocabulary.prices import PriceBook

BATCH_ROWS = 2_000_000
MONTH = (date(2026, 10, 1), date(2026, 11, 1))
TIERS = ((0, 50, 1984), (50, 100, 2050), (100, 200, 2380), (200, 300, 2998), (300, 400, 3350))
LAST_TIER = (400, 3460)


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Rate `customers` accounts once; return rates per second, peak memory and surroundings."""
    book = price_book()
    rate_seconds = cpu_seconds = limit_seconds = 0.0
    lines = net = 0
    # Tables and code are loaded before the clock runs.
    _rate(*with_every_rule(population(1_000, seed, MONTH)), book)
    for number, start in enumerate(range(0, customers, BATCH_ROWS)):
        count = min(BATCH_ROWS, customers - start)
        batch, changes = with_every_rule(population(count, seed + number, MONTH))
        begun, cpu_begun = perf_counter(), process_time()
        batch_lines, batch_net, bills = _rate(batch, changes, book)
        rate_seconds += perf_counter() - begun
        assert bills == count, "the population has accounts that cannot be rated"
        cpu_seconds += process_time() - cpu_begun
        lines, net = lines + batch_lines, net + batch_net
        begun = perf_counter()
        _plain(batch)
        limit_seconds += perf_counter() - begun
    bills_per_second = round(customers / rate_seconds)
    limit_per_second = round(customers / limit_seconds)
    return {
        "bench": "rate",
        "customers": customers,
        "bills_per_second": bills_per_second,
        "lines_per_second": round(lines / rate_seconds),
        "limit_per_second": limit_per_second,
        "ratio": f"{bills_per_second / limit_per_second:.3f}",
        "seconds": f"{rate_seconds:.2f}",
        "cpu_seconds": f"{cpu_seconds:.2f}",
        "lines": lines,
        "net_vnd": net,
        "peak_rss_bytes": peak_rss_bytes(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
        },
    }


def _rate(batch: pl.DataFrame, changes: pl.DataFrame, book: PriceBook) -> tuple[int, int, int]:
    """Rate one batch; return numbers of lines, net sum and bills, and let the frames go."""
    lines = net = bills = 0
    for bill_lines, totals in rate_chunks(batch, book, household_changes=changes):
        lines += bill_lines.height
        bills += totals.height
        net += int(totals["net_vnd"].sum())
    return lines, net, bills


def _plain(batch: pl.DataFrame) -> int:
    """Return the limit's result: the money of all kWh cut in tiers, nothing else."""
    kwh = pl.col("energy_wh") // 1000
    money = (kwh - LAST_TIER[0]).clip(0) * LAST_TIER[1]
    for lower, upper, price in TIERS:
        money = money + (kwh.clip(lower, upper) - lower) * price
    return int(batch.select(money.alias("net")).to_series().sum())


def peak_rss_bytes() -> int:
    """Return the most memory this process has held; the system counts in KiB, on macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
