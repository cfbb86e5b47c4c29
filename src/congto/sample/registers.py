"""Register reads at both ends of the month, from what the meters counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.sample.bands import NORMAL, OFF_PEAK, PEAK
from congto.sample.meters import first_registers, shown_on_dial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.vocabulary.periods import Period


@dataclass(frozen=True, slots=True)
class Counted:
    """What the meters counted in the month on the primary side, in the meters' order.

    Attributes:
        total_wh: active energy.
        bands_wh: the same by band, a row per band, 0 where the meter has none.
        varh: reactive energy consumed.
        rolls_over: meters whose dial shall pass its last figure halfway through their energy.
    """

    total_wh: NDArray[np.int64]
    bands_wh: NDArray[np.int64]
    varh: NDArray[np.int64]
    rolls_over: NDArray[np.bool_]


def register_reads(
    meters: pl.DataFrame, counted: Counted, month: Period, seed: int
) -> pl.DataFrame:
    """Return the opening and closing read of every register, sorted by point, register and day.

    Columns: usage_point, meter, register, read_on, index_wh, source. The register behind the dial
    moves by exactly the energy of the month over the multiplier; the dial shows it floored. A
    three-rate meter has a total and three band registers that add up to it, each floored on its
    own dial.

    Args:
        meters: usage_point, serial, dial_digits, decimals, multiplier, remote, three_rate,
            reactive.
        counted: in the order of `meters`.
        month: the reads are taken at 00:00 of its first day and of the day after its last.
        seed: of the first registers.
    """
    registers = _registers(meters, counted, seed)
    moved = pl.col("start") + pl.col("energy") // pl.col("multiplier")
    reads = pl.concat(
        registers.with_columns(read_on=pl.lit(day), wh=wh)
        for day, wh in ((month.start, pl.col("start")), (month.end, moved))
    )
    shown = shown_on_dial(pl.col("wh"), pl.col("dial_digits"), pl.col("decimals"))
    return (
        reads.sort("usage_point", "order", "read_on")
        .with_columns(
            index_wh=shown,
            source=pl.when("remote").then(pl.lit("remote")).otherwise(pl.lit("manual")),
        )
        .select("usage_point", "register", "read_on", "index_wh", "source", meter="serial")
        .select("usage_point", "meter", "register", "read_on", "index_wh", "source")
    )


def _registers(meters: pl.DataFrame, counted: Counted, seed: int) -> pl.DataFrame:
    """One row per register: where it stands when the month starts and the energy it counts."""
    count = meters.height
    first = {name: first_registers(count, seed, name) for name in ("normal", "peak", "off_peak")}
    bands_wh = counted.bands_wh
    last_figure = 10 ** (meters["dial_digits"].to_numpy() + 3)
    rolling = last_figure - counted.total_wh // 2
    single = np.where(counted.rolls_over, rolling, first_registers(count, seed, "total"))
    total = np.where(meters["three_rate"], sum(first.values()), single)
    parts = [
        ("total", total, counted.total_wh, None),
        ("normal", first["normal"], bands_wh[NORMAL], "three_rate"),
        ("peak", first["peak"], bands_wh[PEAK], "three_rate"),
        ("off_peak", first["off_peak"], bands_wh[OFF_PEAK], "three_rate"),
        ("reactive", first_registers(count, seed, "reactive"), counted.varh, "reactive"),
    ]
    frames = []
    for order, (register, start, energy, only) in enumerate(parts):
        frame = meters.with_columns(
            register=pl.lit(register),
            order=pl.lit(order),
            start=pl.Series(start, dtype=pl.Int64),
            energy=pl.Series(energy, dtype=pl.Int64),
        )
        frames.append(frame.filter(only) if only else frame)
    return pl.concat(frames)
