"""`congto devices concentrator CODE --unit UNIT`: a concentrator added, or changed.

congto devices concentrator DCU-01 --unit PB0101 --adapter congto-wide --host 10.2.0.1 --port 4059
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from congto.interfaces.cli.boot import boot


def main(arguments: list[str]) -> int:
    """Keep the concentrator."""
    parser = argparse.ArgumentParser(prog="congto devices concentrator", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("code", help="that its files and rows of devices name")
    parser.add_argument("--unit", required=True, help="code of the unit that looks after it")
    parser.add_argument("--name", default="", help="for people")
    parser.add_argument("--adapter", default="", help="by which its files are read")
    parser.add_argument("--host", default="", help="where it passes sessions on to its meters")
    parser.add_argument("--port", type=int, help="of it")
    parser.add_argument("--cell", default="", help="of the mobile network")
    given = parser.parse_args(arguments)
    boot()
    from congto.office.devices.operations import keep_concentrator

    kept = keep_concentrator(
        given.code,
        unit=given.unit,
        name=given.name,
        adapter=given.adapter,
        host=given.host,
        port=given.port,
        cell=given.cell,
        user=None,
        at=datetime.now(UTC),  # noqa: TID251  (a door reads the clock)
    )
    sys.stdout.write(f"concentrator {kept.code} of unit {kept.unit.code}\n")
    return 0
