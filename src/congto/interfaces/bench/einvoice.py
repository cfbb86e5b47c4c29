"""`congto bench einvoice`: signed, schema-checked e-invoices per second, in all cores.

From plain values to bytes: totals checked, elements built, XAdES signature, schema. The limit is
the bare signature operation (RSA 2048 with SHA-256 over a short text) in as many processes, in the
same run. Of the files one in a thousand is verified (not timed): a fast wrong signature counts
nothing.
"""

from __future__ import annotations

import platform
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from congto import __version__
from congto.interfaces.bench.invoices import ISSUED_ON, invoices
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.interfaces.documents.files import einvoice_file
from congto.interfaces.documents.identity import Identity, test_identity
from congto.interfaces.documents.signature import Signer, verify
from congto.reference.vn import einvoice_rules

AT = datetime(2026, 11, 3, 2, tzinfo=UTC)
BATCH = 200
VERIFIED_EVERY = 1000

_identity: list[Identity] = []
"""The worker's own, set when it starts."""


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Make so many invoices once; return rate, limit, peak memory and surroundings."""
    workers = cores()
    spans = [
        (first, min(BATCH, customers + 1 - first), seed) for first in range(1, customers + 1, BATCH)
    ]
    with tempfile.TemporaryDirectory() as folder:
        identity = test_identity(Path(folder), AT)
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(folder,)
        ) as pool:
            list(pool.map(_make, [(1, 20, seed)] * workers))  # code and schema are loaded
            begun = perf_counter()
            results = list(pool.map(_make, spans))
            seconds = perf_counter() - begun
            begun = perf_counter()
            list(pool.map(_sign_only, [count for _, count, _ in spans]))
            limit_seconds = perf_counter() - begun
        for _, proofs in results:
            for content in proofs:
                verify(content, identity.certificate)
    rate, limit = customers / seconds, customers / limit_seconds
    return {
        "bench": "einvoice",
        "customers": customers,
        "invoices_per_second": round(rate),
        "limit_per_second": round(limit),
        "ratio": f"{rate / limit:.3f}",
        "seconds": f"{seconds:.2f}",
        "bytes_per_invoice": sum(size for size, _ in results) // customers,
        "verified": sum(len(proofs) for _, proofs in results),
        "algorithm": "RSA 2048, SHA-256",
        "peak_rss_bytes": peak_rss_bytes(workers),
        "workers": workers,
        "cores": workers,
        "seed": seed,
        "versions": {
            "congto": __version__,
            "signxml": version("signxml"),
            "lxml": etree.__version__,
            "cryptography": version("cryptography"),
            "python": platform.python_version(),
        },
    }


def _begin(folder: str) -> None:
    _identity.append(test_identity(Path(folder), AT))


def _make(span: tuple[int, int, int]) -> tuple[int, list[bytes]]:
    """Make the files of a span; return their size and those to be verified."""
    first, count, seed = span
    signer, rules = Signer(_identity[0]), einvoice_rules(ISSUED_ON)
    size, proofs = 0, []
    for document in invoices(count, seed, first):
        content = einvoice_file(document, rules, signer, AT)
        size += len(content)
        if document.number == 1 or (document.number or 0) % VERIFIED_EVERY == 0:
            proofs.append(content)
    return size, proofs


def _sign_only(count: int) -> int:
    for number in range(count):
        _identity[0].key.sign(str(number).encode(), padding.PKCS1v15(), hashes.SHA256())
    return count
