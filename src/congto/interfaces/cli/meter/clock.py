"""`congto meter clock HOST:PORT`: how far a meter's clock is off; with --set it is put right.

congto meter clock 10.1.2.3:4059 --profile generic --keys keys.json
congto meter clock 10.1.2.3:4059 --profile generic --keys keys.json --set

A clock is never moved across the end of a half-hour, where a row of the load profile would be
missing or come twice, unless --across says that a person has decided it. The half-hours whose
energy is that of a longer or shorter time are printed.

Exit code 0: the clock is right; 1: it is off, or what was sent could not be proved; 2: no reading.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from congto.headend.campaigns.clock import (
    RULE,
    ClockOutcome,
    Deed,
    keep_clock,
    read_clock,
)
from congto.headend.campaigns.proof import Verdict
from congto.interfaces.cli.meter.asked import add_options
from congto.interfaces.cli.meter.held import hold_session, local, now
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.headend.campaigns.clock import ClockReading
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.profiles.model import Profile
    from congto.interfaces.cli.meter.held import Asked


def main(arguments: list[str]) -> int:
    """Read the clock, put it right where that is asked, and print what was seen."""
    given = _parser().parse_args(arguments)
    if given.across and not given.set:
        raise InvalidInputError("--across without --set", expected="both of them, or none")
    exchange = partial(keep_clock, now=now, across=given.across) if given.set else _looked_at
    asked, outcome = hold_session(given, exchange)
    _print(_figures(asked, outcome), as_json=given.json)
    return 0 if outcome.verdict is Verdict.CONFIRMED else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto meter clock", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_options(parser)
    parser.add_argument("--set", action="store_true", help="put it right where it is off")
    parser.add_argument("--across", action="store_true", help="also across ends of half-hours")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _looked_at(client: Client, profile: Profile) -> Exchange[ClockOutcome]:
    """Read the clock and leave it."""
    reading = yield from read_clock(client, profile, now)
    right = reading.within(RULE.leave_seconds)
    return ClockOutcome(Verdict.CONFIRMED if right else Verdict.NOT_DONE, Deed.LEFT, reading)


def _figures(asked: Asked, outcome: ClockOutcome) -> dict[str, Any]:
    touched = outcome.touched
    return {
        "meter": str(asked.place),
        "profile": asked.profile.name,
        "verdict": outcome.verdict,
        "deed": outcome.deed,
        **_reading("", outcome.before),
        **({} if outcome.after is None else _reading("after_", outcome.after)),
        "flagged": None if touched is None else [local(touched.begin), local(touched.end)],
        "not_before": local(outcome.not_before),
        "answer": outcome.answer,
    }


def _reading(name: str, reading: ClockReading) -> dict[str, Any]:
    ahead = reading.seconds_ahead
    return {
        f"{name}clock": local(reading.told),
        f"{name}ahead_seconds": None if ahead is None else round(ahead),
        f"{name}unsure_seconds": round(reading.seconds_unsure, 3),
    }


def _print(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
        return
    for key, value in figures.items():
        if value not in {None, ""}:
            sys.stdout.write(f"{key:<20} {value}\n")
