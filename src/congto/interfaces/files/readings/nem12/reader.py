"""Read a file piece by piece, in columns: days of 8 M meters are 2.4 GB of text.

A piece ends before a point, or a day where a point is longer, so that 400 rows stay with their day.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import CUT, Delivery, check_there, wrong_encoding
from congto.interfaces.files.readings.nem12.days import read_days
from congto.interfaces.files.readings.nem12.heads import HEADS, heads_of
from congto.interfaces.files.readings.repeats import SeenDays
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.interfaces.files.readings.words import How

AT_ONCE = 32 * 2**20
"""Bytes of text held at one time."""
RECORDS = ["100", "200", "300", "400", "500", "900"]
LINES = {"line": pl.Int64(), "text": pl.String(), "record": pl.String()}


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a file piece by piece: its days (DELIVERED_DAYS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty, not UTF-8 or begins with no NEM12 record.
    """
    check_there(path, "the records 100, 200, 300 and 900")
    reader = _Reader(path, how)
    for first, content in _pieces(path):
        yield reader.piece(first, content)
    yield reader.end()


def _pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """Cut the file between points; yield the number of each piece's first line and its bytes."""
    line, rest = 1, b""
    with path.open("rb") as stream:
        while block := stream.read(AT_ONCE):
            rest += block
            cut = _cut(rest) if len(block) == AT_ONCE else 0
            if cut > 0:
                yield line, rest[:cut]
                line += rest.count(b"\n", 0, cut)
                rest = rest[cut:]
    yield line, rest


def _cut(text: bytes) -> int:
    """Return where the last point of a text begins, else its last day; 0: nowhere.

    Days of one point stay together, as two meters may have been there on one of them.
    """
    last = text.rfind(b"\n200,")
    while (before := text.rfind(b"\n200,", 0, max(last, 0))) >= 0:
        if _point(text, before) != _point(text, last):
            return last + 1
        last = before
    return (last if last > 0 else text.rfind(b"\n300,")) + 1


def _point(text: bytes, record: int) -> bytes:
    """Return the point of the record 200 whose line break stands there."""
    begin = record + len(b"\n200,")
    return text[begin : text.find(b",", begin)]


class _Reader:
    """What goes on from piece to piece: the 200 row in force, the days seen, the last record."""

    def __init__(self, path: Path, how: How) -> None:
        self.path, self.file, self.how = path, path.name, how
        self.head = pl.DataFrame(schema=HEADS)
        self.seen = SeenDays(self.file)
        self.last_line, self.last_record = 0, ""

    def piece(self, first: int, content: bytes) -> Delivery:
        """Read one piece, whose first line has this number."""
        if not content.strip():
            return Delivery(DELIVERED_DAYS.empty(), ROW_ERRORS.empty())
        lines, errors = self._lines(first, content)
        heads, wrong = heads_of(self.file, lines.filter(pl.col("record") == "200"), self.how)
        heads = pl.concat([self.head, heads])
        lines = self._owned(lines)
        self.head = heads.tail(1)
        read = read_days(self.file, lines, heads)
        frame, repeated = self.seen.first_of(read.frame)
        errors = [ROW_ERRORS.empty(), *errors, wrong, read.errors, repeated]
        return Delivery(frame, pl.concat(errors).sort("line", "column"))

    def _lines(self, first: int, content: bytes) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
        """Split a piece into the rows of LINES; lines that are no record are listed."""
        try:
            lines = pl.read_lines(BytesIO(content), name="text", row_index_name="line")
        except pl.exceptions.ComputeError as error:
            raise wrong_encoding(self.path) from error
        record = pl.col("text").str.head(4).str.strip_chars_end(", ")
        lines = lines.with_columns(pl.col("line").cast(pl.Int64) + first, record=record)
        lines = lines.filter(pl.col("text").str.strip_chars() != "").select(list(LINES))
        errors = [] if self.last_record else [self._opening(lines)]
        self.last_line, self.last_record = lines["line"][-1], lines["record"][-1]
        known = pl.col("record").is_in(RECORDS)
        unknown = complain(
            self.file,
            lines.filter(~known),
            "",
            pl.format("the line begins with '{}'", pl.col("text").str.head(20)),
            "a record 100, 200, 300, 400, 500 or 900",
            "remove or correct the line",
        )
        return lines.filter(known), [*errors, unknown]

    def _opening(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Refuse a file that is something else; list a missing record 100."""
        first = lines.head(1)
        if first["record"][0] not in RECORDS:
            raise InvalidInputError(
                f"{self.file} line {first['line'][0]} begins with '{first['text'][0][:40]}'",
                expected="a NEM12 file with the records 100, 200, 300 and 900",
                action="deliver such a file or name the format it has",
            )
        return complain(
            self.file,
            first.filter(~pl.col("text").str.contains("^100, *NEM12")),
            "",
            pl.format("the file begins with '{}'", pl.col("text").str.head(20)),
            "record 100,NEM12,... as the first line",
            "deliver the file with its first line; its days are read all the same",
        )

    def _owned(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Add to each line the lines of the 200 row (`head`) and the 300 row (`day`) above it."""
        before = self.head["head"][0] if self.head.height else None
        of = {
            name: pl.when(pl.col("record") == record).then("line").forward_fill()
            for name, record in (("head", "200"), ("day", "300"))
        }
        owned = lines.with_columns(**of)
        # A 400 row belongs to a day only where no 200 row stands between them.
        beneath = pl.col("head").is_null() | (pl.col("day") > pl.col("head"))
        head = pl.col("head").fill_null(pl.lit(before, pl.Int64))
        return owned.with_columns(head, day=pl.when(beneath).then("day"))

    def end(self) -> Delivery:
        """List a file that was cut off."""
        cut = pl.DataFrame({"line": [self.last_line]}).filter(self.last_record != "900")
        errors = complain(
            self.file,
            cut,
            "",
            pl.lit(f"the file ends with record {self.last_record}"),
            "record 900 as the last line",
            CUT,
        )
        return Delivery(DELIVERED_DAYS.empty(), errors)
