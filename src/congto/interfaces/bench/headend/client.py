"""Our client: many sessions at once, each tried again until the meter is read."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.readout import Span, read_meter
from congto.headend.simulator.fleet import loopback_address
from congto.headend.simulator.secrets import secrets_of, system_title
from congto.headend.transports.access import Access
from congto.headend.transports.outlook import Outlook, outlook_of
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, Place, open_session
from congto.interfaces.bench.headend.meters import BEGIN, END

if TYPE_CHECKING:
    from congto.headend.profiles.readout import Readout

PROFILE = load_profile("congto-simulator")
REGISTERS = PROFILE.registers[:1]
SPAN = Span(BEGIN, END)
HABITS = Habits(Deadlines(connect=120.0, answer=30.0, release=10.0))
"""Patient: thousands of meters answer from one core."""
CLIENT_TITLE = b"CONGTO01"


class Numbers:
    """An invocation counter in memory."""

    __slots__ = ("upcoming",)

    def __init__(self) -> None:
        self.upcoming = 1

    def reserve(self, count: int) -> int:
        """Return the first of the next `count` numbers."""
        first = self.upcoming
        self.upcoming += count
        return first

    def raise_to(self, number: int) -> None:
        """Give no number below this one any more."""
        self.upcoming = max(self.upcoming, number)


@dataclass(slots=True)
class Load:
    """The meters to read.

    Attributes:
        port: where they listen.
        seed, count: the fleet.
        known: meter -> our counter and its keys, kept from session to session.
    """

    port: int
    seed: int
    count: int
    known: dict[int, Access] = field(default_factory=dict)

    def access(self, number: int) -> Access:
        """Return what proves us to a meter."""
        found = self.known.get(number)
        if found is None:
            keys = secrets_of(self.seed, number).keys()
            title = system_title(self.seed, number)
            found = Access(b"", keys, CLIENT_TITLE, Numbers(), title)
            self.known[number] = found
        return found


@dataclass(slots=True)
class Tally:
    """What came of it.

    Attributes:
        readouts: meter -> what it told, the last time.
        tried, opened, closed: sessions.
        failures: fault -> how often.
        seconds, cpu_seconds: that it took.
    """

    readouts: dict[int, Readout] = field(default_factory=dict)
    tried: int = 0
    opened: int = 0
    closed: int = 0
    complete: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_seconds: float = 0.0


async def visit_all(
    load: Load, sessions: int, at_once: int, tally: Tally, *, tries: int = 1
) -> None:
    """Read so many meters, one after another of the fleet, `at_once` at a time."""
    waiting = deque(1 + place % load.count for place in range(sessions))

    async def work() -> None:
        while waiting:
            await _read(load, waiting.popleft(), tally, tries)

    begun, cpu_begun = perf_counter(), process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, sessions)):
            group.create_task(work())
    tally.seconds, tally.cpu_seconds = perf_counter() - begun, process_time() - cpu_begun


async def _read(load: Load, number: int, tally: Tally, tries: int) -> None:
    """Read one meter, again where what failed may pass."""
    place = Place(loopback_address(number), load.port, 1)
    for _ in range(tries):
        tally.tried += 1
        try:
            session = await open_session(place, PROFILE, load.access(number), HABITS)
            tally.opened += 1
            try:
                async with session:
                    read = await session.run(read_meter(session.client, PROFILE, SPAN, REGISTERS))
            finally:
                tally.closed += 1
        except DlmsError as error:
            tally.failures[error.fault] += 1
            if outlook_of(error) is not Outlook.TRANSIENT:
                return
            continue
        tally.complete += not read.refused
        tally.readouts[number] = read
        return
