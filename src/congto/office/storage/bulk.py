"""PostgreSQL in bulk: columns in, columns out, one transaction.

Screens use the ORM. Runs use this: a query answers as a Polars frame through Arrow (ADBC), and a
frame is written with binary COPY. Everything done on one `Bulk` is committed together or not at
all; its connection is its own, so it does not see what Django's connection has not committed.
"""

from __future__ import annotations

import atexit
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Bulk:
    """One connection and one transaction for mass reads and writes."""

    def __init__(self, raw: adbc.Connection) -> None:
        self._raw = raw

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Answer a query as a frame; parameters are $1, $2, ... in the text."""
        with self._raw.cursor() as cursor:
            cursor.execute(sql, _bound(parameters))
            frame = pl.from_arrow(cursor.fetch_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that answers nothing."""
        with self._raw.cursor() as cursor:
            cursor.execute(sql, _bound(parameters))

    def copy(self, table: str, frame: pl.DataFrame) -> int:
        """Append the frame's rows to the table's columns of the same names with binary COPY."""
        if frame.is_empty():
            return 0
        with self._raw.cursor() as cursor:
            cursor.adbc_ingest(
                table, frame.to_arrow(compat_level=pl.CompatLevel.oldest()), "append"
            )
        return frame.height

    def take_ids(self, table: str, count: int) -> pl.Series:
        """Take `count` numbers of the table's id sequence, ascending.

        One nextval a number is safe beside every other writer. Numbers taken and not used leave
        gaps, which is why numbers that the law wants gap-free are not made here.
        """
        # Materialized: flattened into the query, the sequence would be looked up for every number.
        frame = self.read(
            "WITH s AS MATERIALIZED (SELECT pg_get_serial_sequence($1, 'id')::regclass AS name)"
            " SELECT nextval(s.name) AS id FROM s, generate_series(1, $2::bigint)",
            (table, count),
        )
        return frame["id"].sort()


def _bound(parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return parameters as the driver takes them, instants in UTC.

    Arrow's reading of a Python instant in another zone is at the mercy of what else the process has
    imported: beside pandapower it took 00:00 in Viet Nam for 00:00 UTC.
    """
    found = tuple(
        one.astimezone(UTC) if isinstance(one, datetime) and one.tzinfo else one
        for one in parameters
    )
    return found or None


BY_KEY = (
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL enable_mergejoin = off",
    "SET LOCAL enable_seqscan = off",
    "SET LOCAL work_mem = '128MB'",
)
"""For a transaction that works on a part of large tables: its rows are looked up by key. Left to
itself the planner, whose statistics are those of an empty table at the start of a run, reads whole
tables again for every part."""


def connection_url() -> str:
    """Return the URL of the database that Django uses, for drivers that take one."""
    settings = connection.settings_dict
    user = quote(settings["USER"] or "", safe="")
    secret = f":{quote(settings['PASSWORD'], safe='')}" if settings["PASSWORD"] else ""
    options = {"host": settings["HOST"], "port": settings["PORT"], **settings["OPTIONS"]}
    known = {key: value for key, value in options.items() if isinstance(value, str) and value}
    return f"postgresql://{user}{secret}@/{quote(settings['NAME'])}?{urlencode(known)}"


_keeps_one = False
_idle: list[adbc.Connection] = []
_opening = threading.Lock()
_pattern: dict[str, adbc.Connection] = {}
"""By URL, at most one: a closed connection that knows the database's types, to be cloned."""


def _connect() -> adbc.Connection:
    """Open a connection.

    The driver asks a database for all its types when it first meets it, which costs ten times what
    a connection costs: it is done once for a process. Types made later are not known by name, and
    the books have none of their own.
    """
    url = connection_url()
    with _opening:
        if url not in _pattern:
            _forget_pattern()
            _pattern[url] = adbc.connect(url)
            _pattern[url].adbc_connection.close()
        return _pattern[url].adbc_clone()


@atexit.register
def _forget_pattern() -> None:
    while _pattern:
        _pattern.popitem()[1].close()


def keep_connection() -> None:
    """Keep one connection open between transactions, for a process that works on one database.

    Opening one costs both sides: a server process, its caches.
    """
    global _keeps_one  # noqa: PLW0603  (a setting of the process, made once at its start)
    _keeps_one = True


@contextmanager
def connection_kept() -> Iterator[None]:
    """Keep one connection open between the transactions inside: a long run of many short ones."""
    global _keeps_one  # noqa: PLW0603  (a setting of the process, put back at the end)
    before, _keeps_one = _keeps_one, True
    try:
        yield
    finally:
        _keeps_one = before
        while _idle and not before:
            _idle.pop().close()


@contextmanager
def bulk(*, flush: bool = True) -> Iterator[Bulk]:
    """Open a connection; commit when the block ends, roll back when it raises.

    Args:
        flush: wait at the commit until the disk has it. A run that a rerun completes need not wait
            for each of its batches: after a power cut the last of them may be missing, whole and in
            order, never in part; and as the log is written in order, any commit that does wait
            makes all earlier ones safe too.
    """
    raw = _idle.pop() if _idle else _connect()
    kept = False
    try:
        books = Bulk(raw)
        if not flush:
            books.execute("SET LOCAL synchronous_commit = off")
        yield books
        raw.commit()
        kept = _keeps_one and not _idle
    finally:
        if kept:
            _idle.append(raw)
        else:
            raw.close()


def read(sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
    """Answer one query as a frame on a connection of its own."""
    with bulk() as books:
        return books.read(sql, parameters)
