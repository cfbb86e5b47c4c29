"""`congto bench ingest`: NEM12 text to rows of half-hours, a day of many meters.

The file is made first (seeded, not timed): a record 200 and a day for each meter, kWh with three
decimals. Three days in a hundred are not plain: values missing, or a gap that was substituted and
is told by records 400. The file is read as a delivery is: piece by piece, every line looked at,
values to whole Wh, days that come twice looked for.

Limits in the same run: the bytes of the file read and nothing done, and Polars' CSV reader over the
same lines 300 alone, its values as decimals, nothing checked.
"""

from __future__ import annotations

import platform
import tempfile
from io import BytesIO
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from congto import __version__
from congto.interfaces.bench.machine import cores, peak_rss_bytes
from congto.interfaces.files.readings import nem12
from congto.interfaces.files.readings.days import MILLIONTHS
from congto.interfaces.files.readings.words import How
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BATCH = 20_000
UNUSUAL_PERCENT = 3
GAP = (11, 20)  # intervals of the gap, from 1
FIELDS = HALF_HOURS + 7


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Read a day of so many meters once; return rates, peak memory and surroundings."""
    with tempfile.TemporaryDirectory(prefix="congto-ingest-") as folder:
        path = Path(folder) / "day.csv"
        _make(path, customers, seed)
        for _ in nem12.read(_small(path), How()):
            pass  # code and thread pool are loaded before the clock runs
        begun, cpu_begun = perf_counter(), process_time()
        days = wrong = present = 0
        for piece in nem12.read(path, How()):
            days += piece.frame.height
            wrong += piece.errors.height
            present += int(piece.frame["values"].list.drop_nulls().list.len().sum())
        seconds, cpu_seconds = perf_counter() - begun, process_time() - cpu_begun
        assert (days, wrong) == (customers, 0), "every day is read, and no line is wrong"
        byte_seconds, csv_seconds = _limits(path)
        size = path.stat().st_size
    readings = customers * HALF_HOURS
    return {
        "bench": "ingest",
        "meters": customers,
        "readings": readings,
        "readings_present": present,
        "readings_per_second": round(readings / seconds),
        "limit_readings_per_second": round(readings / csv_seconds),
        "ratio": f"{csv_seconds / seconds:.3f}",
        "bytes_only_readings_per_second": round(readings / byte_seconds),
        "file_bytes": size,
        "seconds": f"{seconds:.2f}",
        "cpu_seconds": f"{cpu_seconds:.2f}",
        "peak_rss_bytes": peak_rss_bytes(0),
        "cores": cores(),
        "seed": seed,
        "versions": {
            "congto": __version__,
            "polars": pl.__version__,
            "python": platform.python_version(),
        },
    }


def _make(path: Path, meters: int, seed: int) -> None:
    """Write the file."""
    random = np.random.default_rng(seed)
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("100,NEM12,202607020700,BENCH,\n")
        for first in range(0, meters, BATCH):
            wh = random.integers(0, 3000, (min(BATCH, meters - first), HALF_HOURS))
            kind = random.integers(0, 100, len(wh))
            file.writelines(_records(first, wh, kind))
        file.write("900\n")


def _records(first: int, wh: NDArray[np.int64], kind: NDArray[np.int64]) -> Iterator[str]:
    """Yield the records of some meters; of kind 0 a gap is missing, of 1 and 2 it is told."""
    begin, end = GAP
    for number, (values, unusual) in enumerate(zip(wh.tolist(), kind.tolist(), strict=True), first):
        texts = [f"{value // 1000}.{value % 1000:03}" for value in values]
        told = 0 < unusual < UNUSUAL_PERCENT
        if unusual == 0:
            texts[begin - 1 : end] = [""] * (end - begin + 1)
        yield f"200,PE{number:09},E1,E1,E1,,M{number:09},KWH,30,\n"
        quality = "V" if told else "A"
        yield f"300,20260701,{','.join(texts)},{quality},,,20260702065500,\n"
        if told:
            yield f"400,1,{begin - 1},A,,\n400,{begin},{end},S17,76,\n400,{end + 1},48,A,,\n"


def _small(path: Path) -> Path:
    """Return a file of the first lines, to warm up with."""
    small = path.with_name("small.csv")
    with path.open("rb") as whole:
        small.write_bytes(b"".join(next(whole) for _ in range(3)) + b"900\n")
    return small


def _limits(path: Path) -> tuple[float, float]:
    """Return the seconds of reading the bytes, and of Polars' CSV reader over the lines 300."""
    begun = perf_counter()
    with path.open("rb", buffering=0) as file:
        while file.read(32 * 2**20):
            pass
    byte_seconds = perf_counter() - begun
    schema: dict[str, pl.DataType] = {
        f"f{at}": MILLIONTHS if 2 <= at < 2 + HALF_HOURS else pl.String() for at in range(FIELDS)
    }
    seconds = 0.0
    lines = pl.read_lines(path, name="text").filter(pl.col("text").str.starts_with("300"))
    for first in range(0, lines.height, BATCH * 4):
        content = lines["text"].slice(first, BATCH * 4).str.join("\n").item().encode()
        begun = perf_counter()
        pl.read_csv(BytesIO(content), has_header=False, schema=schema, ignore_errors=True)
        seconds += perf_counter() - begun
    return byte_seconds, seconds
