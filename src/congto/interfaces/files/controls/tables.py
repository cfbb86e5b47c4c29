"""Lists about commands as CSV: meters of an order, the protected list, caps.

UTF-8 with a line of column names, parted by commas or semicolons, as spreadsheets write it. A row
that cannot be read is a sentence with its line; the others are taken.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.office.commands.operations import Protection, UnitCapRow
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from congto.office.commands.models import CommandCap, ProtectedPoint

Row = TypeVar("Row")

PROTECTED = ("usage_point", "reason", "document", "valid_from", "valid_to")
CAPS = ("unit", "kind", "per_day", "two_persons_from")
ROWS_MAX = 100_000


class Wrong(NamedTuple):
    """A row that cannot be read."""

    line: int
    error: InvalidInputError


def read_meters(octets: bytes) -> list[str]:
    """Return the meters of an order: column `meter` (serial) or `usage_point`.

    Raises:
        InvalidInputError: no text, or neither column.
    """
    rows = list(_rows(octets, ()))
    names = rows[0][1].keys() if rows else ()
    column = next((one for one in ("meter", "usage_point") if one in names), None)
    if column is None:
        raise InvalidInputError(
            f"a list of meters with the columns {', '.join(names) or '-'}",
            expected="meter or usage_point, and a row a meter",
        )
    return [row[column] for _, row in rows if row[column]]


def read_protected(octets: bytes) -> tuple[list[Protection], list[Wrong]]:
    """Return the protected points of a list, and the rows that cannot be read."""
    return _taken(octets, PROTECTED, _protection)


def read_caps(octets: bytes) -> tuple[list[UnitCapRow], list[Wrong]]:
    """Return the caps of a list, and the rows that cannot be read."""
    return _taken(octets, CAPS, _cap)


def write_protected(rows: Iterable[ProtectedPoint]) -> bytes:
    """Return a protected list as a file that can be read again."""
    told = (
        (row.usage_point.code, row.reason, row.document, row.valid_from, row.valid_to or "")
        for row in rows
    )
    return _written(PROTECTED, told)


def write_caps(rows: Iterable[CommandCap]) -> bytes:
    """Return caps as a file that can be read again."""
    told = ((row.unit.code, row.kind, row.per_day, row.two_persons_from) for row in rows)
    return _written(CAPS, told)


def _taken(
    octets: bytes, columns: tuple[str, ...], take: Callable[[int, Mapping[str, str]], Row]
) -> tuple[list[Row], list[Wrong]]:
    good: list[Row] = []
    wrong: list[Wrong] = []
    for line, row in _rows(octets, columns):
        try:
            good.append(take(line, row))
        except InvalidInputError as error:
            wrong.append(Wrong(line, error))
    return good, wrong


def _rows(octets: bytes, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and values of each row, without outer blanks.

    Raises:
        InvalidInputError: not UTF-8, a column is missing, too many rows.
    """
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"byte {error.start} of the file is not UTF-8", action="save it as CSV in UTF-8"
        ) from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    missing = [one for one in columns if one not in (reader.fieldnames or ())]
    if missing:
        raise InvalidInputError(f"no column {', '.join(missing)}", expected=", ".join(columns))
    for count, row in enumerate(reader, 1):
        if count > ROWS_MAX:
            raise InvalidInputError(f"more than {ROWS_MAX} rows", action="part the file")
        yield (
            reader.line_num,
            {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)},
        )


def _protection(line: int, row: Mapping[str, str]) -> Protection:
    return Protection(
        row["usage_point"],
        row["reason"],
        row["document"],
        _day(line, "valid_from", row["valid_from"]),
        _day(line, "valid_to", row["valid_to"]) if row["valid_to"] else None,
    )


def _cap(line: int, row: Mapping[str, str]) -> UnitCapRow:
    numbers = [_whole(line, name, row[name]) for name in ("per_day", "two_persons_from")]
    return UnitCapRow(row["unit"], row["kind"], *numbers)


def _day(line: int, name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInputError(
            f"line {line}: {name} '{value[:40]}'", expected="a day such as 2026-12-01"
        ) from error


def _whole(line: int, name: str, value: str) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > 9:
        raise InvalidInputError(
            f"line {line}: {name} '{value[:40]}'", expected="a whole number of at most 9 digits"
        )
    return int(value)


def _written(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue().encode("utf-8-sig")
