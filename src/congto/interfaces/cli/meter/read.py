"""`congto meter read HOST:PORT`: clock, registers and half-hours of one meter.

congto meter read 10.1.2.3:4059 --profile generic --keys keys.json --json
congto meter read 127.0.0.1:4059 --profile congto-simulator --keys shipment.csv --meter 7
    --from 2026-11-01 --to 2026-11-02

Exit code 0: all was read; 1: the meter lacks or refuses something, which is named; 2: no reading.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.profiles.loader import (
    ENVELOPES,
    MECHANISMS,
    certificates_for,
    load_profile,
    profile_names,
)
from congto.headend.profiles.model import Framing
from congto.headend.profiles.readout import Span, read_meter
from congto.headend.transports.outlook import outlook_of
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, Place, open_session
from congto.interfaces.cli.meter.keys import access_of
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.intervals import CHANNEL_CODES

if TYPE_CHECKING:
    from congto.headend.profiles.model import Associating, Profile
    from congto.headend.profiles.readout import Readout
    from congto.headend.transports.access import Access
    from congto.headend.transports.session import Session

CODES = {channel: code for code, channel in CHANNEL_CODES.items()}
VIET_NAM = timezone(timedelta(hours=7))
PORT_MAX = 65_535


def main(arguments: list[str]) -> int:
    """Read the meter and print what it told."""
    given = _parser().parse_args(arguments)
    profile = _profile(given)
    place = _place(given.place, profile, given.meter)
    span = _span(given.begin, given.end)
    begun = _now()
    try:
        access = access_of(given.keys, place, profile.associating.suite, begun)
        read, session = asyncio.run(_read(place, profile, access, span, given.seconds))
    except DlmsError as error:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        raise CongtoError(
            f"{place}, {outlook_of(error)}: {error.found}{notes}",
            expected=error.expected,
            action=error.action,
        ) from error
    figures = _figures(place, profile, read, span, begun)
    figures["released"] = session.release_fault is None
    _print(figures, as_json=given.json)
    return 1 if read.refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto meter read", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("place", metavar="HOST:PORT")
    parser.add_argument("--profile", default="generic", help=", ".join(profile_names()))
    parser.add_argument("--client", type=int, help="client number (the profile's)")
    parser.add_argument("--meter", type=int, help="logical device (the profile's)")
    parser.add_argument("--framing", choices=list(Framing), help="the profile's")
    parser.add_argument("--mechanism", choices=list(MECHANISMS), help="the profile's")
    parser.add_argument("--suite", type=int, choices=list(KEY_BYTES), help="the profile's")
    parser.add_argument("--envelope", choices=list(ENVELOPES), help="the profile's")
    parser.add_argument("--signed", action="store_true", help="sign messages (suites 1 and 2)")
    parser.add_argument("--keys", type=Path, help="JSON of one meter, or a shipment file (CSV)")
    parser.add_argument("--from", dest="begin", help="half-hours from, as 2026-11-01T00:30")
    parser.add_argument("--to", dest="end", help="until then, not included")
    parser.add_argument("--seconds", type=float, default=30.0, help="to wait for an answer (30)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _profile(given: argparse.Namespace) -> Profile:
    profile = load_profile(given.profile)
    how = profile.associating
    if given.client is not None:
        how = replace(how, reading_client=given.client)
    if given.mechanism is not None:
        how = replace(how, mechanism=MECHANISMS[given.mechanism])
        if given.mechanism in {"none", "lls"}:
            how = replace(how, security=None)
    how = _suited(how, given)
    framing = Framing(given.framing) if given.framing else profile.framing
    return replace(profile, associating=how, framing=framing)


def _suited(how: Associating, given: argparse.Namespace) -> Associating:
    """Return an association with the suite and envelope asked for.

    Raises:
        InvalidInputError: something that needs certificates, in suite 0.
    """
    if given.suite is not None:
        how = replace(how, suite=given.suite)
    if given.envelope is not None:
        form, scheme = ENVELOPES[given.envelope]
        how = replace(how, form=form, scheme=scheme)
    if given.signed:
        how = replace(how, signed=True)
    needs = certificates_for(how)
    if needs and not how.suite:
        raise InvalidInputError(f"{needs} in suite 0", expected="--suite 1 or 2")
    return how


def _place(text: str, profile: Profile, device: int | None) -> Place:
    host, _, port = text.rpartition(":")
    if not host:
        host, port = text, str(profile.port)
    if not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
        raise InvalidInputError(f"address {text!r}", expected="HOST:PORT, as 10.1.2.3:4059")
    return Place(host.strip("[]"), int(port), profile.device if device is None else device)


def _span(begin: str | None, end: str | None) -> Span | None:
    if begin is None and end is None:
        return None
    if begin is None or end is None:
        raise InvalidInputError("--from or --to alone", expected="both of them or none")
    span = Span(_instant(begin), _instant(end))
    if span.begin >= span.end:
        raise InvalidInputError(f"half-hours from {begin} to {end}", expected="an end after it")
    return span


def _instant(text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"time {text!r}", expected="such as 2026-11-01T00:30") from error
    return (told if told.tzinfo else told.replace(tzinfo=VIET_NAM)).astimezone(UTC)


async def _read(
    place: Place, profile: Profile, access: Access, span: Span | None, seconds: float
) -> tuple[Readout, Session]:
    habits = Habits(Deadlines(seconds, seconds, min(seconds, 5.0)))
    async with await open_session(place, profile, access, habits) as session:
        return await session.run(read_meter(session.client, profile, span)), session


def _figures(
    place: Place, profile: Profile, read: Readout, span: Span | None, begun: datetime
) -> dict[str, Any]:
    units = {(one.channel, one.register): str(one.unit) for one in profile.registers}
    figures: dict[str, Any] = {
        "meter": str(place),
        "device": place.device,
        "profile": profile.name,
        "read_at": _local(begun),
        "clock": None if read.clock is None else _local(read.clock),
        "clock_ahead_seconds": None
        if read.clock is None
        else round((read.clock - begun).total_seconds()),
        "registers": [
            {
                "channel": CODES[channel],
                "register": register.name.lower(),
                "value": value,
                "unit": units[channel, register],
            }
            for channel, register, value in read.readings
        ],
        "refused": read.refused,
    }
    if span is not None and read.half_hours is not None:
        found = read.half_hours
        figures["half_hours"] = {
            "from": _local(span.begin),
            "to": _local(span.end),
            "channels": [CODES[channel] for channel in found.channels],
            "rows": [[_local(one.begins), one.status, *one.values] for one in found.rows],
            "repeated": found.repeated,
            "conflicting": found.conflicting,
        }
    return figures


def _print(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
        return
    for key in ("meter", "profile", "clock", "clock_ahead_seconds"):
        sys.stdout.write(f"{key:<20} {figures[key]}\n")
    for one in figures["registers"]:
        name = f"{one['channel']} {one['register']}"
        sys.stdout.write(f"{name:<20} {one['value']:>16,} {one['unit']}\n")
    for begins, _, *values in figures.get("half_hours", {}).get("rows", ()):
        sys.stdout.write(f"{begins[:16]:<20} {' '.join(f'{one!s:>10}' for one in values)}\n")
    for name, why in figures["refused"].items():
        sys.stdout.write(f"{name}: {why}\n")


def _local(instant: datetime) -> str:
    return instant.astimezone(VIET_NAM).isoformat(timespec="seconds")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
