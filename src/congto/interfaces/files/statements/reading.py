"""A statement file of any format into the rows of the books, with all that is wrong in it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.statements.camt053 import read_camt053
from congto.interfaces.files.statements.entries import Fault, StatementFile
from congto.interfaces.files.statements.mt940 import read_mt940
from congto.interfaces.files.statements.tables import read_table
from congto.office.settlement.operations import LENGTHS, STATEMENT
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.interfaces.files.statements.entries import Line, Statement
    from congto.interfaces.files.statements.tables import Profile

HEAD = 4096


def read_statements(content: bytes, profile: Profile | None = None) -> StatementFile:
    """Read a file by what it is: a table where a profile is given, else CAMT.053 or MT940.

    Raises:
        InvalidInputError: none of them, or a table that the profile does not fit.
    """
    head = content[:HEAD].lstrip(b"\xef\xbb\xbf \r\n\t")
    if profile is not None:
        read = read_table(content, profile)
    elif head.startswith(b"<") and b"camt.053" in head:
        read = read_camt053(content)
    elif head.startswith((b"{1:", b":20:")):
        read = read_mt940(content)
    else:
        raise InvalidInputError(
            f"the file begins with {head[:20]!r}",
            expected="CAMT.053, MT940, or a table with the profile of its bank",
            action="name a profile for a table of internet banking",
        )
    return _judged(read)


def _judged(read: StatementFile) -> StatementFile:
    """Take statements that do not agree out, and list every fault of the file."""
    faults = list(read.faults)
    for number, one in enumerate(read.statements, start=1):
        faults += one.faults
        if one.gap_vnd:
            kept = "not taken" if one.held else "its other lines are taken"
            faults.append(
                Fault(
                    f"statement {number} of {one.account}",
                    f"opening {one.opening_vnd} + lines {one.total_vnd} is not closing"
                    f" {one.closing_vnd}: {one.gap_vnd} đồng are missing; {kept}",
                )
            )
    faults += _gaps(read.statements)
    sound = tuple(one for one in read.statements if not one.held)
    return StatementFile(read.format, sound, tuple(faults))


def _gaps(statements: tuple[Statement, ...]) -> list[Fault]:
    """Say where numbers of statements of one account are missing in a file."""
    by_account: dict[str, set[int]] = {}
    for one in statements:
        if one.number is not None:
            by_account.setdefault(one.account, set()).add(one.number)
    return [
        Fault(f"account {account}", f"statements {low + 1} to {high - 1} are not in the file")
        for account, numbers in by_account.items()
        for low, high in pairwise(sorted(numbers))
        if high - low > 1
    ]


def rows_of(read: StatementFile) -> pl.DataFrame:
    """Return the lines as STATEMENT: one row per line of every statement that agrees.

    The bank's own number of a movement stands at the end of the text, so that two movements with
    equal words are two, in every file that shows them.
    """
    rows = [_row(one.account, line) for one in read.statements for line in one.lines]
    return pl.DataFrame(rows, schema=STATEMENT.columns, orient="row")


def _row(account: str, line: Line) -> tuple[object, ...]:
    number = f" [{line.bank_reference[:40]}]" if line.bank_reference else ""
    text = line.text[: LENGTHS["text"] - len(number)] + number
    reference = (line.reference or line.text)[: LENGTHS["reference"]]
    return (account, line.booking_date, line.amount_vnd, reference, text.strip())
