"""Who runs a job: a PostgreSQL advisory lock on a connection of its own.

The server releases it the moment the process dies, by kill -9 too, so nobody waits for a heartbeat
and no live job is ever taken for a dead one.
"""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from congto.office.storage.bulk import connection_url

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_CLASS = 0x4A0B
"""First half of the two-part lock number; the second is the job's number."""
KIND_CLASS = 0x4A0E
"""First half of the lock of a kind; the second is made from the kind's name."""
WAIT_MS = 10_000
"""A job paused and resumed at once may find its last runner still leaving."""


@contextmanager
def running(job_id: int, *, wait_ms: int = WAIT_MS) -> Iterator[bool]:
    """Hold the job's lock; yields False when another process keeps it for longer than the wait."""
    with psycopg.connect(connection_url(), autocommit=True) as connection:
        yield _take(connection, (LOCK_CLASS, job_id % 2**31), wait_ms)


@contextmanager
def only_one(kind: str) -> Iterator[bool]:
    """Hold the lock of a kind of job; yields False when another job of the kind runs now."""
    with psycopg.connect(connection_url(), autocommit=True) as connection:
        yield _take(connection, (KIND_CLASS, zlib.crc32(kind.encode()) % 2**31), 0)


def _take(connection: psycopg.Connection, numbers: tuple[int, int], wait_ms: int) -> bool:
    if wait_ms == 0:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", numbers).fetchone()
        return bool(row and row[0])
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (str(wait_ms),))
    try:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", numbers)
    except psycopg.errors.LockNotAvailable:
        return False
    return True
