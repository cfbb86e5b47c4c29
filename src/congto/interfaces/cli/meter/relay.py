"""`congto meter relay HOST:PORT --state`: what the relay of a meter shows; nothing is switched.

congto meter relay 10.1.2.3:4059 --profile generic --keys keys.json --state

A relay is switched by an order in the books, which two persons decide and which keeps the proof;
that is why there is no option for it here.

Exit code 0: state, output and mode were read; 2: no reading.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from congto.headend.campaigns.relay import view_relay
from congto.interfaces.cli.meter.asked import add_options
from congto.interfaces.cli.meter.held import hold_session

if TYPE_CHECKING:
    from congto.headend.campaigns.relay import RelayView
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.profiles.model import Profile


def main(arguments: list[str]) -> int:
    """Read the relay and print what it shows."""
    given = _parser().parse_args(arguments)
    asked, (state, mode) = hold_session(given, _viewed)
    figures: dict[str, Any] = {
        "meter": str(asked.place),
        "profile": asked.profile.name,
        "control_state": state.control.name.lower(),
        "closed": state.closed,
        "mode": int(mode),
    }
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for key, value in figures.items():
            sys.stdout.write(f"{key:<20} {value}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto meter relay", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_options(parser)
    parser.add_argument("--state", action="store_true", required=True, help="read the state")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _viewed(client: Client, _profile: Profile) -> Exchange[RelayView]:
    return (yield from view_relay(client))
