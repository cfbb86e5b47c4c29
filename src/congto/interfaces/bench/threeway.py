"""`congto bench threeway`: a day of payments against the partners' files, with planted faults.

One payment in two hundred has a fault of one of ten kinds, by seed; every line of both sides has to
come out with the class that was planted, or the benchmark fails. The limit is a bare join of both
sides on partner and number in the same run, without classes. Making the lines is not timed.
"""

from __future__ import annotations

import platform
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from congto import __version__
from congto.engines import matching
from congto.interfaces.bench.machine import cores, cpu_seconds, peak_rss_bytes

DAY = date(2026, 11, 5)
PARTNERS = 23
FAULTS = ("M1", "A1", "B1", "B2", "D1", "D2", "D3", "R1", "R2", "W1")
FAULTY_PERMILLE = 5


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Classify `customers` payments once; return seconds, precision and recall of the classes."""
    planted = _planted(customers, seed)
    ours, theirs = _ours(planted), _theirs(planted)
    due = _due()
    matching.classify_payments(ours.head(1_000), theirs.head(1_000), due)
    begun, cpu_begun = perf_counter(), cpu_seconds()
    classed = matching.classify_payments(ours, theirs, due)
    seconds, cpu = perf_counter() - begun, cpu_seconds() - cpu_begun
    begun = perf_counter()
    ours.join(theirs, on=["partner_id", "partner_txn_id"], how="full", coalesce=True)
    limit = perf_counter() - begun
    return {
        "bench": "threeway",
        "ours": ours.height,
        "theirs": theirs.height,
        "seconds": f"{seconds:.2f}",
        "cpu_seconds": f"{cpu:.2f}",
        "lines_per_second": round((ours.height + theirs.height) / seconds),
        "limit_seconds": f"{limit:.2f}",
        **_judged(classed, planted),
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
        },
    }


def _planted(count: int, seed: int) -> pl.DataFrame:
    """One row per payment with the fault that it is to have; null: none."""
    rng = np.random.default_rng(seed)
    fault = np.where(
        rng.integers(0, 1_000, count) < FAULTY_PERMILLE, rng.integers(0, len(FAULTS), count), -1
    )
    return pl.DataFrame(
        {
            "number": np.arange(count),
            "partner_id": rng.integers(1, PARTNERS + 1, count),
            "amount_vnd": rng.integers(20_000, 3_000_000, count),
            "fault": fault,
        }
    ).with_columns(
        fault=pl.col("fault").replace_strict(
            dict(enumerate(FAULTS)), default=None, return_dtype=pl.String()
        ),
        partner_txn_id=pl.format("T{}", "number"),
        bill=pl.format("B{}", "number"),
    )


def _ours(planted: pl.DataFrame) -> pl.DataFrame:
    """What stands in our books: not B1 and D3; the payment that D3 pays a second time."""
    fault = pl.col("fault")
    state = (
        pl.when(fault == "B2").then(pl.lit("reserved"))
        .when(fault == "R1").then(pl.lit("reversed"))
        .otherwise(pl.lit("posted"))
    )  # fmt: skip
    shifted = pl.when(fault == "M1").then(DAY - timedelta(days=1)).otherwise(DAY)
    here = planted.filter(fault.is_null() | ~fault.is_in(["B1", "D3"]))
    first = planted.filter(fault == "D3").with_columns(
        partner_txn_id=pl.format("FIRST{}", "number")
    )
    rows = pl.concat([here, first]).with_columns(
        day=shifted, state=state, bills=pl.concat_list("bill")
    )
    return matching.OURS.check(rows)


def _theirs(planted: pl.DataFrame) -> pl.DataFrame:
    """What the files say: not A1; D1 with another amount; D2 twice; W1 with another bill."""
    fault = pl.col("fault")
    there = planted.filter(fault.is_null() | (fault != "A1"))
    again = planted.filter(fault == "D2")
    first = planted.filter(fault == "D3").with_columns(
        partner_txn_id=pl.format("FIRST{}", "number"), fault=pl.lit(None, pl.String())
    )
    rows = pl.concat([there, first, again]).with_columns(
        day=pl.lit(DAY),
        amount_vnd=pl.col("amount_vnd") + (fault == "D1").fill_null(value=False).cast(pl.Int64()),
        state=pl.when(fault == "R2").then(pl.lit("reversed")).otherwise(pl.lit("paid")),
        bills=pl.concat_list(
            pl.when(fault == "W1").then(pl.format("OTHER{}", "number")).otherwise("bill")
        ),
    )
    return matching.THEIRS.check(rows.with_row_index("line").cast({"line": pl.Int64()}))


def _due() -> pl.DataFrame:
    days = [(partner, DAY, DAY + timedelta(days=1), 0, False) for partner in range(1, PARTNERS + 1)]
    return pl.DataFrame(days, schema=matching.DUE.columns, orient="row")


def _judged(classed: pl.DataFrame, planted: pl.DataFrame) -> dict[str, Any]:
    """Compare classes with what was planted; a line without a fault has to be M0."""
    wanted = planted.drop_nulls("fault").select("partner_id", "partner_txn_id", "fault")
    found = classed.filter(pl.col("class") != "M0").select(
        "partner_id", "partner_txn_id", fault="class"
    )
    right = found.join(wanted, on=["partner_id", "partner_txn_id", "fault"], how="semi").height
    by_class = dict(sorted(found["fault"].value_counts().iter_rows()))
    precision, recall = right / max(1, found.height), right / max(1, wanted.height)
    assert precision == recall == 1, f"classes are not those planted: {by_class}"
    return {
        "planted": wanted.height,
        "precision": f"{precision:.4f}",
        "recall": f"{recall:.4f}",
        "classes": by_class,
    }
