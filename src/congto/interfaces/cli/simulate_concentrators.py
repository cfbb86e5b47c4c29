"""`congto simulate concentrators`: the files that concentrators of simulated meters would write.

congto simulate concentrators --out in --day 2026-11-24 --meters 2000 --adapter congto-long
congto simulate concentrators --out in --day 2026-11-24 --faults late=0.1,doubled=0.1,cut=0.05

Meters are those of `congto simulate meters` with the same seed: same numbers, same energy. A file
holds the meters of one concentrator, `--size` of them. Files of the fault `late` go to the folder
`late` inside: put them where they belong when their time has come.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from congto.headend.simulator.concentrators import TROUBLES, ConcentratorPlan, fleet_days
from congto.headend.simulator.faults import shares_of
from congto.interfaces.files.concentrators.adapter import Holds
from congto.interfaces.files.concentrators.formats import PREFIX, adapters
from congto.interfaces.files.concentrators.spoiling import write_concentrator
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.interfaces.files.concentrators.adapter import Adapter

METERS_MAX = 1_000_000


def main(arguments: list[str]) -> int:
    """Write the files and print which faults struck."""
    given = _parser().parse_args(arguments)
    if not 1 <= given.meters <= METERS_MAX or given.size < 1:
        raise InvalidInputError(
            f"{given.meters} meters in files of {given.size}",
            expected=f"1 to {METERS_MAX} meters, at least 1 in a file",
        )
    adapter = _adapter(given.adapter)
    shares = shares_of(given.faults, TROUBLES)
    plan = ConcentratorPlan(given.meters, given.seed, given.size, shares)
    given.out.mkdir(parents=True, exist_ok=True)
    told = [
        write_concentrator(given.out, adapter, one) for one in fleet_days(plan, _day(given.day))
    ]
    figures: dict[str, Any] = {
        "files": sum(len(files) for files in told),
        "meters": given.meters,
        "faults": {
            name: sum(name in path.stem.split("_") for files in told for path in files)
            for name in TROUBLES
        },
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="congto simulate concentrators",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the files")
    parser.add_argument("--day", required=True, help="local day, as 2026-11-24")
    parser.add_argument("--meters", type=int, default=100, help="numbered from 1 (100)")
    parser.add_argument("--size", type=int, default=200, help="meters of a concentrator (200)")
    parser.add_argument("--adapter", default="congto-long", help="how files are written")
    parser.add_argument("--seed", type=int, default=7, help="decides loads and faults (7)")
    parser.add_argument(
        "--faults",
        default="",
        help=f"NAME=SHARE,... of {', '.join(TROUBLES)}; share of the files, from 0 to 1",
    )
    return parser


def _adapter(name: str) -> Adapter:
    found = adapters().get(f"{PREFIX}{name}")
    if found is None:
        names = (one.removeprefix(PREFIX) for one in adapters())
        raise InvalidInputError(f"adapter {name!r}", expected=f"one of {', '.join(names)}")
    if isinstance(found, InvalidInputError):
        raise found
    if found.holds is Holds.EVENTS:
        raise InvalidInputError(
            f"adapter {name} holds events", expected="an adapter of half-hours or registers"
        )
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"day {text!r}", expected="a day such as 2026-11-24") from error
