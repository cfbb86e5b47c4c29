"""`congto channels load|end|drawer`: master data of payment channels, drawers of counters.

congto channels load communes communes.csv
congto channels load places places.csv
congto channels load listed_communes 861.csv
congto channels load points points.csv
congto channels load mandates mandates.csv
congto channels load agents agents.csv
congto channels load agent_books agent_books.csv
congto channels end mandates UN0001 --on 2026-12-01 --reason "Khách báo ngừng"
congto channels end listed_communes 861/QĐ-TTg 00001 --on 2026-12-01 --reason "Nông thôn mới"
congto channels drawer NK01 "Ngăn kéo 1" PB0101 COUNTER --float 500000

Files are CSV or Parquet (docs/reference/files.md). Rows that the books hold stay; rows that cannot
be taken are listed and the exit code is 1. What ends holds on that day no more: another may begin.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from congto.interfaces.cli.boot import boot
from congto.interfaces.files.channel_tables import LAYOUTS
from congto.vocabulary.errors import InvalidInputError

ENDABLE = [name for name, layout in LAYOUTS.items() if "valid_to" in layout.names]


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
    end = actions.add_parser("end", help="end a row that is in force")
    end.add_argument("what", choices=sorted(ENDABLE))
    end.add_argument("key", nargs="+", help="what names it, as its file has it")
    end.add_argument("--on", type=date.fromisoformat, required=True, help="first day without it")
    end.add_argument("--reason", required=True)
    drawer = actions.add_parser("drawer", help="set a cash drawer up")
    for name in ("code", "name", "unit", "counter"):
        drawer.add_argument(name)
    drawer.add_argument("--float", type=int, default=0, help="change that stays in it, whole đồng")
    given = parser.parse_args(arguments)
    boot()
    return {"load": load_file, "end": end_row, "drawer": add_drawer}[given.action](given)


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


def end_row(given: argparse.Namespace) -> int:
    """End a row that is in force."""
    from congto.office.channels.operations import ENDING, end

    names = ENDING[given.what][1]
    if len(given.key) != len(names):
        raise InvalidInputError(
            f"{given.what} named by {' '.join(given.key)}",
            expected=f"{len(names)} words: {', '.join(names).replace('__code', '')}",
        )
    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    end(given.what, given.key, given.on, reason=given.reason, user=None, at=at)
    sys.stdout.write(f"{' '.join(given.key)} holds until {given.on}, not on that day\n")
    return 0


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
