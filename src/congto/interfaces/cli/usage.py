"""`congto usage determine|show|aggregate|again`: what half-hours and registers add up to.

congto usage determine --month 2026-10
congto usage show P0001 --month 2026-10
congto usage aggregate --month 2026-10
congto usage again
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.interfaces.cli.steps import step
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable


def main(arguments: list[str]) -> int:
    """Determine all usage points, show one, add up days, or do again what changed."""
    parser = argparse.ArgumentParser(prog="congto usage", description=__doc__)
    parser.add_argument("action", choices=["determine", "show", "aggregate", "again"])
    parser.add_argument("point", nargs="?", help="code of the usage point to show")
    parser.add_argument("--month", help="month, as 2026-10")
    parser.add_argument("--processes", type=int, default=1, help="how many determine points (1)")
    given = parser.parse_args(arguments)
    if given.action != "again" and not given.month:
        parser.error(f"{given.action} needs --month, as 2026-10")
    if given.action == "show" and not given.point:
        parser.error("show needs the code of a usage point")
    actions: dict[str, Callable[[argparse.Namespace], None]] = {
        "determine": determine,
        "show": show,
        "aggregate": aggregate,
        "again": again,
    }
    boot()
    actions[given.action](given)
    return 0


def determine(given: argparse.Namespace) -> None:
    """Determine every usage point in the month."""
    from congto.interfaces.cli.pool import pool_of
    from congto.office.meterdata.operations import determine_points

    month = Period.parse_month(given.month)
    with step("usage points determined") as report, pool_of(given.processes) as pool:
        made = determine_points(month, pool=pool, progress=report)
    sys.stdout.write(f"{made} files made; the others were made from the same readings.\n")


def show(given: argparse.Namespace) -> None:
    """Print the determinants of one usage point as JSON."""
    from congto.office.control.queries import Scope
    from congto.office.meterdata.queries import determinants_of_point, point_with

    period = Period.parse_month(given.month)
    found = determinants_of_point(point_with(given.point), period, Scope.everything())
    if found is None:
        raise InvalidInputError(
            f"usage point {given.point} has no determinants in {given.month}",
            expected="a point with an agreement in the month, and the month determined",
            action=f"run congto usage determine --month {given.month}",
        )
    sys.stdout.write(json.dumps(found, default=str, indent=1) + "\n")


def aggregate(given: argparse.Namespace) -> None:
    """Add up every day of the month."""
    from congto.office.meterdata.operations import aggregate_day

    days = Period.parse_month(given.month).each_day()
    made = 0
    with step("days added up") as report:
        for done, day in enumerate(days, start=1):
            made += aggregate_day(day)
            report("", done, len(days))
    sys.stdout.write(f"{made} of {len(days)} days added up; the others had not changed.\n")


def again(given: argparse.Namespace) -> None:
    """Derive again what depends on half-hours that changed."""
    del given
    from congto.office.losses.operations import derive_again

    with step("derived again"):
        done = derive_again(at=datetime.now(UTC))  # noqa: TID251  (a door reads the clock)
    sys.stdout.write(
        f"{done.points_days} changed days of points: {done.days} days added up again,"
        f" {done.files} files of determinants, {done.usages} usages, {done.balances} months"
        " balanced again.\n"
    )
