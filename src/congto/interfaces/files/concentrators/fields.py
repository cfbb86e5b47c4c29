"""Fields of a row that every kind of file has: the meter, the time, the code; numbers by scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.concentrators.adapter import EPOCHS
from congto.interfaces.files.concentrators.loader import WITH_OFFSET
from congto.interfaces.files.concentrators.pieces import told
from congto.interfaces.files.readings.days import MILLION
from congto.interfaces.files.readings.words import LOCAL, UNITS
from congto.office.organisation.loading import Rows

if TYPE_CHECKING:
    from congto.interfaces.files.concentrators.adapter import Adapter, Quantity, TimeForm
    from congto.interfaces.files.concentrators.pieces import Piece

MILLIS = 1_000_000
EARLIEST_YEAR = 2000
"""A meter that has lost its clock begins again in 1970 or in this year."""


def known_rows(piece: Piece, adapter: Adapter, file: str) -> Rows:
    """Return the rows whose meter and time are known: `meter`, `at` (local) in place of times."""
    rows = Rows.of(piece.rows, file)
    rows.errors.append(piece.errors)
    _meters(rows, adapter)
    _times(rows, adapter.time)
    return rows


def _meters(rows: Rows, adapter: Adapter) -> None:
    """Read the serial number of the meter; list the rows that have none."""
    said = pl.col("meter_said")
    pattern = adapter.meter.pattern
    serial = said.str.extract(pattern, 1) if pattern else said
    rows.good = rows.good.rename({"meter": "meter_said"}).with_columns(
        said.cast(pl.String).str.strip_chars()
    )
    rows.good = rows.good.with_columns(meter=serial)
    rows.reject(
        pl.col("meter").is_null() | (pl.col("meter") == ""),
        "meter",
        pl.format("the meter is '{}'", said.fill_null("").str.head(60)),
        expected=f"a text that fits {pattern}" if pattern else "the number of a meter",
        action="correct the row, or the adapter's pattern",
    )
    rows.good = rows.good.drop("meter_said")


def _times(rows: Rows, form: TimeForm) -> None:
    """Read the times as local ones; list the rows that have none."""
    names = [name for name in ("time0", "time1") if name in rows.good.columns]
    read = local_times(rows.good.select(names), form).alias("at")
    words = [pl.col(name).cast(pl.String).fill_null("") for name in names]
    said = pl.format("the time is '{}'", pl.concat_str(words, separator=" ").str.head(40))
    rows.good = rows.good.with_columns(read)
    rows.reject(
        pl.col("at").is_null(),
        "time",
        said,
        expected=f"a time written as {form.format}" if form.format else "a date or an instant",
        action="correct the row, or the adapter's time",
    )
    rows.reject(
        pl.col("at").dt.year() < EARLIEST_YEAR,
        "time",
        said,
        expected="a day from 2000-01-01 on",
        action="look at the meter's clock; the row is left out",
    )
    rows.good = rows.good.drop(names)


def local_times(said: pl.DataFrame, form: TimeForm) -> pl.Series:
    """Return local times (Viet Nam); null where one cannot be read."""
    columns = [said[name] for name in said.columns]
    first = columns[0]
    if first.dtype == pl.Date():
        return first.cast(pl.Datetime("us"))
    if isinstance(first.dtype, pl.Datetime):
        naive = first.cast(pl.Datetime("us", first.dtype.time_zone))
        return _to_local(naive, form)
    if form.format in EPOCHS:
        number = first.cast(pl.String).str.strip_chars().cast(pl.Int64, strict=False)
        instant = (number * (MILLIS // EPOCHS[form.format])).cast(pl.Datetime("us", "UTC"))
        return _to_local(instant, form)
    texts = [column.cast(pl.String).str.strip_chars() for column in columns]
    joined = pl.select(pl.concat_str(texts, separator=" ")).to_series()
    zoned = WITH_OFFSET.search(form.format) is not None
    if not zoned and "%H" not in form.format:
        return joined.str.to_date(form.format, strict=False).cast(pl.Datetime("us"))
    read = joined.str.to_datetime(
        form.format, time_unit="us", time_zone="UTC" if zoned else None, strict=False
    )
    return _to_local(read, form)


def _to_local(read: pl.Series, form: TimeForm) -> pl.Series:
    """Turn times of the adapter's zone, or instants, into local times."""
    zone = read.dtype.time_zone if isinstance(read.dtype, pl.Datetime) else None
    if zone is None and form.zone.key == LOCAL.key:
        return read
    if zone is None:
        read = read.dt.replace_time_zone(str(form.zone), ambiguous="earliest", non_existent="null")
    return read.dt.convert_time_zone(str(LOCAL)).dt.replace_time_zone(None)


def scale_of(value: Quantity) -> tuple[int, int]:
    """Return by what a number of the file is multiplied, and the Wh of the unit it has then."""
    unit, scaler = UNITS[value.unit], value.scaler
    while scaler > 0 and unit < MILLION:
        unit, scaler = unit * 10, scaler - 1
    while scaler < 0 and unit > 1:
        unit, scaler = unit // 10, scaler + 1
    return scaler, unit


def scaled(millionths: pl.Expr, scaler: int) -> pl.Expr:
    """Move millionths by a power of ten; digits below a millionth of a Wh are cut."""
    if scaler >= 0:
        return millionths * int(10**scaler)
    return millionths // int(10**-scaler)


class OtherCodes:
    """Codes that stand in a file and that its adapter does not name: each is told once."""

    def __init__(self, adapter: Adapter, file: str) -> None:
        self.adapter, self.file = adapter, file
        self.known = [value.code for value in adapter.values]
        self.told: set[str] = set()

    def listed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the first row of each code not told so far: frame ROW_ERRORS."""
        if not self.adapter.code_at:
            return told([])
        code = pl.col("code").cast(pl.String).fill_null("")
        other = rows.filter(~code.is_in(self.known)).with_columns(code)
        first = other.unique("code", keep="first", maintain_order=True)
        new = first.filter(~pl.col("code").is_in(sorted(self.told)))
        self.told.update(new["code"])
        return complain(
            self.file,
            new,
            "code",
            pl.format("rows have the code '{}'", pl.col("code").str.head(40)),
            f"one of {', '.join(self.known)}",
            "name the code in the adapter if its values are wanted; its rows are left out",
        )
