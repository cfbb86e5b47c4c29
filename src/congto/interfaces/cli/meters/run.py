"""`congto meters run`: a worker of the head end; as many of them as are wanted, on any machine.

congto meters run --concurrency 500
congto meters run --once --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from congto.interfaces.cli.boot import boot

if TYPE_CHECKING:
    from congto.interfaces.meters.worker import Figures

CONCURRENCY = 500


def main(arguments: list[str]) -> int:
    """Work until SIGTERM or Ctrl-C; with --once until nothing is due."""
    parser = argparse.ArgumentParser(
        prog="congto meters run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="sessions at once")
    parser.add_argument("--once", action="store_true", help="do what is due, then leave")
    parser.add_argument("--seconds", type=float, help="to wait for each answer (120)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args(arguments)
    boot()
    from congto.headend.transports.session import Deadlines
    from congto.interfaces.meters.visiting import DEADLINES
    from congto.interfaces.meters.worker import Way, Worker

    deadlines = DEADLINES
    if given.seconds is not None:
        deadlines = Deadlines(given.seconds, given.seconds, min(given.seconds, 5.0))
    way = Way(given.concurrency, given.once, deadlines)
    figures = asyncio.run(Worker(_now, way).run())
    _print(figures_of(figures), as_json=given.json)
    return 0


def figures_of(figures: Figures) -> dict[str, Any]:
    """Return what a worker has done as plain data."""
    return {
        "sessions": figures.visits,
        "good": figures.good,
        "half_hours": figures.half_hours,
        "unread": figures.unread,
        "faults": dict(sorted(figures.faults.items())),
    }


def _print(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for name, value in figures.items():
        sys.stdout.write(f"{name:<12} {value}\n")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
