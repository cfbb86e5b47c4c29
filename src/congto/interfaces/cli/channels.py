"""`congto channels load|drawer`: master data of payment channels from files, drawers of counters.

congto channels load communes communes.csv
congto channels load places places.csv
congto channels load listed_communes 861.csv
congto channels load points points.csv
congto channels load mandates mandates.csv
congto channels load agents agents.csv
congto channels load agent_books agent_books.csv
congto channels drawer NK01 "Ngăn kéo 1" PB0101 COUNTER --float 500000

Files are CSV or Parquet. Rows that the books hold stay; rows that cannot be taken are listed and
the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from congto.interfaces.cli.boot import boot
from congto.interfaces.files.channel_tables import LAYOUTS


def main(arguments: list[str]) -> int:
    """Load a file or set a drawer up; 1 where rows were rejected."""
    parser = argparse.ArgumentParser(
        prog="congto channels",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True)
    load = actions.add_parser("load", help="load a file")
    load.add_argument("what", choices=sorted(LAYOUTS))
    load.add_argument("file", type=Path)
    drawer = actions.add_parser("drawer", help="set a cash drawer up")
    for name in ("code", "name", "unit", "counter"):
        drawer.add_argument(name)
    drawer.add_argument("--float", type=int, default=0, help="change that stays in it, whole đồng")
    given = parser.parse_args(arguments)
    boot()
    return load_file(given) if given.action == "load" else add_drawer(given)


def load_file(given: argparse.Namespace) -> int:
    """Load one file and say what became of its rows."""
    from congto.interfaces.files.cast import sentences
    from congto.interfaces.files.delivery import read_delivery
    from congto.office.channels.operations import load

    read = read_delivery(given.file, LAYOUTS[given.what])
    loaded = load(given.what, read.frame, file=given.file.name)
    wrong = sentences(read.errors) + sentences(loaded.errors)
    rejected = read.errors["line"].n_unique() + loaded.rejected
    for sentence in wrong:
        sys.stdout.write(f"{sentence}\n")
    sys.stdout.write(
        f"{given.file.name}: {loaded.inserted} added, {loaded.unchanged} unchanged,"
        f" {rejected} rejected\n"
    )
    return 1 if rejected else 0


def add_drawer(given: argparse.Namespace) -> int:
    """Set a drawer up at a counter."""
    from congto.office.channels.drawers import new_drawer

    made = new_drawer(
        given.code,
        given.name,
        given.unit,
        given.counter,
        float_vnd=given.float,
        at=datetime.now(UTC),  # noqa: TID251  (a door reads the clock)
    )
    sys.stdout.write(
        f"drawer {made.code} at {made.counter.code}, {made.float_vnd} đồng of change\n"
    )
    return 0
