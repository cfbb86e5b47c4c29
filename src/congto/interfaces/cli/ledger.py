"""`congto ledger verify|seal`: hash the ledger anew, chain what has been written since.

congto ledger seal
congto ledger verify
congto ledger verify --head 5f2c... --json

Exit code 1 where the ledger is not what was sealed. Keep the head that `seal` prints elsewhere (in
the signed close of a day): only with it can anybody tell whether the newest seals were taken away.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from congto.interfaces.cli.boot import boot


def main(arguments: list[str]) -> int:
    """Verify or seal; 1 where something is wrong."""
    parser = argparse.ArgumentParser(
        prog="congto ledger",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["verify", "seal"])
    parser.add_argument("--head", default="", help="hash of a seal, as it was printed earlier")
    parser.add_argument("--json", action="store_true", help="print as JSON")
    given = parser.parse_args(arguments)
    boot()
    return verify(given) if given.action == "verify" else seal(given)


def verify(given: argparse.Namespace) -> int:
    """Print what was looked at and every fault."""
    from congto.office.ledger.verifying import verify as verified

    found = verified(given.head)
    if given.json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")
    else:
        for fault in found.faults:
            sys.stdout.write(f"WRONG  {fault}\n")
        sys.stdout.write(
            f"{found.seals} seals over {found.journals:,} journals with {found.legs:,} legs,"
            f" {found.unsealed:,} journals not sealed yet, {len(found.faults)} faults.\n"
            f"head {found.head or '(none)'}\n"
        )
    return 1 if found.faults else 0


def seal(given: argparse.Namespace) -> int:
    """Seal what has been written and print the new head."""
    from congto.office.ledger.operations import seal as sealed

    made = sealed(at=datetime.now(UTC))  # noqa: TID251  (a door reads the clock)
    journals = sum(one.journals for one in made)
    head = made[-1].hash if made else ""
    if given.json:
        told = {"seals": len(made), "journals": journals, "head": head}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(f"{journals:,} journals sealed in {len(made)} seals.\n")
        sys.stdout.write(f"head {head}\n" if made else "nothing new to seal\n")
    return 0
