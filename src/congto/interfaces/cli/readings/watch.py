"""`congto readings watch FOLDER`: load every file that is put there, until told to stop."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.interfaces.intake.formats import BY_NAME, DELIVERED
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from congto.interfaces.intake.watching import Watched


def main(arguments: list[str]) -> int:
    """Watch a folder; with --once take what is there and end, 1 where a file was refused."""
    given = _parser().parse_args(arguments)
    boot()
    from congto.interfaces.intake.watching import Watched, alone

    watched = Watched(
        given.folder, given.source, given.format, given.minutes, given.halve_hours, given.settle
    )
    refused = 0
    with alone(given.folder):
        while True:
            refused += take_all(watched, datetime.now(UTC))  # noqa: TID251  (a door reads the clock)
            if given.once:
                return 1 if refused else 0
            time.sleep(given.every)


def take_all(watched: Watched, at: datetime) -> int:
    """Take every complete file, one line of JSON for each; return how many were refused."""
    from congto.interfaces.intake.watching import complete_files, take_file
    from congto.office.intake.choices import DeliveryState

    refused = 0
    for path in complete_files(watched, at):
        try:
            delivery = take_file(path, watched, at)
        except CongtoError as error:
            refused += 1
            sys.stderr.write(f"{error.sentence()}\n")
            continue
        refused += delivery.state == DeliveryState.REFUSED
        line = {"file": path.name, "state": delivery.state, "days": delivery.days}
        line |= {"new": delivery.new_days, "changed": delivery.changed_days}
        sys.stdout.write(json.dumps(line | {"refused_rows": delivery.refused_rows}) + "\n")
        sys.stdout.flush()
    return refused


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto readings watch", description=__doc__)
    parser.add_argument("folder", type=Path, help="where files are put")
    parser.add_argument("--source", required=True, help="code of the system that puts them there")
    parser.add_argument(
        "--format",
        required=True,
        choices=[*DELIVERED, BY_NAME],
        help=f"of the files; {BY_NAME}: by the adapter whose pattern the name fits",
    )
    parser.add_argument("--minutes", type=int, default=30, help="interval of long tables (30)")
    parser.add_argument("--halve-hours", action="store_true", help="take hours as two halves each")
    parser.add_argument("--settle", type=float, default=5.0, help="seconds a file must rest (5)")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between looks (2)")
    parser.add_argument("--once", action="store_true", help="take what is there and end")
    return parser
