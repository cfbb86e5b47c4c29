"""`congto commands`: what meters were told, the protected list as a file, firmware images.

congto commands list --open
congto commands protected > protected.csv
congto commands promptness --days 30
congto commands image new.bin --identification CONGTO --version 2.0 --replaces 1

Orders are given by people who can be asked for their reason: on the console or over REST.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from congto.interfaces.cli.boot import boot

LISTED = 100


def main(arguments: list[str]) -> int:
    """Run one of the commands."""
    given = _parser().parse_args(arguments)
    boot()
    return int(given.run(given))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="congto commands",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    listed = verbs.add_parser("list", help="the last commands")
    listed.add_argument("--open", action="store_true", help="only those that have not ended")
    listed.add_argument("--json", action="store_true", help="a JSON object a line")
    listed.set_defaults(run=_list)
    protected = verbs.add_parser("protected", help="the protected list as CSV")
    protected.set_defaults(run=_protected)
    prompt = verbs.add_parser("promptness", help="relays confirmed within five minutes (aim 95 %%)")
    prompt.add_argument("--days", type=int, default=30, help="up to now (30)")
    prompt.set_defaults(run=_promptness)
    image = verbs.add_parser("image", help="keep a maker's firmware file; prints what orders name")
    image.add_argument("file", type=Path)
    image.add_argument("--identification", required=True, help="as the maker names it to the meter")
    image.add_argument("--version", required=True, help="that the meter shows once it runs")
    image.add_argument("--replaces", required=True, nargs="+", help="begin of versions it replaces")
    image.set_defaults(run=_image)
    return parser


def _list(given: argparse.Namespace) -> int:
    from congto.office.commands.choices import ENDED
    from congto.office.commands.queries import commands
    from congto.office.control.queries import Scope

    rows = commands(Scope.everything())
    rows = rows.exclude(state__in=ENDED) if given.open else rows
    for one in rows[:LISTED]:
        told = {
            "command": one.pk,
            "order": one.order_id,
            "kind": one.kind,
            "meter": one.device.meter.serial,
            "state": one.state,
            "since": one.changed_at.isoformat(timespec="seconds"),
            "message": one.message,
        }
        line = json.dumps(told, ensure_ascii=False) if given.json else _line(told)
        sys.stdout.write(line + "\n")
    return 0


def _line(told: dict[str, object]) -> str:
    return "{command:>8} {kind:<11}{meter:<20}{state:<11}{since}  {message}".format(**told)


def _protected(_given: argparse.Namespace) -> int:
    from congto.interfaces.files.controls.tables import write_protected
    from congto.office.commands.queries import protected_list
    from congto.office.control.queries import Scope

    sys.stdout.write(write_protected(protected_list(Scope.everything())).decode("utf-8-sig"))
    return 0


def _promptness(given: argparse.Namespace) -> int:
    from congto.office.commands.queries import promptness
    from congto.office.control.queries import Scope

    end = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    found = promptness(end - timedelta(days=given.days), end, Scope.everything())
    told = {
        "released": found.released,
        "confirmed": found.confirmed,
        "in_time": found.in_time,
        "share_bp": found.share_bp,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _image(given: argparse.Namespace) -> int:
    from congto.interfaces.meters.images import keep_image

    digest = keep_image(given.file, given.identification, given.version, given.replaces)
    sys.stdout.write(digest + "\n")
    return 0
