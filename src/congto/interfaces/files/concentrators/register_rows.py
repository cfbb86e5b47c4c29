"""Files of registers: what dials showed at 00:00, in whole Wh.

A register counts completed Wh: digits below one are cut, never rounded up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.concentrators.adapter import Stamp
from congto.interfaces.files.concentrators.fields import OtherCodes, known_rows, scale_of, scaled
from congto.interfaces.files.concentrators.pieces import told
from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.days import MILLION
from congto.interfaces.files.readings.tables import millionths, no_numbers
from congto.vocabulary.frames.registers import DELIVERED_REGISTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.interfaces.files.concentrators.adapter import Adapter
    from congto.interfaces.files.concentrators.pieces import Piece
    from congto.office.organisation.loading import Rows

KEY = ["meter", "register", "read_on"]


def registers_of(pieces: Iterator[Piece], adapter: Adapter, file: str) -> Iterator[Delivery]:
    """Read a file as registers (DELIVERED_REGISTERS); of two of one register and day the first."""
    others = OtherCodes(adapter, file)
    seen = DELIVERED_REGISTERS.empty()
    for piece in pieces:
        rows = known_rows(piece, adapter, file)
        _days(rows, adapter)
        errors = [others.listed(rows.good)]
        frames = [DELIVERED_REGISTERS.empty()]
        for number in range(len(adapter.values)):
            made = _of_value(file, rows.good, adapter, number)
            frames.append(made.frame)
            errors.append(made.errors)
        frame, repeated = firsts_of(file, seen, pl.concat(frames).sort("line", maintain_order=True))
        seen = pl.concat([seen, frame])
        yield Delivery(frame, told([*rows.errors, *errors, repeated]).sort("line", "column"))


def _days(rows: Rows, adapter: Adapter) -> None:
    """Read the day at whose 00:00 the register was taken; list other times.

    A time that is the end of a day is the 00:00 behind it where only the day is written.
    """
    form = adapter.time
    within = timedelta(seconds=form.within_seconds)
    midnight = (pl.col("at") + within).dt.truncate("1d")
    off = (pl.col("at") - midnight).abs()
    rows.good = rows.good.with_columns(midnight=midnight, off=off)
    rows.reject(
        pl.col("off") > within,
        "time",
        pl.format("the register was taken at {}", pl.col("at").dt.strftime("%Y-%m-%d %H:%M:%S")),
        expected="00:00 of a day",
        action="deliver the registers of 00:00; the row is left out",
    )
    ended = form.stamp is Stamp.END and "%H" not in form.format
    day = pl.col("midnight").dt.date()
    rows.good = rows.good.with_columns(read_on=day.dt.offset_by("1d") if ended else day)


def _of_value(file: str, rows: pl.DataFrame, adapter: Adapter, number: int) -> Delivery:
    """Return one register of some rows."""
    value = adapter.values[number]
    own = rows.filter(pl.col("code") == value.code) if adapter.code_at else rows
    said = own.select(pl.col(adapter.column_of(number)).alias(value.at))
    if adapter.file.decimal == ",":
        said = said.with_columns(pl.col(pl.String).str.replace(",", ".", literal=True))
    blank = pl.col(pl.String)
    said = said.with_columns(pl.when(blank.str.strip_chars() != "").then(blank).name.keep())
    read = said.select(pl.all().map_batches(millionths, return_dtype=pl.Int64))
    wrong = no_numbers(file, own["line"], said, read)
    scaler, unit_wh = scale_of(value)
    completed = scaled(pl.col("millionths"), scaler) // (MILLION // unit_wh)
    assert value.register is not None
    named = own.with_columns(
        register=pl.lit(value.register.name.lower()), millionths=read.to_series()
    ).filter(pl.col("millionths").is_not_null())
    frame = named.with_columns(index_wh=completed)
    return Delivery(
        frame.select(pl.col(n).cast(t) for n, t in DELIVERED_REGISTERS.columns.items()), wrong
    )


def firsts_of(
    file: str, seen: pl.DataFrame, frame: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first of each register and day; list the others that say something else.

    Args:
        file: the name that errors give.
        seen: registers of the file so far.
        frame: what comes behind them.

    Returns:
        Registers (DELIVERED_REGISTERS) of `frame`, and errors.
    """
    every = pl.concat([seen, frame])
    firsts = every.unique(KEY, keep="first", maintain_order=True).select(
        *KEY, first_line="line", held="index_wh"
    )
    marked = frame.join(firsts, on=KEY, how="left", maintain_order="left")
    again = (pl.col("line") != pl.col("first_line")) & (pl.col("held") != pl.col("index_wh"))
    errors = complain(
        file,
        marked.filter(again),
        "time",
        pl.format(
            "register {} of meter {} on {} stands already otherwise on line {}",
            *("register", "meter", "read_on", "first_line"),
        ),
        "each register of a meter and day once, or the same each time",
        "look which is right; the first is taken",
    )
    kept = marked.filter(pl.col("line") == pl.col("first_line"))
    return kept.select(list(DELIVERED_REGISTERS.columns)), errors
