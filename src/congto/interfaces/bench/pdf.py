"""`congto bench pdf`: printed bills per second and core, one file per customer.

From plain values to one PDF per bill, VietQR and chart included, in one process per core, each with
one thread. The limit is the typesetter alone with an empty page, one file per page, in as many
processes and in the same run.
"""

from __future__ import annotations

import os
import platform
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from time import perf_counter
from typing import Any

import typst

from congto import __version__
from congto.interfaces.bench.invoices import invoices
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.interfaces.documents.pdf import BATCH, pdf_bills

EMPTY = b'#set page(paper: "a4")\n#h(%dpt)'


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Print so many bills once; return rate per core, limit, peak memory and surroundings."""
    workers = cores()
    spans = [
        (first, min(BATCH, customers + 1 - first), seed) for first in range(1, customers + 1, BATCH)
    ]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin) as pool:
        list(pool.map(_print, [(1, 2, seed)] * workers))  # fonts and template are loaded
        begun = perf_counter()
        size = sum(pool.map(_print, spans))
        seconds = perf_counter() - begun
        begun = perf_counter()
        list(pool.map(_empty, [count for _, count, _ in spans]))
        limit_seconds = perf_counter() - begun
    rate, limit = customers / seconds / workers, customers / limit_seconds / workers
    return {
        "bench": "pdf",
        "customers": customers,
        "pdf_per_second_per_core": round(rate),
        "limit_per_second_per_core": round(limit),
        "ratio": f"{rate / limit:.3f}",
        "seconds": f"{seconds:.2f}",
        "bytes_per_pdf": size // customers,
        "peak_rss_bytes": peak_rss_bytes(workers),
        "workers": workers,
        "cores": workers,
        "seed": seed,
        "versions": {
            "congto": __version__,
            "typst": version("typst"),
            "zxing-cpp": version("zxing-cpp"),
            "python": platform.python_version(),
        },
    }


def _begin() -> None:
    os.environ["RAYON_NUM_THREADS"] = "1"  # the typesetter's threads: a process is one core


def _print(span: tuple[int, int, int]) -> int:
    first, count, seed = span
    return sum(len(content) for content in pdf_bills(list(invoices(count, seed, first))))


def _empty(count: int) -> None:
    compiler = typst.Compiler()
    for number in range(count):
        compiler.compile(EMPTY % number, format="pdf", pdf_tags=False)
