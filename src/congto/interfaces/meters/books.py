"""Work on the books beside an event loop: in a few threads that keep their connections."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

Answer = TypeVar("Answer")

_threads = ThreadPoolExecutor(6, "books")
_kept: set[BaseDatabaseWrapper] = set()
_users: list[object] = []


async def on_books(work: Callable[[], Answer]) -> Answer:
    """Do blocking work on the books in a thread; the event loop goes on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _done, work)


@asynccontextmanager
async def threads() -> AsyncIterator[None]:
    """Keep the threads' connections while the block runs; the last of several closes them."""
    _users.append(object())
    try:
        yield
    finally:
        _users.pop()
        if not _users:
            await on_books(_hang_up)


def _hang_up() -> None:
    """Close all connections: in one of the threads, when no other works."""
    while _kept:
        one = _kept.pop()
        one.inc_thread_sharing()  # it is another thread's, which does nothing now
        one.close()
        one.dec_thread_sharing()


def _done(work: Callable[[], Answer]) -> Answer:
    held = connections["default"]
    _kept.add(held)
    try:
        return work()
    except BaseException:
        if held.connection is not None and not held.in_atomic_block and not held.is_usable():
            held.close()  # the next work in this thread opens a new one
        raise


def at_once(work: Callable[[], Answer]) -> Answer:
    """Do blocking work on the books now, from within an exchange; the event loop stands still.

    For what must be in the books before the next byte goes out: a statement of a few milliseconds,
    and seldom.
    """
    return _threads.submit(_done, work).result()
