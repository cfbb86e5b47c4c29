"""Day files of payment partners: what a partner says it collected on one day.

CSV in UTF-8. The first line is the header: CONGTO-DAY, partner, day (2026-11-05), how many lines,
what the PAID ones sum up to in đồng, and the SHA-256 of every byte after that line. Then a line of
column names (number, bills, amount_vnd, state) and the lines: the partner's number of the payment,
our numbers of its bills with + between, whole đồng, PAID or REVERSED.

A file that is not what its header says is refused whole (class F1 of the daily reconciliation).
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.vocabulary.money import Dong

MAGIC = "CONGTO-DAY"
COLUMNS = ("number", "bills", "amount_vnd", "state")
PAID, REVERSED = "PAID", "REVERSED"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "line": pl.Int64(),
    "number": pl.String(),
    "bills": pl.List(pl.String()),
    "amount_vnd": pl.Int64(),
    "state": pl.String(),
}


@dataclass(frozen=True, slots=True)
class PartnerDay:
    """A partner's day: code, day, and lines (line, number, bills, amount_vnd, state)."""

    partner: str
    day: date
    lines: pl.DataFrame
    total_vnd: Dong


def read_partner_day(content: bytes) -> PartnerDay:
    """Read a day file whole, or refuse it.

    Raises:
        InvalidInputError: a header or line that cannot be read, or a count, total or hash that
            is not that of the lines.
    """
    head, _newline, body = content.partition(b"\n")
    fields = head.decode("utf-8-sig", "replace").strip().split(",")
    if len(fields) != 6 or fields[0] != MAGIC:
        raise _refused(1, head[:60].decode("utf-8", "replace"),
                       f"{MAGIC},partner,day,count,total,sha256")  # fmt: skip
    partner, day, count, total, digest = fields[1:]
    found = hashlib.sha256(body).hexdigest()
    if digest.lower() != found:
        raise _refused(1, f"SHA-256 {digest[:64]}", f"{found}, that of the lines")
    rows = _rows(body)
    sum_vnd = sum(amount for *_others, amount, state in rows if state == PAID)
    if (count, total) != (str(len(rows)), str(sum_vnd)):
        raise _refused(1, f"{count[:20]} lines, {total[:20]} đồng", f"{len(rows)}, {sum_vnd}")
    return PartnerDay(partner, _day(day), pl.DataFrame(rows, SCHEMA, orient="row"), sum_vnd)


def write_partner_day(partner: str, day: date, lines: pl.DataFrame) -> bytes:
    """Write the file that `read_partner_day` reads; lines: number, bills, amount_vnd, state."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, bills, amount, state in lines.select(COLUMNS).iter_rows():
        writer.writerow([number, "+".join(bills), amount, state])
    body = text.getvalue().encode()
    total = int(lines.filter(pl.col("state") == PAID)["amount_vnd"].sum())
    digest = hashlib.sha256(body).hexdigest()
    return f"{MAGIC},{partner},{day},{lines.height},{total},{digest}\n".encode() + body


def _rows(body: bytes) -> list[tuple[int, str, list[str], int, str]]:
    try:
        reader = csv.reader(io.StringIO(body.decode(), newline=""))
        rows = [(reader.line_num + 1, row) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused(2, str(error), "CSV in UTF-8") from error
    if not rows or tuple(rows[0][1]) != COLUMNS:
        raise _refused(2, ",".join(rows[0][1])[:80] if rows else "nothing", ",".join(COLUMNS))
    return [_line(number, row) for number, row in rows[1:]]


def _line(line: int, row: list[str]) -> tuple[int, str, list[str], int, str]:
    if len(row) != len(COLUMNS):
        raise _refused(line, f"{len(row)} columns", str(len(COLUMNS)))
    number, bills, amount, state = row
    if not 0 < len(number) <= 40:
        raise _refused(line, f"number {number[:50]}", "1 to 40 characters")
    if state not in {PAID, REVERSED}:
        raise _refused(line, state[:20] or "no state", f"{PAID} or {REVERSED}")
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount) < 10**15):
        raise _refused(line, amount[:20] or "no amount", "whole đồng above 0")
    return line, number, bills.split("+"), int(amount), state


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _refused(1, text[:20], "a day as 2026-11-05") from error


def _refused(line: int, found: str, expected: str) -> InvalidInputError:
    return InvalidInputError(
        f"line {line} of the day file says {found}",
        expected=expected,
        action="the file is refused whole: ask the partner for it again",
    )
