"""`congto bench statement`: a statement of so many lines, from MT940 to journals and matches.

Timed: the file read and checked (balances, every line), its lines and journals written to scratch
books, the codes of its texts found, and each line paired with as many open items. Made before, not
timed: the file. The limit in the same run is the file's bytes split into lines.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import polars as pl

from congto import __version__
from congto.engines.matching import find_codes, pair
from congto.interfaces.bench.books import scratch_database
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.interfaces.bench.reconcile import world
from congto.interfaces.files.statements.reading import read_statements, rows_of
from congto.office.settlement.operations import import_statement

AT = datetime(2026, 11, 6, tzinfo=UTC)


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Import and match once; return the parts of the time and what came out."""
    lines, items, keys = world(customers, seed)
    content = mt940_of(lines)
    begun = perf_counter()
    content.splitlines()
    limit_seconds = perf_counter() - begun
    with scratch_database():
        begun = perf_counter()
        read = read_statements(content)
        rows = rows_of(read)
        read_seconds = perf_counter() - begun
        done = import_statement(rows, at=AT)
        import_seconds = perf_counter() - begun - read_seconds
        numbered = rows.with_row_index("line").with_columns(pl.col("line").cast(pl.Int64()))
        found = find_codes(numbered)
        matches = pair(numbered.select("line", "amount_vnd"), found, items, keys)
        seconds = perf_counter() - begun
    if read.faults or done.imported != customers:
        raise AssertionError(f"{done.imported} of {customers} lines, {read.faults[:3]}")
    return {
        "bench": "statement",
        "lines": customers,
        "file_bytes": len(content),
        "seconds": f"{seconds:.2f}",
        "read_seconds": f"{read_seconds:.2f}",
        "import_seconds": f"{import_seconds:.2f}",
        "match_seconds": f"{seconds - read_seconds - import_seconds:.2f}",
        "lines_per_second": round(customers / seconds),
        "certain_lines": matches.filter("certain")["line"].n_unique(),
        "limit_seconds": f"{limit_seconds:.3f}",
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
        },
    }


def mt940_of(lines: pl.DataFrame) -> bytes:
    """Write a statement of one account that holds the lines, its balances right."""
    total = int(lines["amount_vnd"].sum())
    body = lines.select(
        pl.format(":61:2611051105C{},NTRFNONREF//FT{}\n:86:{}", "amount_vnd", "line", "text")
    ).to_series()
    head = ":20:BENCH\n:25:0001\n:28C:1/1\n:60F:C261104VND0,00"
    return "\n".join([head, *body, f":62F:C261105VND{total},00\n"]).encode()
