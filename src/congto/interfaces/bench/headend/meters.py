"""Simulated meters in a process of their own, whose clock stands still."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from datetime import timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING

from congto.headend.simulator.calendars import INSTALLED, age_of
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.fleet import Fleet, Plan
from congto.headend.simulator.server import Habits, Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from types import TracebackType
    from typing import Self

NOW = INSTALLED + timedelta(days=1059, hours=10, minutes=10, seconds=17)
"""2026-11-25 10:10:17 in Viet Nam."""
BEGIN, END = INSTALLED + timedelta(days=1058), INSTALLED + timedelta(days=1059)
"""The day before, of which the half-hours are read."""
EVERY = "0.0.0.0"  # noqa: S104  (all of 127/8; others are hung up on)
FAULTS: Mapping[Trouble, float] = {
    Trouble.SILENT: 0.010,
    Trouble.SLOW: 0.010,
    Trouble.HALF_FRAME: 0.010,
    Trouble.LYING_LENGTH: 0.005,
    Trouble.COUNTER_AHEAD: 0.005,
    Trouble.MISSING_ROWS: 0.004,
    Trouble.DOUBLE_ROWS: 0.003,
    Trouble.WRONG_KEY: 0.003,
}
"""Of connections the first four, of meters the others: 5 in 100 together."""
CPU, STRUCK, STOP = "cpu", "struck", "stop"


def fleet_of(count: int, seed: int, faults: Mapping[Trouble, float]) -> Fleet:
    """Return the fleet, the same in whichever process it is made."""
    age = age_of(NOW)
    return Fleet(Plan(count, seed, faults=dict(faults)), lambda: age)


class Meters:
    """The process; `with` starts and stops it.

    Attributes:
        port: where the meters listen.
    """

    def __init__(
        self, count: int, seed: int, faults: Mapping[Trouble, float] | None = None
    ) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, count, seed, dict(faults or {})), daemon=True
        )
        self.port = 0

    def cpu_seconds(self) -> float:
        """Return the processor time that the meters have used."""
        found = self._asked(CPU)
        assert isinstance(found, float)
        return found

    def struck(self) -> Counter[Trouble]:
        """Return how often each fault struck."""
        found = self._asked(STRUCK)
        assert isinstance(found, Counter)
        return found

    def __enter__(self) -> Self:
        self._process.start()
        self.port = self._ours.recv()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ours.send(STOP)
        self._process.join(10)
        self._process.kill()
        self._process.join()
        self._process.close()
        self._ours.close()

    def _asked(self, what: str) -> object:
        self._ours.send(what)
        return self._ours.recv()


def _serve(pipe: Connection, count: int, seed: int, faults: dict[Trouble, float]) -> None:
    """Serve until told to stop."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_serving(pipe, fleet_of(count, seed, faults)))


async def _serving(pipe: Connection, fleet: Fleet) -> None:
    server = Server(fleet, habits=Habits(1.0, only_here=True))
    pipe.send(await server.start(EVERY, 0))
    stopped = asyncio.Event()

    def told() -> None:
        what = pipe.recv()
        if what == CPU:
            pipe.send(time.process_time())
        elif what == STRUCK:
            pipe.send(fleet.troubles.counts)
        else:
            stopped.set()

    asyncio.get_running_loop().add_reader(pipe.fileno(), told)
    await stopped.wait()
    asyncio.get_running_loop().remove_reader(pipe.fileno())
    await server.stop()
