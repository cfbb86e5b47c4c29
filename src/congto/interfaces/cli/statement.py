"""`congto statement check|import FILE ...`: bank statements, CAMT.053, MT940 or tables.

congto statement check 2026-11-05.xml
congto statement import 2026-11-05.xml 2026-11-06.sta
congto statement import saoke.csv --profile bank.yaml

A file is known by its content. A table of internet banking (CSV or XLSX) needs the profile of its
bank: a YAML file with account, encoding, delimiter, header_row, date_format, thousands, decimal,
until, and columns (date, text, amount or credit and debit, reference, bank_reference, balance).

Each statement's opening and lines must be its closing, else it is not taken. A line that cannot be
read is listed, the others are taken. Importing again does nothing. The exit code is 1 where
something was not taken.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot

if TYPE_CHECKING:
    from congto.interfaces.files.statements.entries import StatementFile


def main(arguments: list[str]) -> int:
    """Read statements and say what is in them, or import them."""
    parser = argparse.ArgumentParser(
        prog="congto statement",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["check", "import"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--profile", type=Path, help="how the bank writes its table")
    given = parser.parse_args(arguments)
    boot()
    from congto.interfaces.files.statements.reading import read_statements
    from congto.interfaces.files.statements.tables import profile_of

    profile = profile_of(given.profile.read_text("utf-8")) if given.profile else None
    faults = 0
    for file in given.files:
        read = read_statements(file.read_bytes(), profile)
        say(file, read)
        faults += len(read.faults)
        if given.action == "import":
            import_file(file, read)
    return 1 if faults else 0


def say(file: Path, read: StatementFile) -> None:
    """Say what a file holds and everything that is wrong in it."""
    for one in read.statements:
        number = "" if one.number is None else f" number {one.number}"
        unbooked = f", {one.unbooked} not booked yet" if one.unbooked else ""
        sys.stdout.write(
            f"{file.name}: account {one.account}{number}, {len(one.lines)} lines,"
            f" {one.total_vnd} đồng{unbooked}\n"
        )
    for fault in read.faults:
        sys.stdout.write(f"{file.name}: {fault}\n")


def import_file(file: Path, read: StatementFile) -> None:
    """Import what was read and say what became of it."""
    from congto.interfaces.files.statements.reading import rows_of
    from congto.office.settlement.operations import import_statement

    done = import_statement(rows_of(read), at=datetime.now(UTC))  # noqa: TID251  (a door reads the clock)
    sys.stdout.write(
        f"{file.name}: {done.imported} imported, {done.repeated} known before,"
        f" {done.suspense} in suspense\n"
    )
