"""`congto partner-day FILE ...`: a partner's day file against the books, every line in one class.

congto partner-day P01-2026-11-05.csv
congto partner-day P01-2026-11-05.csv --json

Lines that are not M0 are listed with both amounts. Nothing is posted. The exit code is 1 where a
line is neither M0 nor M1 (another day over the cut-off), 2 where a file is refused.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot

if TYPE_CHECKING:
    import polars as pl

AGREED = ("M0", "M1")


def main(arguments: list[str]) -> int:
    """Say what agrees and what does not."""
    parser = argparse.ArgumentParser(
        prog="congto partner-day",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    given = parser.parse_args(arguments)
    boot()
    from congto.interfaces.files.partner_days import read_partner_day
    from congto.office.settlement.reconciling import reconcile_file

    differ = 0
    for file in given.files:
        told = read_partner_day(file.read_bytes())
        classed = reconcile_file(told.partner, told.day, told.lines)
        say(f"{told.partner} {told.day}", classed, as_json=given.json)
        differ += sum(name not in AGREED for name in classed["class"])
    return 1 if differ else 0


def say(title: str, classed: pl.DataFrame, *, as_json: bool) -> None:
    """Print how many lines each class has, and the lines that are not M0."""
    counts = dict(sorted(classed["class"].value_counts().iter_rows()))
    rest = list(classed.rows(named=True)) if as_json else []
    if as_json:
        shown = [row for row in rest if row["class"] != "M0"]
        sys.stdout.write(
            json.dumps({"day": title, "classes": counts, "lines": shown}, default=str) + "\n"
        )
        return
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    sys.stdout.write(f"{title}: {told or 'nothing'}\n")
    for row in classed.rows(named=True):
        if row["class"] != "M0":
            place = "-" if row["line"] is None else row["line"]
            sys.stdout.write(
                f"{row['class']}  line {place}  {row['partner_txn_id']}"
                f"  ours {row['our_vnd']}  theirs {row['their_vnd']}\n"
            )
