"""Text with a delimiter, split by columns; a line with another number of fields costs that line."""

from __future__ import annotations

import codecs
import re
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.concentrators.pieces import (
    AT_ONCE,
    Piece,
    expected_of,
    places_in,
    told,
)
from congto.interfaces.files.delivery import CUT, QUOTED, check_there, wrong_encoding
from congto.vocabulary.errors import InvalidInputError

CLOSED = "\x01"
"""Stands for a quoted text while the fields of a line are counted."""

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from congto.interfaces.files.concentrators.adapter import Adapter

MARK = "\ufeff".encode()
"""What some programs write before UTF-8."""
UTF_8 = ("utf-8", "ascii", "utf-8-sig")
FEWER_ROWS = "deliver the file again, rows are missing or too many; those that are there are read"


def csv_pieces(path: Path, adapter: Adapter) -> Iterator[Piece]:
    """Read a file.

    Raises:
        InvalidInputError: it is absent, empty, of another encoding or has other columns.
    """
    check_there(path, expected_of(adapter))
    yield from _Csv(path, adapter).pieces()


class _Csv:
    """What goes on from piece to piece: the columns, the number of the next line, rows so far."""

    def __init__(self, path: Path, adapter: Adapter) -> None:
        self.path, self.adapter, self.form = path, adapter, adapter.file
        self.numbers: dict[str, int] = {}
        self.width, self.line, self.count = 0, 1, 0

    def pieces(self) -> Iterator[Piece]:
        """Yield whole lines; the last line is looked at apart."""
        rest = b""
        for block in self._blocks():
            rest += block
            if not self.width:
                rest = self._without_head(rest)
            cut = rest.rfind(b"\n", 0, max(rest.rfind(b"\n"), 0)) + 1
            if self.width and cut:
                yield self._rows(rest[:cut])
                rest = rest[cut:]
        if not self.width:
            rest = self._without_head(rest, last=True)
        yield self._end(rest)

    def _blocks(self) -> Iterator[bytes]:
        """Yield the file as UTF-8."""
        decoder = codecs.getincrementaldecoder(self.form.encoding)()
        with self.path.open("rb") as stream:
            first = stream.read(AT_ONCE)
            if self.form.encoding in UTF_8:
                yield first.removeprefix(MARK)
                while block := stream.read(AT_ONCE):
                    yield block
                return
            block = first
            while block:
                yield self._decoded(decoder, block)
                block = stream.read(AT_ONCE)
            yield self._decoded(decoder, b"", final=True)

    def _decoded(
        self, decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False
    ) -> bytes:
        try:
            return decoder.decode(block, final).encode()
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                f"{self.path.name} is not in the encoding {self.form.encoding}",
                expected=f"a file in {self.form.encoding}, as adapter {self.adapter.name} says",
                action="correct the adapter's encoding or deliver the file again",
            ) from error

    def _without_head(self, text: bytes, *, last: bool = False) -> bytes:
        """Read the line of names, or count the columns of the first row; return what follows."""
        lines = text.split(b"\n", self.form.skip + 1)
        if len(lines) < self.form.skip + 2 and not last:
            return text
        if len(lines) <= self.form.skip:
            raise InvalidInputError(
                f"{self.path.name} has {len(lines)} lines",
                expected=f"{self.form.skip} lines before {expected_of(self.adapter)}",
                action="deliver the file again",
            )
        try:
            first = lines[self.form.skip].decode().rstrip("\r")
        except UnicodeDecodeError as error:
            raise wrong_encoding(self.path) from error
        fields = [one.strip().strip('"') for one in first.split(self.form.delimiter)]
        names = fields if self.form.header else [str(n) for n in range(1, len(fields) + 1)]
        self.numbers = places_in(self.path, self.adapter, names, self.form.skip + 1)
        self.width = len(fields)
        before = self.form.skip + self.form.header
        self.line += before
        return b"\n".join(lines[before:])

    def _end(self, rest: bytes) -> Piece:
        """Read the last line; say where the file is cut off or lacks rows."""
        body = rest.rstrip(b"\r\n")
        begin = body.rfind(b"\n") + 1
        last = body[begin:]
        ended = rest.endswith(b"\n") or not rest
        number = self.line + body.count(b"\n")
        if self.form.trailer and last.startswith(self.form.trailer.encode()):
            piece = self._rows(body[:begin])
            return Piece(piece.rows, told([piece.errors, self._miscounted(number, last)]))
        cut = not ended and self.form.ends_lines
        piece = self._rows(body[:begin] if cut else rest)
        if not (cut or self.form.trailer):
            return piece
        found = "the last line breaks off" if cut else "the file ends without its last line"
        expected = f"a last line {self.form.trailer}" if self.form.trailer else "a whole line"
        return Piece(piece.rows, told([piece.errors, self._wrong(number, found, expected, CUT)]))

    def _miscounted(self, number: int, last: bytes) -> pl.DataFrame:
        """Hold the number of rows that a trailer says against those that were there."""
        said = last.decode(errors="replace").split(self.form.delimiter)[1:2]
        if not said or said[0].strip() == str(self.count):
            return told([])
        found = f"the last line says {said[0].strip()[:20]} rows, {self.count} stand before it"
        return self._wrong(number, found, "as many rows as the last line says", FEWER_ROWS)

    def _wrong(self, number: int, found: str, expected: str, action: str) -> pl.DataFrame:
        line = pl.DataFrame({"line": [number]})
        return complain(self.path.name, line, "", pl.lit(found), expected, action)

    def _rows(self, text: bytes) -> Piece:
        """Split whole lines into fields."""
        try:
            lines = pl.read_lines(BytesIO(text), name="text", row_index_name="line")
        except pl.exceptions.ComputeError as error:
            raise wrong_encoding(self.path) from error
        lines = lines.with_columns(pl.col("line").cast(pl.Int64) + self.line)
        self.line += text.count(b"\n")
        body = lines.filter(pl.col("text").str.strip_chars() != "")
        self.count += body.height
        good, errors = self._without_ragged(body)
        if good.is_empty():
            return Piece(self._fields(b"", good["line"]), errors)
        if good.height < lines.height:
            text = good["text"].str.join("\n").item().encode()
        return Piece(self._fields(text, good["line"]), errors)

    def _fields(self, text: bytes, line: pl.Series) -> pl.DataFrame:
        schema = {str(number): pl.String() for number in range(self.width)}
        try:
            fields = (
                pl.read_csv(
                    BytesIO(text), has_header=False, separator=self.form.delimiter, schema=schema
                )
                if text
                else pl.DataFrame(schema=schema)
            )
        except pl.exceptions.ComputeError as error:
            raise InvalidInputError(
                f"{self.path.name} has a quote in a place where none can be",
                expected="quotes around whole fields",
                action="deliver the file again",
            ) from error
        wanted = [pl.col(str(number)).alias(name) for name, number in self.numbers.items()]
        return fields.select(wanted).insert_column(0, line)

    def _without_ragged(self, body: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Split off lines with too few or too many fields, or a quote that is not closed."""
        text = pl.col("text")
        if body["text"].str.contains('"', literal=True).any():
            text = text.str.replace_all(QUOTED, CLOSED)
        after = f"{CLOSED}[^{re.escape(self.form.delimiter)}{CLOSED}\r]"
        marked = body.with_columns(
            fields=text.str.count_matches(self.form.delimiter, literal=True) + 1,
            # Nor may anything follow a closed quote in its field: the reader stops at it.
            open_quote=text.str.contains('"', literal=True) | text.str.contains(after),
        )
        bad = marked.filter((pl.col("fields") != self.width) | pl.col("open_quote"))
        if bad.is_empty():
            return body, told([])
        found = pl.when("open_quote").then(pl.lit("a quote is not closed on its line"))
        errors = complain(
            self.path.name,
            bad,
            "",
            found.otherwise(pl.format("{} fields", pl.col("fields"))),
            f"{self.width} fields, as the first line has",
            "correct the line; put a text that holds the delimiter in double quotes",
        )
        return body.join(bad.select("line"), on="line", how="anti", maintain_order="left"), errors
