"""Long files: values one by one, in any order, laid into days; of two of a half-hour the first.

A day's values may stand anywhere in the file, by meter or by time. So a matrix of days is filled
while the file is read, and given out at its end.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.concentrators.adapter import Stamp
from congto.interfaces.files.concentrators.fields import OtherCodes, known_rows, scale_of, scaled
from congto.interfaces.files.concentrators.pieces import told
from congto.interfaces.files.concentrators.status import bits_of
from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.days import NO_VALUE, days_of, intervals_of
from congto.interfaces.files.readings.marks import Marks
from congto.interfaces.files.readings.tables import millionths, no_numbers
from congto.vocabulary.frames.delivered import DELIVERED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from congto.interfaces.files.concentrators.adapter import Adapter
    from congto.interfaces.files.concentrators.pieces import Piece
    from congto.office.organisation.loading import Rows

DAY = ["meter", "local_day"]
NO_LINE = 2**31 - 1
DAYS_AT_ONCE = 100_000
ROOM = 1_024
"""Days that the matrix has room for at first; it doubles."""


def long_days(pieces: Iterator[Piece], adapter: Adapter, file: str) -> Iterator[Delivery]:
    """Read the values of a file into days (DELIVERED_DAYS)."""
    days, others = _Days(adapter, file), OtherCodes(adapter, file)
    for piece in pieces:
        rows = known_rows(piece, adapter, file)
        _places(rows, adapter)
        numbered = days.numbered(rows.good)
        errors = [days.take(number, numbered) for number in range(len(adapter.values))]
        errors = [*rows.errors, others.listed(numbered), *errors, _wrong_status(rows)]
        yield Delivery(DELIVERED_DAYS.empty(), told(errors).sort("line", "column"))
    yield from days.given_out()


def _places(rows: Rows, adapter: Adapter) -> None:
    """Add the day and the place in it; list times that bound no interval."""
    form = adapter.time
    length = timedelta(minutes=form.minutes)
    begin = pl.col("at") - length if form.stamp is Stamp.END else pl.col("at")
    within = timedelta(seconds=form.within_seconds)
    bound = (begin + within).dt.truncate(f"{form.minutes}m") if form.within_seconds else begin
    rows.good = rows.good.with_columns(begin=bound, off=begin - bound)
    since = pl.col("begin").dt.hour().cast(pl.Int32) * 60 + pl.col("begin").dt.minute()
    odd = (since % form.minutes != 0) | (pl.col("begin").dt.second() != 0)
    rows.reject(
        odd | (pl.col("off") > within),
        "time",
        pl.format("the time is {}", pl.col("at").dt.strftime("%Y-%m-%d %H:%M:%S")),
        expected=f"a bound of an interval of {form.minutes} minutes",
        action="look at the meter's clock; the row is left out",
    )
    rows.good = rows.good.with_columns(
        local_day=pl.col("begin").dt.date(), place=since // form.minutes
    ).drop("begin", "off", "at")
    if adapter.status is not None:
        bits = bits_of(rows.good["status"], adapter.status)
        rows.good = rows.good.with_columns(bits.alias("bits"))


def _wrong_status(rows: Rows) -> pl.DataFrame:
    """List states that are no number; their values are taken, without bits."""
    if "bits" not in rows.good.columns:
        return told([])
    return complain(
        rows.file,
        rows.good.filter(pl.col("bits").is_null()),
        "status",
        pl.format("the status is '{}'", pl.col("status").cast(pl.String).str.head(40)),
        "a whole number as the adapter's base says",
        "correct the status, or the adapter's base; the value is taken without it",
    )


class _Days:
    """Days being filled: of each value of a day its millionths, its line and its bits.

    A day of a meter has a number; each quantity of it a row of the matrices, once it has a value.
    """

    def __init__(self, adapter: Adapter, file: str) -> None:
        self.adapter, self.file = adapter, file
        self.count = intervals_of(adapter.time.minutes)
        self.days = pl.DataFrame(schema={"meter": pl.String, "local_day": pl.Date, "day": pl.Int64})
        self.rows = np.zeros((0, len(adapter.values)), np.int64)
        self.owners = np.zeros((0, 2), np.int64)
        self.values = np.full((ROOM, self.count), NO_VALUE, np.int64)
        self.lines = np.zeros((ROOM, self.count), np.int32)
        self.bits = np.zeros((ROOM if adapter.status else 0, self.count), np.uint8)
        self.repeated = 0
        self.first_repeat = (0, 0)

    def numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add the number of each row's day; days not seen before get the next ones."""
        new = rows.select(DAY).unique(maintain_order=True).join(self.days, on=DAY, how="anti")
        if not new.is_empty():
            first = self.days.height
            self.days = pl.concat(
                [self.days, new.with_columns(day=pl.int_range(first, first + new.height))]
            )
            none = np.full((new.height, len(self.adapter.values)), -1, np.int64)
            self.rows = np.concatenate([self.rows, none])
        return rows.join(self.days, on=DAY, how="left", maintain_order="left")

    def take(self, number: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Lay one quantity of some rows into the days; return what is no number, or contradicts."""
        adapter = self.adapter
        column = adapter.column_of(number)
        own = (
            rows.filter(pl.col("code") == adapter.values[number].code) if adapter.code_at else rows
        )
        said = own.select(pl.col(column).alias(adapter.values[number].at))
        if adapter.file.decimal == ",":
            said = said.with_columns(pl.col(pl.String).str.replace(",", ".", literal=True))
        blank = pl.col(pl.String)
        said = said.with_columns(pl.when(blank != "").then(blank).name.keep())
        read = said.select(pl.all().map_batches(millionths, return_dtype=pl.Int64))
        wrong = no_numbers(self.file, own["line"], said, read)
        scaler, _ = scale_of(adapter.values[number])
        value = scaled(pl.col("value"), scaler) if scaler else pl.col("value")
        known = own.with_columns(value=read.to_series()).filter(pl.col("value").is_not_null())
        return told([wrong, self._lay(number, known.with_columns(value))])

    def _lay(self, number: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Lay values into their places; list those that contradict the first of their place."""
        if rows.is_empty():
            return told([])
        day = rows["day"].to_numpy()
        self._make_room(number, day)
        flat = self.rows[day, number] * self.count + rows["place"].to_numpy()
        values, lines = self.values.reshape(-1), self.lines.reshape(-1)
        value, line = rows["value"].to_numpy(), rows["line"].to_numpy()
        free = lines[flat] == 0
        lines[flat[free][::-1]] = line[free][::-1]  # of a place that comes twice the first is last
        mine = free & (lines[flat] == line)
        values[flat[mine]] = value[mine]
        if self.adapter.status is not None:
            bits = rows["bits"].fill_null(0).to_numpy()
            self.bits.reshape(-1)[flat[mine]] = bits[mine]
        return told([]) if mine.all() else self._repeats(rows, flat, mine)

    def _make_room(self, number: int, day: NDArray[np.int64]) -> None:
        """Give a row to each of these days that has none of this quantity."""
        wanted = np.zeros(len(self.rows), np.bool_)
        wanted[day] = True
        new = np.flatnonzero(wanted & (self.rows[:, number] < 0))
        first = len(self.owners)
        self.rows[new, number] = np.arange(first, first + len(new))
        owners = np.stack([new, np.full(len(new), number, np.int64)], axis=1)
        self.owners = np.concatenate([self.owners, owners])
        lacking = len(self.owners) - len(self.values)
        if lacking <= 0:
            return
        shape = (max(lacking, len(self.values)), self.count)
        self.values = np.concatenate([self.values, np.full(shape, NO_VALUE, np.int64)])
        self.lines = np.concatenate([self.lines, np.zeros(shape, np.int32)])
        if self.adapter.status is not None:
            self.bits = np.concatenate([self.bits, np.zeros(shape, np.uint8)])

    def _repeats(
        self, rows: pl.DataFrame, flat: NDArray[np.int64], mine: NDArray[np.bool_]
    ) -> pl.DataFrame:
        """Count values that stand already; list the days of those that stand with another value."""
        firsts = pl.Series("first", self.lines.reshape(-1)[flat])
        held = pl.Series("held", self.values.reshape(-1)[flat])
        again = rows.with_columns(firsts, held).filter(~pl.Series(mine))
        same = again.filter(pl.col("held") == pl.col("value"))
        if same.height and not self.repeated:
            self.first_repeat = (int(same["line"][0]), int(same["first"][0]))
        self.repeated += same.height
        days = (
            again.filter(pl.col("held") != pl.col("value"))
            .group_by(DAY, maintain_order=True)
            .agg(pl.col("line", "first").first(), count=pl.len())
        )
        return complain(
            self.file,
            days,
            "time",
            pl.format(
                "meter {} on {} has {} values that stand already otherwise, the first on line {}",
                *("meter", "local_day", "count", "first"),
            ),
            "each interval of a meter once, or the same each time",
            "look which is right; the first is taken",
        )

    def given_out(self) -> Iterator[Delivery]:
        """Yield the days in the order in which they begin in the file, and what came again."""
        for first in range(0, len(self.owners), DAYS_AT_ONCE):
            span = slice(first, min(first + DAYS_AT_ONCE, len(self.owners)))
            number = self.owners[span, 1]
            units = np.array([scale_of(value)[1] for value in self.adapter.values], np.int64)
            marks = self._marks(span)
            yield days_of(self.file, self._named(span), self.values[span], units[number], marks)
        if self.repeated:
            line, before = self.first_repeat
            yield Delivery(DELIVERED_DAYS.empty(), self._told_again(line, before))

    def _named(self, span: slice) -> pl.DataFrame:
        """Return what days_of wants of each day beside its values."""
        day, number = self.owners[span, 0], self.owners[span, 1]
        lines = self.lines[span]
        first = np.where(lines == 0, NO_LINE, lines).min(axis=1)
        channels = np.array([int(value.channel or 0) for value in self.adapter.values], np.int8)
        unit = pl.Series([value.unit for value in self.adapter.values])
        return self.days.select("meter", "local_day")[day].with_columns(
            line=pl.Series(first, dtype=pl.Int64),
            usage_point="meter",
            channel=pl.Series(channels[number]),
            unit=unit[number],
            multiplier=pl.lit(None, pl.Int64),
        )

    def _marks(self, span: slice) -> Marks | None:
        if self.adapter.status is None or not self.bits[span].any():
            return None
        bits = self.bits[span]
        plain = Marks.measured(*bits.shape)
        return Marks(plain.qualities, plain.methods, plain.reasons, bits)

    def _told_again(self, line: int, before: int) -> pl.DataFrame:
        row = pl.DataFrame({"line": [line]})
        found = (
            f"{self.repeated} values stand already with the same value, the first on line {before}"
        )
        return complain(
            self.file,
            row,
            "time",
            pl.lit(found),
            "each interval of a meter once",
            "nothing is lost; ask the concentrator's maker why it writes rows twice",
        )
