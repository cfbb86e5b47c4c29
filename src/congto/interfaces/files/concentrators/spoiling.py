"""Files as concentrators write them, with the faults that befall them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.concentrators.adapter import SUFFIXES, Holds, Layout
from congto.interfaces.files.concentrators.writer import (
    MetersDay,
    half_hour_rows,
    register_rows,
    write_file,
)
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel, Status

if TYPE_CHECKING:
    from pathlib import Path

    from congto.headend.simulator.concentrators import ConcentratorDay
    from congto.interfaces.files.concentrators.adapter import Adapter

CHANNELS = (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT, Channel.REACTIVE_IMPORT)
MISSING = slice(10, 16)
"""Half-hours that a meter lacks: 05:00 to 08:00."""
MAKER = "SIM"
"""First letters of a logical device name, where the adapter takes the number out of one."""


def write_concentrator(folder: Path, adapter: Adapter, given: ConcentratorDay) -> list[Path]:
    """Write the file of a concentrator, or its files; return them.

    Faults that befall it stand in the name; of late ones the folder is `late`.
    """
    rows = _rows(adapter, given)
    wide = adapter.layout is Layout.WIDE
    faults = set(given.faults)
    if "clock" in faults:
        rows = _clock_off(adapter, rows)
    if "totals" in faults and adapter.total_at:
        first = pl.int_range(pl.len()) == 0
        wrong = pl.lit("1") if rows.schema["total"] == pl.String() else pl.lit(1)
        rows = rows.with_columns(total=pl.when(first).then(wrong).otherwise("total"))
    if "reordered" in faults:
        rows = rows.sort("meter", descending=True) if wide else rows.sort("time0", "meter")
    if "twice" in faults:
        rows = pl.concat([rows, rows])
    place = folder / "late" if "late" in faults else folder
    place.mkdir(exist_ok=True)
    path = place / _name(adapter, given, sorted(faults))
    write_file(path, adapter, rows)
    if "totals" in faults and not adapter.total_at and adapter.file.trailer:
        _miscount(path, adapter)
    if "cut" in faults:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    if "doubled" not in faults:
        return [path]
    again = path.with_name(f"{path.stem}_again{path.suffix}")
    again.write_bytes(path.read_bytes())
    return [path, again]


def _rows(adapter: Adapter, given: ConcentratorDay) -> pl.DataFrame:
    named = f"{MAKER}{{}}" if adapter.meter.pattern else "{}"
    missing = np.zeros(given.dark.shape, np.bool_)
    if "missing" in given.faults:
        missing[0, MISSING] = True
    day = MetersDay(
        day=given.day,
        meters=[named.format(serial) for serial in given.serials],
        values=dict(zip(CHANNELS, given.half_hours, strict=True)),
        status=np.where(given.dark, np.uint8(Status.POWER_DOWN), np.uint8(0)),
        registers=dict(zip(Register, given.registers, strict=True)),
        missing=missing if missing.any() else None,
    )
    if adapter.holds is Holds.REGISTERS:
        return register_rows(adapter, day)
    return half_hour_rows(adapter, day)


def _clock_off(adapter: Adapter, rows: pl.DataFrame) -> pl.DataFrame:
    """Move the clock of the first meter by seven minutes, where times have minutes."""
    form = adapter.time
    if "%M" not in form.format or len(form.at) > 1:
        return rows
    time = pl.col("time0").str.to_datetime(form.format)
    off = (time + pl.duration(minutes=7)).dt.strftime(form.format)
    first = pl.col("meter") == pl.col("meter").first()
    return rows.with_columns(time0=pl.when(first).then(off).otherwise("time0"))


def _miscount(path: Path, adapter: Adapter) -> None:
    """Write one row more into the last line than there are."""
    form = adapter.file
    *lines, last, end = path.read_text(form.encoding).split("\n")
    word, count = last.split(form.delimiter)
    path.write_text(
        "\n".join([*lines, f"{word}{form.delimiter}{int(count) + 1}", end]), form.encoding
    )


def _name(adapter: Adapter, given: ConcentratorDay, faults: list[str]) -> str:
    """Return a name that fits the adapter's pattern."""
    told = "_".join([f"{given.day:%Y%m%d}", f"dcu{given.number:04}", *faults])
    pattern = adapter.file.names[0]
    if "*" not in pattern:
        return f"{told}{SUFFIXES[adapter.file.kind]}"
    before, _, behind = pattern.partition("*")
    return f"{before}{told}{behind.replace('*', '')}"
