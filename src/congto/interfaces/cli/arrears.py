"""`congto arrears run|try|interest|ages`: overdue debts from the command line.

congto arrears try
congto arrears run
congto arrears interest --until 2026-11-30
congto arrears ages --day 2026-10-31 --json

`run` takes the steps that are due today: reminders, notices, warnings, closing of cases. It may be
killed anywhere; run again it does the units that are left. Cuts are orders that people give.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from congto.office.arrears.operations import RunReport


def main(arguments: list[str]) -> int:
    """Do what is asked for and print what came of it."""
    parser = argparse.ArgumentParser(
        prog="congto arrears",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["run", "try", "interest", "ages"])
    parser.add_argument("--until", help="day up to which interest is charged (today)")
    parser.add_argument("--day", help="day whose ages are told (today)")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    given = parser.parse_args(arguments)
    boot()
    now = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    told = {"run": steps, "try": steps, "interest": interest, "ages": ages}[given.action](
        given, now
    )
    if given.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        for name, value in told.items():
            shown = f"{value:,}" if isinstance(value, int) else value
            sys.stdout.write(f"{name:<24} {shown}\n")
    return 0


def steps(given: argparse.Namespace, now: datetime) -> dict[str, object]:
    """Take the steps of today, or tell what a run would do."""
    from congto.office.arrears.operations import preview, run_day

    report: RunReport = run_day(now) if given.action == "run" else preview(now)
    told: dict[str, object] = {"day": report.day.isoformat(), "cases": report.cases}
    told["owed_vnd"] = report.owed_vnd
    told |= report.steps
    if given.action == "run":
        return {**told, "units": report.units, "units_done_now": report.done}
    return {**told, **{f"waits_{name}": count for name, count in report.waits.items()}}


def interest(given: argparse.Namespace, now: datetime) -> dict[str, object]:
    """Charge late interest up to a day."""
    from congto.office.arrears.operations import charge_interest

    made = charge_interest(_day(given.until, now), at=now)
    return {
        "until": made.until.isoformat(),
        "late_bills": made.bills,
        "charges": made.charges,
        "amount_vnd": made.amount_vnd,
    }


def ages(given: argparse.Namespace, now: datetime) -> dict[str, object]:
    """Tell what is owed by age at the end of a day, over all units."""
    from congto.engines.arrears import AGES
    from congto.office.arrears.owed import aging

    on = _day(given.day, now)
    found = aging(None, on, today=now.astimezone(LOCAL_ZONE).date())
    told: dict[str, object] = {"day": on.isoformat(), "bills": int(found["bills"].sum())}
    return told | {f"{age}_vnd": int(found[age].sum()) for age in AGES}


def _day(text: str | None, now: datetime) -> date:
    """Return the day that a text names; today where none is given."""
    if text is None:
        return now.astimezone(LOCAL_ZONE).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"day {text!r}", expected="a day such as 2026-10-31") from error
