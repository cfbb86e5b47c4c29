"""`congto vee run|late|upkeep`: validate days of half-hours in the store, derive late ones again.

congto vee run 2026-10-07
congto vee run 2026-10-01 --until 2026-10-07
congto vee late
congto vee upkeep
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable


def main(arguments: list[str]) -> int:
    """Run days, marked days or the upkeep of the store."""
    parser = argparse.ArgumentParser(prog="congto vee", description=__doc__)
    parser.add_argument("action", choices=["run", "late", "upkeep"])
    parser.add_argument("day", nargs="?", help="local day, as 2026-10-07")
    parser.add_argument("--until", help="last day, included; the same day by default")
    parser.add_argument("--processes", type=int, default=1, help="how many work on a day (1)")
    given = parser.parse_args(arguments)
    if given.action == "run" and not given.day:
        parser.error("run needs a day")
    boot()
    actions: dict[str, Callable[[argparse.Namespace], None]] = {
        "run": run,
        "late": late,
        "upkeep": upkeep,
    }
    actions[given.action](given)
    return 0


def run(given: argparse.Namespace) -> None:
    """Validate days in order and print what each came to."""
    from congto.interfaces.cli.pool import pool_of
    from congto.office.meterdata.rule_book import rule_rows
    from congto.office.meterdata.vee import run_day

    day, last = _day(given.day), _day(given.until or given.day)
    with pool_of(given.processes) as pool:
        while day <= last:
            report = run_day(day, rule_rows(), at=_now(), pool=pool)
            sys.stdout.write(
                f"{day}: {report.days} days of points validated,"
                f" {report.skipped} of {report.parts} parts were done,"
                f" {report.findings} findings new, changed or gone\n"
            )
            day += timedelta(days=1)


def late(given: argparse.Namespace) -> None:
    """Derive marked days again."""
    del given
    from congto.office.meterdata.rule_book import rule_rows
    from congto.office.meterdata.vee_late import run_late

    report = run_late(rule_rows(), at=_now())
    sys.stdout.write(
        f"{report.looked_at} days of points looked at, {report.changed} changed,"
        f" {report.cases} bills to look at again\n"
    )


def upkeep(given: argparse.Namespace) -> None:
    """Queue the upkeep of the store; a worker does it."""
    del given
    from congto.interfaces.jobs import half_hours

    job = half_hours.start_upkeep({}, user=None, at=_now())
    sys.stdout.write(f"job {job.pk} queued: congto worker runs it\n")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"day {text!r}", expected="a day such as 2026-10-07") from error


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
