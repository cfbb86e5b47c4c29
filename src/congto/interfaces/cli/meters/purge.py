"""`congto meters purge`: remove frames, sessions, tasks and records of secrets beyond their terms.

congto meters purge --dry-run
congto meters purge --before 2026-01-01 --json

Workers do it once a day by themselves. The terms are in retention.yaml; --before keeps more than
they ask for, never less. Frames in which readings came are kept for a term of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.reference.fields import parse_day
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import date


def main(arguments: list[str]) -> int:
    """Remove what is beyond its term and print how much."""
    parser = argparse.ArgumentParser(
        prog="congto meters purge",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--before", metavar="DAY", help="only what is older than this day as well")
    parser.add_argument("--dry-run", action="store_true", help="count, and remove nothing")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args(arguments)
    before = None if given.before is None else _day(given.before)
    boot()
    from congto.interfaces.meters.purging import purge

    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    removed = purge(at, before=before, dry_run=given.dry_run)
    if not removed:
        raise RefusedError(
            "another process is removing what is beyond its term",
            expected="one at a time",
            action="try again when it is done",
        )
    if given.json:
        sys.stdout.write(json.dumps(removed) + "\n")
        return 0
    for name, count in removed.items():
        sys.stdout.write(f"{name:<12} {count}\n")
    return 0


def _day(word: str) -> date:
    found = parse_day(word)
    if found is None:
        raise InvalidInputError(f"--before {word}", expected="a day such as 2026-01-01")
    return found
