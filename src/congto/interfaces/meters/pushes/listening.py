"""Listens for pushes until told to stop: on the disk first, then by deliveries into the books."""

from __future__ import annotations

import asyncio
import math
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

from congto.headend.transports.push_listener import DROPPED, RECEIVED
from congto.interfaces.meters.pushes.taking import AWAY, deliver

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from datetime import datetime

    from congto.headend.transports.push_listener import PushListener
    from congto.interfaces.meters.push_keys import PushKeys
    from congto.interfaces.meters.pushes.taking import Taking

AT_ONCE = 500
"""Messages opened and written together."""
LOOK_SECONDS = 0.2
AGAIN_SECONDS = 1.0
"""Pause where the books could not be asked."""
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Batching:
    """When pushes on the disk become deliveries: so many, or so many seconds after the first."""

    messages: int = 10_000
    seconds: float = 60.0


@dataclass(slots=True)
class Listening:
    """Takes pushes and delivers them.

    Opening asks the books for keys, so it is done in one thread; loading in another.

    Attributes:
        delivered: rows that deliveries have brought. files: loaded.
    """

    listener: PushListener
    taking: Taking
    batching: Batching
    now: Callable[[], datetime]
    keys: PushKeys | None = None
    delivered: int = 0
    files: int = 0
    _since: float | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _opening: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "pushes"))
    _loading: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "loading"))

    async def run(self, seconds: float | None = None) -> None:
        """Go on until SIGTERM, Ctrl-C or the time; what was taken is delivered before it ends."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.stop)
        ended = asyncio.create_task(self._stopping.wait())
        tasks = [ended, asyncio.create_task(self._take()), asyncio.create_task(self._settle())]
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        self.listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._close()
        for executor in (self._opening, self._loading):
            executor.submit(connections.close_all).result()
            executor.shutdown()
        for task in done:
            task.result()  # raises what ended it

    def stop(self) -> None:
        """Take nothing more; `run` delivers what was taken and ends."""
        self._stopping.set()

    @property
    def counts(self) -> Counter[str]:
        """Return what came, was taken, and was refused by reason."""
        counts = self.taking.counts.copy()
        counts.update({name: self.listener.counts[name] for name in (RECEIVED, DROPPED)})
        return counts

    async def _take(self) -> None:
        while True:
            datagrams = await self.listener.waiting(AT_ONCE)
            while datagrams:
                done = await self._in(
                    self._opening, partial(self.taking.take, datagrams, self.now())
                )
                datagrams = datagrams[done:]
                if datagrams:
                    await asyncio.sleep(AGAIN_SECONDS)
            if self._since is None and self.taking.book.count:
                self._since = asyncio.get_running_loop().time()

    async def _settle(self) -> None:
        """Deliver what a killed process left, then what becomes due; again while books are away."""
        self._since = -math.inf
        while True:
            if self._due():
                try:
                    await self._close()
                except DatabaseError:
                    self.taking.counts[AWAY] += 1
                    self._since = asyncio.get_running_loop().time()
            await asyncio.sleep(LOOK_SECONDS)

    def _due(self) -> bool:
        if self._since is None:
            return False
        waited = asyncio.get_running_loop().time() - self._since
        full = self.taking.book.count >= self.batching.messages
        return full or waited >= self.batching.seconds

    async def _close(self) -> None:
        """Close the open file, in the thread that writes it, and deliver it."""
        self._since = None
        await self._in(self._opening, self._close_file)
        await self._in(self._loading, self._deliver)

    def _close_file(self) -> None:
        self.taking.book.close()
        if self.keys is not None:
            self.keys.keep()

    def _deliver(self) -> None:
        for _path, brought in deliver(self.taking.book, self.now()):
            self.files += 1
            self.delivered += brought

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], Done]) -> Done:
        """Do blocking work in a thread; the event loop goes on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(threads, _on_books, work)


def _on_books(work: Callable[[], Done]) -> Done:
    try:
        return work()
    finally:
        close_old_connections()
