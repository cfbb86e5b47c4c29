"""`congto readings measure`: how complete each source's days were at 07:00, and what changed later.

Measures the last days up to yesterday; a day is measured again until its D+5 has passed.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta

from congto.interfaces.cli.boot import boot
from congto.interfaces.files.readings.words import LOCAL


def main(arguments: list[str]) -> int:
    """Measure all sources, one line of JSON a source and day."""
    parser = argparse.ArgumentParser(prog="congto readings measure", description=__doc__)
    parser.add_argument("--days", type=int, default=8, help="how many days up to yesterday (8)")
    given = parser.parse_args(arguments)
    boot()
    from congto.office.intake.operations import measure_day
    from congto.office.intake.queries import shares, sources

    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    today = at.astimezone(LOCAL).date()
    for source in sources():
        for back in range(given.days, 0, -1):
            day = measure_day(source, today - timedelta(days=back), at=at)
            line = {"source": source, "day": str(day.local_day), "points": day.points}
            sys.stdout.write(json.dumps(line | shares(day)) + "\n")
    return 0
