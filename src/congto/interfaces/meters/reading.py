"""Carriers of readings: clock and registers, half-hours by ranges, events; and the clock set."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from congto.headend.campaigns.clock import Deed, keep_clock
from congto.headend.campaigns.events import read_events
from congto.headend.campaigns.proof import Verdict
from congto.headend.profiles.kept_registers import read_kept
from congto.headend.profiles.readout import Span, read_half_hours, read_meter
from congto.interfaces.meters.carrying import CARRIERS, Carried
from congto.office.campaigns.choices import TaskKind, TaskState
from congto.vocabulary.intervals import CHANNEL_CODES, MINUTES
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from congto.headend.profiles.half_hours import HalfHours
    from congto.headend.profiles.model import Profile
    from congto.headend.profiles.readout import Readout
    from congto.headend.transports.session import Session
    from congto.interfaces.meters.carrying import Carrying, Gathered

CODES = {channel: code for code, channel in CHANNEL_CODES.items()}
REFUSED = "refused"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SETTLED = timedelta(hours=2)
"""A row that ended so long ago is in the meter, or never will be."""
EVENTS_BACK = timedelta(days=30)
"""Logs keep months; a meter that was silent for so long has been visited by a person since."""
HES_CLOCK = "HES-004"
"""Finding: a clock that cannot be put right from afar."""
HES_REFUSED = "HES-002"
"""Finding: the meter answers, and lacks or refuses what its profile says that it has."""


async def look_at_clock(
    session: Session, profile: Profile, gathered: Gathered, now: Callable[[], datetime]
) -> None:
    """Read clock and registers once for all tasks of a visit; what a meter lacks is named."""
    asked = now()
    gathered.readout = await session.run(read_meter(session.client, profile, None))
    told = gathered.readout.clock
    if told is not None:
        middle = asked + (now() - asked) / 2
        gathered.drift_s = round((told - middle).total_seconds())


async def carry_registers(carrying: Carrying) -> Carried:
    """Answer the registers, which were read with the clock, and read those kept of 00:00."""
    read = await _readout(carrying)
    client, profile, kept = (
        carrying.session.client,
        carrying.reached.profile,
        carrying.gathered.kept,
    )
    before = len(kept)
    refused = await carrying.session.run(read_kept(client, profile, carrying.now(), kept))
    if not read.readings and len(kept) == before:
        return refusal(read.refused | refused)
    told = told_of(profile, carrying.gathered, read, carrying.now())
    told["refused"] = read.refused | refused
    return Carried(result=told | {"kept": len(kept) - before})


async def carry_clock(carrying: Carrying) -> Carried:
    """Compare the clock, move it where it is off, and prove it by reading it again.

    A move that would cross the end of a half-hour waits; one that always would is a person's.
    """
    client, profile = carrying.session.client, carrying.reached.profile
    outcome = await carrying.session.run(keep_clock(client, profile, carrying.now))
    after = outcome.after or outcome.before
    if after.seconds_ahead is not None:
        carrying.gathered.drift_s = round(after.seconds_ahead)
    result = {
        "deed": outcome.deed,
        "before_s": outcome.before.seconds_ahead,
        "after_s": after.seconds_ahead,
        "touched": None if outcome.touched is None else [t.isoformat() for t in outcome.touched],
    }
    if outcome.verdict is Verdict.CONFIRMED:
        return Carried(result=result)
    if outcome.deed is Deed.POSTPONED and outcome.not_before is not None:
        return Carried(TaskState.WAITING, result, outcome.deed, due_at=outcome.not_before)
    ahead = "unknown" if after.seconds_ahead is None else round(after.seconds_ahead)
    answer = f"; {outcome.answer}" if outcome.answer else ""
    sentence = f"the clock is {ahead} seconds ahead{answer}"
    return Carried(TaskState.FAILED, result, outcome.deed, sentence, HES_CLOCK)


async def carry_events(carrying: Carrying) -> Carried:
    """Read the logs; what is known already is passed over when it is loaded."""
    client, profile = carrying.session.client, carrying.reached.profile
    now = carrying.now()
    read = await carrying.session.run(
        read_events(client, profile, Span(now - EVENTS_BACK, now + timedelta(days=1)))
    )
    carrying.gathered.events += read.reports
    if read.refused and not read.reports:
        return refusal(read.refused)
    return Carried(result={"events": len(read.reports), "refused": read.refused})


async def carry_half_hours(carrying: Carrying) -> Carried:
    """Read the ranges that the task names; without any, yesterday and today as far as it is."""
    spans = spans_of(carrying.task.args, carrying.now())
    found = carrying.gathered.half_hours
    before = len(found)
    refused = await carrying.session.run(
        read_half_hours(carrying.session.client, carrying.reached.profile, spans, found)
    )
    if refused:
        return refusal(refused)
    mine = found[before:]
    load = carrying.reached.profile.load
    assert load is not None  # nothing was refused, so it was read
    without = without_row(spans, mine, load.period_seconds, carrying.now())
    result: dict[str, Any] = {
        "half_hours": sum(len(one.begins) for one in mine),
        "repeated": sum(one.repeated for one in mine),
        "conflicting": sum(one.conflicting for one in mine),
        "lacking": sum(bits.bit_count() for bits in without.values()),
    }
    return Carried(result=result | ({"without_row": without} if without else {}))


def without_row(
    spans: list[Span], told: Sequence[HalfHours], period_seconds: int, at: datetime
) -> dict[str, int]:
    """Return the half-hours of spans that a whole answer lacks: local day -> bits, 00:00 lowest.

    The last hours are left out: a meter whose clock is behind has not closed them yet.

    Args:
        spans: that were asked for.
        told: what came.
        period_seconds: of its rows; a part of a half-hour is none.
        at: now.
    """
    half_hour = timedelta(minutes=MINUTES)
    parts = Counter(
        begin - (begin - EPOCH) % half_hour
        for one in told
        for begin, *values in zip(one.begins, *one.values, strict=True)
        if None not in values
    )
    here = {begin for begin, count in parts.items() if count * period_seconds == MINUTES * 60}
    found: dict[str, int] = {}
    for span in spans:
        begin, end = span.begin, min(span.end, at - SETTLED)
        while begin + half_hour <= end:
            if begin not in here:
                local = begin.astimezone(LOCAL_ZONE)
                slot = (local.hour * 60 + local.minute) // MINUTES
                day = local.date().isoformat()
                found[day] = found.get(day, 0) | 1 << slot
            begin += half_hour
    return found


def spans_of(args: dict[str, Any], at: datetime) -> list[Span]:
    """Return the ranges of a task."""
    if "ranges" in args:
        return [Span(*map(datetime.fromisoformat, pair)) for pair in args["ranges"]]
    local = at.astimezone(LOCAL_ZONE)
    midnight = datetime.combine(local.date(), time(0), LOCAL_ZONE)
    ended = (local - midnight) // timedelta(minutes=MINUTES)
    return [Span(midnight - timedelta(days=1), midnight + timedelta(minutes=MINUTES) * ended)]


def told_of(profile: Profile, gathered: Gathered, read: Readout, at: datetime) -> dict[str, Any]:
    """Return clock, drift and registers as a task keeps them."""
    units = {(one.channel, one.register): str(one.unit) for one in profile.registers}
    return {
        "read_at": at.isoformat(timespec="seconds"),
        "clock": None if read.clock is None else read.clock.isoformat(timespec="seconds"),
        "drift_s": gathered.drift_s,
        "registers": [
            {
                "channel": CODES[one.channel],
                "register": one.register.name.lower(),
                "value": one.value,
                "unit": units[one.channel, one.register],
            }
            for one in read.readings
        ],
        "refused": read.refused,
    }


async def _readout(carrying: Carrying) -> Readout:
    gathered = carrying.gathered
    if gathered.readout is None:
        profile = carrying.reached.profile
        await look_at_clock(carrying.session, profile, gathered, carrying.now)
    assert gathered.readout is not None
    return gathered.readout


def refusal(refused: dict[str, str]) -> Carried:
    """Return the end of a task of whose objects nothing is here: object -> why."""
    sentence = "; ".join(f"{name}: {why}" for name, why in refused.items())
    return Carried(TaskState.FAILED, {"refused": refused}, REFUSED, sentence, HES_REFUSED)


CARRIERS[TaskKind.HALF_HOURS] = carry_half_hours
CARRIERS[TaskKind.REGISTERS] = carry_registers
CARRIERS[TaskKind.CLOCK] = carry_clock
CARRIERS[TaskKind.EVENTS] = carry_events
