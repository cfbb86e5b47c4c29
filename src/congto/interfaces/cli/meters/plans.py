"""`congto meters plans`: the plans of reading; --defaults makes those to begin with."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError


def main(arguments: list[str]) -> int:
    """Print the plans."""
    parser = argparse.ArgumentParser(prog="congto meters plans", description=__doc__)
    parser.add_argument("--defaults", action="store_true", help="make the default plans first")
    given = parser.parse_args(arguments)
    boot()
    from congto.office.campaigns.operations import make_default_plans
    from congto.office.campaigns.queries import plans, root_unit

    if given.defaults:
        unit = root_unit()
        if unit is None:
            raise InvalidInputError("no unit in the books", action="load units.csv first")
        make_default_plans(unit, user=None, at=datetime.now(UTC))  # noqa: TID251  (a door reads the clock)
    for plan in plans():
        begins = ", ".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in plan.begins)
        state = "" if plan.enabled else " (off)"
        sys.stdout.write(
            f"{plan.code:<12} {begins:<14} {plan.window_minutes:>4} min"
            f"  {', '.join(plan.kinds)} of {plan.path or 'all'}{state}\n"
        )
    return 0
