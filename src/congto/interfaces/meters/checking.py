"""New devices tried: does the meter answer with these keys, and is it the one that the books say.

Name, serial, clock and firmware are read in one session; a meter of mode C is read as ever.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.profiles.model import DATA_CLASS, VALUE
from congto.headend.transports.session import Deadlines
from congto.headend.transports.tcp_local import read_local_meter
from congto.headend.transports.visit import Habits, open_session
from congto.interfaces.meters.access import proved_in, reach
from congto.interfaces.meters.visiting_local import is_other
from congto.office.devices.operations import Seen, keep_proved, seen
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.headend.dlms.client import Exchange
    from congto.headend.dlms.data import Data
    from congto.headend.transports.session import Session
    from congto.interfaces.meters.access import Reached

NAME = Reference(DATA_CLASS, obis("0-0:42.0.0*255"), VALUE)
SERIAL = Reference(DATA_CLASS, obis("0-0:96.1.0*255"), VALUE)
FIRMWARE = Reference(DATA_CLASS, obis("1-0:0.2.0*255"), VALUE)
AT_ONCE, BATCH = 100, 500
SECONDS = 15.0
NAMED_BY_AT_LEAST = 6
"""A logical device name is three letters of the maker and the serial: its end names the meter."""
OTHER_METER, NOT_REACHED = "other-meter", "not-reached"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of calling a new device.

    Attributes:
        fault: empty: it answered and is the meter of the books.
        sentence: what is wrong.
        name, serial, firmware: what it says it is.
        drift_s: how far its clock is ahead of ours; None: it has no valid time.
        proved: counters to keep, secret -> number.
        ended: when the session ended.
    """

    ended: datetime
    fault: str = ""
    sentence: str = ""
    name: str = ""
    serial: str = ""
    firmware: str = ""
    drift_s: int | None = None
    proved: Mapping[int, int] | None = None


def try_devices(
    serials: Mapping[int, str], *, user: User | None, now: Callable[[], datetime]
) -> dict[int, Tried]:
    """Associate with devices, read who they are, and keep what was seen; device -> what came of it.

    Args:
        serials: device -> serial of its meter in the books.
        user: who asked.
        now: the clock of the door.

    Raises:
        RefusedError: the master key is not here.
    """
    tried: dict[int, Tried] = {}
    for start in range(0, len(serials), BATCH):
        part = {device: serials[device] for device in list(serials)[start : start + BATCH]}
        tried |= _try_batch(part, user=user, now=now)
    return tried


def _try_batch(
    serials: Mapping[int, str], *, user: User | None, now: Callable[[], datetime]
) -> dict[int, Tried]:
    """Try some, and keep what was seen of them before the next are called."""
    found = reach(serials, purpose="first call", subject="", user=user, at=now())
    tried = {
        device: Tried(now(), NOT_REACHED, error.sentence())
        for device, error in found.refused.items()
    }
    tried |= asyncio.run(_try_all(found.reached, serials, now))
    proved = {secret: n for one in tried.values() for secret, n in (one.proved or {}).items()}
    if proved:
        keep_proved(proved)
    seen([Seen(d, one.ended, one.fault, one.drift_s, one.firmware) for d, one in tried.items()])
    return tried


async def _try_all(
    reached: Mapping[int, Reached], serials: Mapping[int, str], now: Callable[[], datetime]
) -> dict[int, Tried]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(device: int) -> tuple[int, Tried]:
        async with slots:
            return device, await _try(reached[device], serials[device], now)

    return dict(await asyncio.gather(*map(one, reached)))


async def _try(one: Reached, serial: str, now: Callable[[], datetime]) -> Tried:
    habits = Habits(Deadlines(SECONDS, SECONDS, 5.0))
    try:
        if one.profile.local is not None:
            return await _try_local(one, serial, habits, now)
        async with await open_session(one.place, one.profile, one.access, habits) as session:
            answers = await session.run(_identity(one, session))
            at = now()
            proved = proved_in(one, session.client)
    except DlmsError as error:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        return Tried(now(), str(error.fault), f"{error.sentence()}{notes}")
    except CongtoError as error:
        return Tried(now(), NOT_REACHED, error.sentence())
    name, told, firmware = (_text(answer) for answer in answers[:3])
    drift = _drift(one, answers[3], at)
    tried = Tried(at, "", "", name, told, firmware, drift, proved)
    if is_same_meter(serial, name, told):
        return tried
    sentence = _other(one, told or name, serial)
    return Tried(at, OTHER_METER, sentence, name, told, firmware, drift, proved)


async def _try_local(
    one: Reached, serial: str, habits: Habits, now: Callable[[], datetime]
) -> Tried:
    """Read a meter of mode C; what it says of its maker stands for its name."""
    read = await read_local_meter(one.place, one.profile, one.access, habits)
    at = now()
    drift = None if read.clock is None else round((read.clock - at).total_seconds())
    tried = Tried(at, "", "", read.model, read.serial, read.model, drift)
    if not is_other(read, one.profile, serial):
        return tried
    return replace(tried, fault=OTHER_METER, sentence=_other(one, read.serial, serial))


def _other(one: Reached, told: str, serial: str) -> str:
    return (
        f"{one.place} answers as {told or 'nobody'}; expected meter {serial}; "
        "correct the address or the serial."
    )


def is_same_meter(serial: str, name: str, told: str) -> bool:
    """Tell whether a meter that says its name and serial is the one of this serial in the books."""
    if serial in {told, name}:
        return True
    return len(serial) >= NAMED_BY_AT_LEAST and name.endswith(serial)


def _identity(one: Reached, session: Session) -> Exchange[list[Data | int]]:
    wanted = (NAME, SERIAL, FIRMWARE, one.profile.clock)
    return session.client.get_list(wanted)


def _text(answer: Data | int) -> str:
    """Return what an object says as text; nothing where the meter lacks it or has no text in it."""
    if isinstance(answer, int):
        return ""
    try:
        return answer.octets.decode("ascii").strip(" \0")
    except (DlmsError, UnicodeDecodeError):  # a number, or bytes: it names nobody
        return ""


def _drift(one: Reached, answer: Data | int, at: datetime) -> int | None:
    if isinstance(answer, int):
        return None
    times = one.profile.times
    try:
        told = clock(answer.octets).instant(times.zone_minutes, inverted=times.inverted)
    except DlmsError:  # a clock that was never set
        return None
    return round((told - at).total_seconds())
