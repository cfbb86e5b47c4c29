"""`congto bench trial`: a draft over the whole base and a year, against what is in force.

The base is made by the seeded population and written as files (not timed): the same customers every
month, with the use of the season. Timed is one trial end to end: read the files, rate both sides,
compare by group, unit, tier, decile and customer, and put the sums together.

The limit is plain Polars arithmetic over the same files in the same run: read the same bytes, look
up the kWh of each account, cut it into six tiers at fixed widths, multiply, sum, for two tables of
prices; no dates, groups, quotas, VAT, sums by anything.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import polars as pl

from congto import __version__
from congto.interfaces.bench.population import population
from congto.interfaces.bench.rate import LAST_TIER, TIERS, peak_rss_bytes
from congto.office.billing.trial import summed, trial_spans
from congto.office.billing.trial_base import SPAN, Base, write_span
from congto.reference.drafts import change_of, tiers_of
from congto.reference.vn import price_book
from congto.vocabulary.periods import Period
from congto.vocabulary.trials import TrialRules

MONTHS = 12
SEASON = (96, 92, 97, 101, 108, 116, 118, 114, 107, 101, 96, 94)
"""Use of the months in percent of the mean, January first: hot summers. Made up for the bench."""

CUSTOMERS_A_UNIT = 30_000
DRAFT_UP_PERCENT = "+3"


@dataclass(frozen=True, slots=True)
class Filled:
    """The files of a base and how many rows and bytes they have."""

    bases: tuple[Base, ...]
    profiles: int
    file_bytes: int


def run(customers: int, seed: int = 1, months: int = MONTHS) -> dict[str, Any]:
    """Rate so many customers over so many months on both sides once; return rate and limit."""
    folder = Path(tempfile.mkdtemp(prefix="trial-bench-", dir=_scratch()))
    try:
        begun = perf_counter()
        filled = _fill(folder, customers, seed, months)
        fill_seconds = perf_counter() - begun
        filled_peak = peak_rss_bytes()
        begun, cpu_begun = perf_counter(), process_time()
        bills, change_vnd = _trial(filled.bases)
        seconds, cpu_seconds = perf_counter() - begun, process_time() - cpu_begun
        peak = peak_rss_bytes()
        begun = perf_counter()
        _plain(filled.bases)
        limit_seconds = perf_counter() - begun
    finally:
        shutil.rmtree(folder)
    if bills != customers * months:
        raise AssertionError(f"{bills} bills compared for {customers} customers x {months} months")
    bills_per_second, limit_per_second = bills / seconds, bills / limit_seconds
    return {
        "bench": "trial",
        "customers": customers,
        "months": months,
        "bills": bills,
        "bills_per_second": round(bills_per_second),
        "limit_per_second": round(limit_per_second),
        "ratio": f"{bills_per_second / limit_per_second:.3f}",
        "seconds": f"{seconds:.2f}",
        "cpu_seconds": f"{cpu_seconds:.2f}",
        "limit_seconds": f"{limit_seconds:.2f}",
        "fill_seconds": f"{fill_seconds:.2f}",
        "profiles": filled.profiles,
        "file_bytes": filled.file_bytes,
        "change_vnd": change_vnd,
        "peak_rss_bytes": peak,
        "peak_rss_bytes_after_fill": filled_peak,
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


def _scratch() -> Path:
    """Return the data folder, where there is room, else the system's own place."""
    folder = Path(os.environ.get("CONGTO_DATA", "data")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _fill(folder: Path, customers: int, seed: int, months: int) -> Filled:
    """Write the bases of the last `months` months up to October 2026."""
    bases, profiles = [], 0
    for back in range(months):
        year, month = divmod(2026 * 12 + 9 - (months - 1 - back), 12)
        period = Period.month(year, month + 1)
        place = folder / f"{period.start:%Y-%m}"
        place.mkdir()
        spans = range(-(-customers // SPAN))
        for span in spans:
            count = min(SPAN, customers - span * SPAN)
            rows = population(count, seed + span, (period.start, period.end), span * SPAN)
            write_span(place, span, _with_books(_of_season(rows, SEASON[month])), unpriced=0)
        bases.append(Base(period, place, tuple(spans), customers, 0, 0, {}))
        for span in spans:
            profiles += bases[-1].read_profiles(span).height
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    return Filled(tuple(bases), profiles, size)


def _of_season(rows: pl.DataFrame, percent: int) -> pl.DataFrame:
    """Scale the kWh of a month; bands stay parts of the total, all whole kWh."""
    kwh = {
        name: (pl.col(name) // 1000 * percent // 100) * 1000
        for name in ("energy_wh", "peak_wh", "off_peak_wh", "reactive_varh")
    }
    scaled = rows.with_columns(**kwh)
    rest = pl.col("energy_wh") - pl.col("peak_wh") - pl.col("off_peak_wh")
    return scaled.with_columns(normal_wh=pl.when("time_of_use").then(rest).otherwise(0))


def _with_books(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what the books know beside the rating; no bill is issued in a bench."""
    return rows.with_columns(
        agreement_id="account_id",
        account_id=pl.int_range(pl.len(), dtype=pl.Int64()),
        unit_id=(pl.col("account_id") // CUSTOMERS_A_UNIT).cast(pl.Int32()),
        issued_net_vnd=pl.lit(None, dtype=pl.Int64()),
        issued_vat_vnd=pl.lit(None, dtype=pl.Int64()),
    )


def _trial(bases: tuple[Base, ...]) -> tuple[int, int]:
    """Rate the tiers of 14/2025 with all prices 3 % up; return bills and the change of the net."""
    book = price_book()
    rules = TrialRules(
        name="bench",
        tiers=tiers_of("14-2025", Decimal("2204.0655")),
        changes=(change_of("all", DRAFT_UP_PERCENT),),
    )
    pieces, accounts = summed(list(trial_spans(bases, book, rules)))
    groups = pieces.groups
    change = int(groups["draft_net_vnd"].sum()) - int(groups["baseline_net_vnd"].sum())
    use = accounts.by_use
    of_accounts = int(use["draft_net_vnd"].sum()) - int(use["baseline_net_vnd"].sum())
    if change != of_accounts:
        raise AssertionError(f"bills change by {change}, customers by {of_accounts}")
    return int(groups["bills"].sum()), change


def _plain(bases: tuple[Base, ...]) -> int:
    """Return the limit's result: all kWh in tiers at two tables of prices, nothing else."""
    total = 0
    for base in bases:
        for span in base.spans:
            kwh = base.read_profiles(span)["energy_wh"] // 1000
            used = base.read_accounts(span).select(kwh=pl.lit(kwh).gather(pl.col("profile")))
            total += sum(int(one) for one in used.select(_money(0), _money(3)).sum().row(0))
    return total


def _money(up: int) -> pl.Expr:
    kwh = pl.col("kwh")
    money = (kwh - LAST_TIER[0]).clip(0) * (LAST_TIER[1] + up)
    for lower, upper, price in TIERS:
        money = money + (kwh.clip(lower, upper) - lower) * (price + up)
    return money.alias(f"net_{up}")
