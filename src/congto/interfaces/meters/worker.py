"""The worker of the head end: takes leased visits, talks to meters, hands back what came of it.

One event loop talks; all work on the books is done in threads, for hundreds of visits at once. It
may be killed at any moment: leases run out, spools are entered by the next worker, deliveries are
loaded by the next who looks. SIGTERM lets the sessions in hand end and takes no new ones.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import traceback
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from congto.interfaces.meters import spool
from congto.interfaces.meters.access import reach
from congto.interfaces.meters.books import on_books, threads
from congto.interfaces.meters.entering import Entering, enter_left_behind, load_received
from congto.interfaces.meters.profiles import known_profiles, profile_named
from congto.interfaces.meters.purging import purge
from congto.interfaces.meters.visiting import (
    DEADLINES,
    Around,
    Ended,
    carry_out,
    failed_inside,
    not_ready,
)
from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.campaigns.operations import (
    SOURCE,
    Expectation,
    give_back_lost,
    lease,
    open_due,
    still_held,
)
from congto.office.campaigns.queries import waiting
from congto.office.commands.operations import settle
from congto.office.intake.queries import waiting_to_load
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date, datetime
    from pathlib import Path

    from congto.headend.transports.session import Deadlines
    from congto.interfaces.meters.access import Reached
    from congto.office.campaigns.operations import LeasedVisit
    from congto.vocabulary.errors import CongtoError

LOOK_SECONDS = 0.5
"""How long an urgent task waits at most until somebody looks."""
BATCH_SECONDS, BATCH_VISITS = 2.0, 500
ALIVE_SECONDS = 30.0
OPEN_SECONDS = 60.0
LEASE_AT_ONCE = 200
SWITCH_SECONDS = 0.0005
"""Threads that work on the books give way to the sessions after so long: a meter's answer that
waits five milliseconds at each of its messages, as Python would have it, takes twice as long."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a worker works.

    Attributes:
        concurrency: sessions at once.
        once: leave when nothing is due any more.
        deadlines: how long meters are waited for.
        look_seconds: between two looks for something to do.
    """

    concurrency: int = 500
    once: bool = False
    deadlines: Deadlines = DEADLINES
    look_seconds: float = LOOK_SECONDS


@dataclass(slots=True)
class Figures:
    """What a worker has done.

    Attributes:
        visits, good: sessions, and those in which all was done.
        half_hours: rows of load profiles.
        faults: sessions by fault.
        seconds: each session's length.
        unread: messages that came unasked and told nothing.
    """

    visits: int = 0
    good: int = 0
    half_hours: int = 0
    unread: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def worker_name() -> str:
    """Return a name that no other worker has had: its deliveries are numbered under it."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Worker:
    """One worker.

    Args:
        now: the clock of the door.
        way: how it works.
    """

    def __init__(self, now: Callable[[], datetime], way: Way) -> None:
        self.figures = Figures()
        self._now = now
        self._way = way
        self._name = worker_name()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._held: set[int] = set()
        self._over: set[int] = set()
        self._associated: set[int] = set()
        self._ended: list[Ended] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._said: set[str] = set()
        self._purged: date | None = None

    def stop(self) -> None:
        """Take nothing new; sessions in hand come to their end."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> Figures:
        """Work until stopped, or with `once` until nothing is due any more."""
        sys.setswitchinterval(SWITCH_SECONDS)
        with spool.held(self._name) as folder:
            self._watch_signals()
            async with threads():
                await on_books(lambda: enter_left_behind(self._now()))
                await self._open()
                await self._work(folder)
                await self._load_rest()
                await self._purge()
        return self.figures

    async def _work(self, folder: Path) -> None:
        """Run the loops until the one that leases ends, or one of them fails."""
        leasing = asyncio.create_task(self._lease())
        entering = asyncio.create_task(self._enter(folder))
        beside = [
            asyncio.create_task(self._regularly(ALIVE_SECONDS, self._live)),
            asyncio.create_task(self._regularly(OPEN_SECONDS, self._open)),
            asyncio.create_task(self._regularly(OPEN_SECONDS, self._purge)),
            asyncio.create_task(self._load()),
        ]
        every = [leasing, entering, *beside]
        try:
            await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
            self.stop()
            while self._running:
                await asyncio.wait(self._running.values())
            await entering
        finally:
            for task in (leasing, *beside):
                task.cancel()
            ends = await asyncio.gather(*every, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    # Taking.

    async def _lease(self) -> None:
        """Take visits while there is room for sessions."""
        while not self._stopping:
            room = min(self._way.concurrency - len(self._running), LEASE_AT_ONCE)
            begun = await self._take(room) if room > 0 else 0
            if begun and begun == room:
                await asyncio.sleep(0)
                continue
            if self._way.once and not begun and await self._is_done():
                return
            await asyncio.sleep(self._way.look_seconds / (5 if begun else 1))

    async def _take(self, room: int) -> int:
        await self._tell()
        leased = await on_books(partial(lease, self._name, room, at=self._now()))
        if not leased:
            return 0
        self._held |= {one.id for one in leased}
        reached, refused = await on_books(partial(self._reach, leased))
        for one in leased:
            if one.id in reached:
                task = asyncio.create_task(self._visit(one, reached[one.id]))
                self._running[one.id] = task
            else:
                self._take_end(not_ready(one, refused[one.id], self._now()))
        return len(leased)

    def _reach(
        self, leased: list[LeasedVisit]
    ) -> tuple[dict[int, Reached], dict[int, CongtoError]]:
        """Open the secrets of devices: those that get commands are recorded as such."""
        reached: dict[int, Reached] = {}
        refused: dict[int, CongtoError] = {}
        ordered = [one for one in leased if any(t.kind == TaskKind.COMMAND for t in one.tasks)]
        plain = [one for one in leased if one not in ordered]
        for purpose, some in (("command", ordered), ("reading", plain)):
            if not some:
                continue
            found = reach(
                [one.device for one in some],
                purpose=purpose,
                subject=self._name,
                user=None,
                at=self._now(),
            )
            for one in some:
                if one.device in found.reached:
                    reached[one.id] = found.reached[one.device]
                else:
                    refused[one.id] = found.refused[one.device]
        return reached, refused

    async def _is_done(self) -> bool:
        """Tell whether nothing is running, to be entered or due."""
        if self._running or self._held:
            return False
        return await on_books(lambda: waiting(self._now())) == 0

    # Talking.

    async def _visit(self, leased: LeasedVisit, reached: Reached) -> None:
        around = Around(self._now, self._associated.add, self._way.deadlines)
        try:
            ended = await carry_out(leased, reached, around)
        except Exception as error:  # noqa: BLE001  (one visit's defect is not the others' end)
            traceback.print_exception(error)
            ended = failed_inside(leased, error, self._now())
        finally:
            self._running.pop(leased.id, None)
        self._take_end(ended)

    def _take_end(self, ended: Ended) -> None:
        if ended.leased.id not in self._held:
            return  # its lease was lost: another worker has the device
        self._over.add(ended.leased.id)
        self._ended.append(ended)
        self.figures.visits += 1
        self.figures.good += not ended.fault
        self.figures.faults[ended.fault] += bool(ended.fault)
        self.figures.half_hours += sum(len(one.begins) for one in ended.gathered.half_hours)
        self.figures.unread += ended.gathered.unread
        self.figures.seconds.append((ended.ended_at - ended.began_at).total_seconds())
        urgent = any(task.priority < Priority.GAP for task in ended.leased.tasks)
        last = self._way.once and not self._running  # nobody comes whom it could wait for
        if urgent or last or len(self._ended) >= BATCH_VISITS:
            self._wake.set()

    # Entering.

    async def _enter(self, folder: Path) -> None:
        """Enter ended visits batch by batch until all are in."""
        entering = Entering(self._name, folder)
        while not (self._stopping and not self._running and not self._ended):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BATCH_SECONDS)
            self._wake.clear()
            batch, self._ended = self._ended, []
            if not batch:
                if self._stopping:
                    await asyncio.sleep(self._way.look_seconds / 5)
                continue
            await on_books(partial(entering.enter, batch, self._now()))
            gone = {one.leased.id for one in batch}
            self._held -= gone
            self._over -= gone
            self._associated -= gone

    async def _load(self) -> None:
        while True:
            if await on_books(lambda: waiting_to_load(SOURCE)):
                await on_books(lambda: load_received(self._now, self._said))
            await asyncio.sleep(self._way.look_seconds)

    async def _load_rest(self) -> None:
        """Load what was delivered, or wait while another loads it; what cannot be stays."""
        while await on_books(lambda: waiting_to_load(SOURCE)):
            if await on_books(lambda: load_received(self._now, self._said)):
                return
            await asyncio.sleep(self._way.look_seconds)

    # Living.

    async def _tell(self) -> None:
        """Free the permits of sessions that are over; say which meters have answered."""
        over, associated = set(self._over), set(self._associated)
        if over or associated:
            told = list(over | associated)
            at = self._now()
            await on_books(partial(still_held, told, over=over, associated=associated, at=at))
            self._associated -= associated

    async def _live(self) -> None:
        """Keep the leases; end the sessions whose lease was lost."""
        held = list(self._held)
        mine = await on_books(partial(still_held, held, at=self._now()))
        for lost in set(held) - mine:
            self._held.discard(lost)
            running = self._running.get(lost)
            if running is not None:
                running.cancel()

    async def _open(self) -> None:
        """Give back what dead workers had, open windows that are due."""
        at = self._now()
        await on_books(lambda: give_back_lost(at=at))
        await on_books(lambda: enter_left_behind(at))
        await on_books(lambda: open_due(expectations(), at=at))
        await on_books(lambda: settle(at=at))

    async def _purge(self) -> None:
        """Once a day remove what is beyond its term."""
        at = self._now()
        today = at.astimezone(LOCAL_ZONE).date()
        if today != self._purged:
            self._purged = today
            await on_books(lambda: purge(at))

    async def _regularly(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.stop)
            except (RuntimeError, ValueError):  # not the main thread: whoever runs it stops it
                return


def expectations() -> dict[str, Expectation]:
    """Return what meters of each profile keep."""
    found = {}
    for name in known_profiles():
        load = profile_named(name).load
        if load is not None:
            found[name] = Expectation(load.depth_days, load.channels)
    return found
