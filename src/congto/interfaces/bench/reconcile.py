"""`congto bench reconcile`: so many bank lines against as many open items, from text to matches.

Nine of ten lines name their customer or invoice between other words; one in 97 pays 500 đồng less
than it should; the tenth names nobody. Timed: codes found in the texts, lines paired with
items. The limit in the same run is one join of the same keys, already cut out of the texts.
"""

from __future__ import annotations

import platform
from datetime import date
from time import perf_counter
from typing import Any

import polars as pl

from congto import __version__
from congto.engines.matching import ITEMS, KEYS, find_codes, pair
from congto.interfaces.bench.machine import cores, cpu_seconds, peak_rss_bytes

DUE = date(2026, 11, 15)


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Match once; return rate, matches by certainty, and the limit."""
    lines, items, keys = world(customers, seed)
    begun, cpu_begun = perf_counter(), cpu_seconds()
    codes = find_codes(lines)
    codes_seconds = perf_counter() - begun
    matches = pair(lines.select("line", "amount_vnd"), codes, items, keys, tolerance_vnd=1_000)
    seconds, cpu = perf_counter() - begun, cpu_seconds() - cpu_begun
    begun = perf_counter()
    codes.join(keys, on=["kind", "key"]).join(items, on="item")
    limit_seconds = perf_counter() - begun
    certain = matches.filter("certain")["line"].n_unique()
    return {
        "bench": "reconcile",
        "lines": customers,
        "items": items.height,
        "seconds": f"{seconds:.2f}",
        "codes_seconds": f"{codes_seconds:.2f}",
        "cpu_seconds": f"{cpu:.2f}",
        "lines_per_second": round(customers / seconds),
        "certain_lines": certain,
        "asked_lines": matches["line"].n_unique() - certain,
        "limit_seconds": f"{limit_seconds:.2f}",
        "limit_per_second": round(customers / limit_seconds),
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
        },
    }


def world(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return lines (line, amount_vnd, text), ITEMS and KEYS; one item a customer, one line each."""
    number = pl.int_range(count, dtype=pl.Int64(), eager=True).alias("n")
    frame = number.to_frame().with_columns(
        amount=200_000 + (pl.col("n").hash(seed) % 900_000).cast(pl.Int64()),
        customer=pl.format("PB{}", (pl.col("n") + 10**10).cast(pl.String()).str.zfill(11)),
        invoice=pl.format("C26TPB-{}", "n"),
    )
    text = (
        pl.when(pl.col("n") % 10 == 0)
        .then(pl.lit("Chuyển tiền điện tháng 10"))
        .when(pl.col("n") % 10 < 5)
        .then(pl.format("TT tiền điện {} cảm ơn", "customer"))
        .otherwise(pl.format("Thanh toán HĐ {} T10 2026", "invoice"))
    )
    paid = pl.when(pl.col("n") % 97 == 0).then(pl.col("amount") - 500).otherwise("amount")
    lines = frame.select(line="n", amount_vnd=paid, text=text).sample(
        fraction=1.0, shuffle=True, seed=seed
    )
    items = frame.select(item="n", owner="n", amount_vnd="amount", due=pl.lit(DUE))
    keys = pl.concat(
        [
            frame.select(kind=pl.lit(kind), key=pl.col(kind), item="n")
            for kind in ("customer", "invoice")
        ]
    )
    return lines, ITEMS.check(items), KEYS.check(keys)
