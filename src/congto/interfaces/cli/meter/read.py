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
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from congto.headend.dlms.faults import DlmsError
from congto.headend.profiles.readout import Span, read_meter
from congto.headend.transports.session import Deadlines
from congto.headend.transports.tcp_local import read_local_meter
from congto.headend.transports.visit import Habits, open_session
from congto.interfaces.cli.meter.asked import VIET_NAM, add_options, failed, place_of, profile_of
from congto.interfaces.cli.meter.keys import access_of
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import CHANNEL_CODES

if TYPE_CHECKING:
    from congto.headend.profiles.model import Profile
    from congto.headend.profiles.readout import Readout
    from congto.headend.transports.access import Access
    from congto.headend.transports.visit import Place

CODES = {channel: code for code, channel in CHANNEL_CODES.items()}


def main(arguments: list[str]) -> int:
    """Read the meter and print what it told."""
    given = _parser().parse_args(arguments)
    profile = profile_of(given)
    place = place_of(given, profile)
    span = _span(given.begin, given.end)
    if span is not None and profile.load is None:
        raise InvalidInputError(
            f"half-hours with profile {profile.name}",
            expected="a profile with `load_profile`, or neither --from nor --to",
        )
    begun = _now()
    try:
        access = access_of(given.keys, place, profile.associating.suite, begun)
        read, released, moments = asyncio.run(_read(place, profile, access, span, given.seconds))
    except DlmsError as error:
        raise failed(place, error) from error
    figures = _figures(place, profile, read, span, moments)
    figures["released"] = released
    _print(figures, as_json=given.json)
    return 1 if read.refused else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto meter read", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_options(parser)
    parser.add_argument("--from", dest="begin", help="half-hours from, as 2026-11-01T00:30")
    parser.add_argument("--to", dest="end", help="until then, not included")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


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


class Moments:
    """When bytes came from the meter, and how many times they had when the registers were there."""

    def __init__(self) -> None:
        self.heard: list[datetime] = []
        self.registers = 0

    def trace(self, sent: bool, _octets: bytes) -> None:  # noqa: FBT001  (as a line's trace is called)
        """Note when something comes."""
        if not sent:
            self.heard.append(_now())

    def begin(self) -> None:
        """Forget what came while associating."""
        self.heard.clear()

    def answered(self) -> None:
        """Note that the registers are there."""
        self.registers = len(self.heard)

    def together(self) -> None:
        """Note that the clock came with the registers."""
        self.heard, self.registers = [self.read_at], 1

    @property
    def clock_at(self) -> datetime:
        """Return when the first answer came: the clock is the first that is asked for."""
        return self.heard[0]

    @property
    def read_at(self) -> datetime:
        """Return when the last register was answered."""
        return self.heard[self.registers - 1]


async def _read(
    place: Place, profile: Profile, access: Access, span: Span | None, seconds: float
) -> tuple[Readout, bool, Moments]:
    """Read the meter; return what it told, whether it let go of us, and when it answered."""
    moments = Moments()
    habits = Habits(Deadlines(seconds, seconds, min(seconds, 5.0)), trace=moments.trace)
    if profile.local is not None:
        local = await read_local_meter(place, profile, access, habits, moments.answered)
        moments.together()
        return local, True, moments
    async with await open_session(place, profile, access, habits) as session:
        moments.begin()
        exchange = read_meter(session.client, profile, span, answered=moments.answered)
        read = await session.run(exchange)
    return read, session.release_fault is None, moments


def _figures(
    place: Place, profile: Profile, read: Readout, span: Span | None, moments: Moments
) -> dict[str, Any]:
    units = {(one.channel, one.register): str(one.unit) for one in profile.registers}
    figures: dict[str, Any] = {
        "meter": str(place),
        "device": place.device,
        "profile": profile.name,
        "read_at": _local(moments.read_at),
        "clock": None if read.clock is None else _local(read.clock),
        "clock_ahead_seconds": None
        if read.clock is None
        else round((read.clock - moments.clock_at).total_seconds()),
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
