"""Wide files: a row a meter and day, its values as columns or as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.concentrators.adapter import Stamp
from congto.interfaces.files.concentrators.fields import OtherCodes, known_rows, scale_of
from congto.interfaces.files.concentrators.pieces import told
from congto.interfaces.files.concentrators.status import bits_of
from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.days import MILLION, NO_VALUE, days_of, intervals_of
from congto.interfaces.files.readings.marks import Marks
from congto.interfaces.files.readings.repeats import SeenDays
from congto.interfaces.files.readings.tables import array, millionths, no_numbers
from congto.vocabulary.frames.delivered import DELIVERED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from congto.interfaces.files.concentrators.adapter import Adapter, Quantity
    from congto.interfaces.files.concentrators.pieces import Piece
    from congto.office.organisation.loading import Rows


def wide_days(pieces: Iterator[Piece], adapter: Adapter, file: str) -> Iterator[Delivery]:
    """Read the rows of a file as days (DELIVERED_DAYS)."""
    seen, others = SeenDays(file), OtherCodes(adapter, file)
    for piece in pieces:
        rows = known_rows(piece, adapter, file)
        _days(rows, adapter)
        errors = [others.listed(rows.good)]
        frames = [DELIVERED_DAYS.empty()]
        for number, value in enumerate(adapter.values):
            own = rows.good.filter(pl.col("code") == value.code) if adapter.code_at else rows.good
            if own.is_empty():
                continue
            made = _days_of_value(file, own, adapter, number)
            frames.append(made.frame)
            errors.append(made.errors)
        frame, repeated = seen.first_of(pl.concat(frames))
        yield Delivery(frame, told([*rows.errors, *errors, repeated]).sort("line", "column"))


def _days(rows: Rows, adapter: Adapter) -> None:
    """Read the day of each row; list times that are no midnight."""
    rows.reject(
        pl.col("at") != pl.col("at").dt.truncate("1d"),
        "time",
        pl.format("the time is {}", pl.col("at").dt.strftime("%Y-%m-%d %H:%M:%S")),
        expected="a day, or 00:00 of it",
        action="look at the meter's clock; the row is left out",
    )
    day = pl.col("at").dt.date()
    ended = adapter.time.stamp is Stamp.END
    rows.good = rows.good.with_columns(local_day=day.dt.offset_by("-1d") if ended else day)


def _days_of_value(file: str, own: pl.DataFrame, adapter: Adapter, number: int) -> Delivery:
    """Return the days of one quantity."""
    value, count = adapter.values[number], intervals_of(adapter.time.minutes)
    own, said, short = _said(file, own, adapter, number, count)
    read = said.select(pl.all().map_batches(millionths, return_dtype=pl.Int64))
    wrong = no_numbers(file, own["line"], said, read)
    right = ~own["line"].is_in(wrong["line"].implode())
    own, found = own.filter(right), array(read.filter(right))
    own, found, off = _totalled(file, own, found, adapter)
    scaler, unit_wh = scale_of(value)
    if scaler:
        scaled = found * 10**scaler if scaler > 0 else found // 10**-scaler
        found = np.where(found == NO_VALUE, NO_VALUE, scaled)
    marks, odd = _marks(file, own, adapter, count)
    units = np.full(own.height, unit_wh, np.int64)
    made = days_of(file, _named(own, value), found, units, marks)
    return Delivery(made.frame, told([short, wrong, off, odd, made.errors]))


def _said(
    file: str, own: pl.DataFrame, adapter: Adapter, number: int, count: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return rows with their values in columns as they were written; list days of another length.

    A row without the list has no day of this quantity.
    """
    columns = adapter.value_columns(number)
    place = adapter.values[number].at
    short = told([])
    if len(columns) == 1:
        own, short = _of_length(file, own, columns[0], place, count)
        names = [f"{place}[{at}]" for at in range(1, count + 1)]
        said = own[columns[0]].list.to_struct(fields=names).struct.unnest()
    else:
        said = own.select(columns)
    if adapter.file.decimal == ",":
        said = said.with_columns(pl.col(pl.String).str.replace(",", ".", literal=True))
    blank = pl.col(pl.String)
    said = said.with_columns(pl.when(blank.str.strip_chars() != "").then(blank).name.keep())
    return own, said, short


def _of_length(
    file: str, own: pl.DataFrame, column: str, place: str, count: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the rows whose list has as many values as a day."""
    if own[column].dtype == pl.String():
        own = own.with_columns(pl.col(column).str.strip_chars().str.split(" "))
    if isinstance(own[column].dtype, pl.Array):
        own = own.with_columns(pl.col(column).arr.to_list())
    own = own.filter(pl.col(column).is_not_null())
    length = pl.col(column).list.len()
    errors = complain(
        file,
        own.filter(length != count),
        place,
        pl.format("{} has {} values", pl.lit(place), length),
        f"a list of {count} values, null where one is missing",
        "deliver the whole day again",
    )
    return own.filter(length == count), errors


def _totalled(
    file: str, own: pl.DataFrame, found: NDArray[np.int64], adapter: Adapter
) -> tuple[pl.DataFrame, NDArray[np.int64], pl.DataFrame]:
    """Keep the days whose values add up to the total beside them, where there is one."""
    if not adapter.total_at:
        return own, found, told([])
    said = own.select(pl.col("total").alias(adapter.total_at))
    if adapter.file.decimal == ",":
        said = said.with_columns(pl.col(pl.String).str.replace(",", ".", literal=True))
    total = millionths(said.to_series())
    own = own.with_columns(
        said_total=said.to_series().cast(pl.String),
        is_total=total,
        sum=pl.Series(np.where(found == NO_VALUE, 0, found).sum(axis=1), dtype=pl.Int64),
    )
    off = (pl.col("is_total") != pl.col("sum")).fill_null(value=False)
    errors = complain(
        file,
        own.filter(off),
        adapter.total_at,
        pl.format(
            "the total of meter {} on {} is {}, its values add up to {}",
            "meter",
            "local_day",
            "said_total",
            _as_number(pl.col("sum")),
        ),
        "a total that is the sum of the values",
        "deliver the day again; it is left out",
    )
    kept = ~own.select(off).to_series()
    return own.filter(kept), found[kept.to_numpy()], errors


def _as_number(millionths_of: pl.Expr) -> pl.Expr:
    """Write millionths as a number without needless zeros: 250000 -> 0.25."""
    whole = (millionths_of // MILLION).cast(pl.String)
    rest = (millionths_of % MILLION).cast(pl.String).str.zfill(6).str.strip_chars_end("0")
    return pl.when(rest == "").then(whole).otherwise(pl.concat_str([whole, rest], separator="."))


def _marks(
    file: str, own: pl.DataFrame, adapter: Adapter, count: int
) -> tuple[Marks | None, pl.DataFrame]:
    """Return the bits of a list of states beside the values; None where no value has any."""
    form = adapter.status
    if form is None or own["status"].null_count() == own.height:
        return None, told([])
    lists = own["status"]
    lists = lists.arr.to_list() if isinstance(lists.dtype, pl.Array) else lists
    fits = (lists.list.len() == count).fill_null(value=False)
    wrong = complain(
        file,
        own.filter(~fits & lists.is_not_null()),
        form.at,
        pl.format("{} has {} values", pl.lit(form.at), pl.col("status").list.len()),
        f"a list of {count} values, null where one is missing",
        "correct the list; the values are taken without it",
    )
    bits = np.zeros((own.height, count), np.uint8)
    read = bits_of(lists.filter(fits).explode(), form)
    bits[fits.to_numpy()] = read.fill_null(0).to_numpy().reshape(-1, count)
    if not bits.any():
        return None, wrong
    plain = Marks.measured(*bits.shape)
    return Marks(plain.qualities, plain.methods, plain.reasons, bits), wrong


def _named(own: pl.DataFrame, value: Quantity) -> pl.DataFrame:
    """Return what days_of wants of each day beside its values."""
    return own.select(
        "line",
        "meter",
        "local_day",
        usage_point="meter",
        channel=pl.lit(int(value.channel or 0), pl.Int8),
        unit=pl.lit(value.unit),
        multiplier=pl.lit(None, pl.Int64),
    )
