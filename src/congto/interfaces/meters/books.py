"""Work on the books beside an event loop: in a few threads that keep their connections."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from django.db import close_old_connections

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

_threads = ThreadPoolExecutor(6, "books")


async def on_books(work: Callable[[], Answer]) -> Answer:
    """Do blocking work on the books in a thread; the event loop goes on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _done, work)


def _done(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        close_old_connections()  # those that an error has broken; a sound one is kept


def at_once(work: Callable[[], Answer]) -> Answer:
    """Do blocking work on the books now, from within an exchange; the event loop stands still.

    For what must be in the books before the next byte goes out: a statement of a few milliseconds,
    and seldom.
    """
    return _threads.submit(_done, work).result()
