"""Upkeep of the interval tables: few big files a day, old days forgotten, leftovers removed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from deltalake.exceptions import CommitFailedError

from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyarrow as pa

    from congto.office.storage.interval_tables import DayTable, Snapshot

FILES_MAX = 64
"""A day of eight million points in parts of 250,000 is 32 files; twice that is worth the work."""

SPAN_POINTS = 250_000
"""Usage points in one file of a compacted day."""


def compact(table: DayTable, *, at: datetime, files_max: int = FILES_MAX) -> int:
    """Rewrite the days of more than `files_max` files, sorted; return how many.

    Every row and version stays. A day that somebody writes to meanwhile is left for the next time.
    """
    return sum(compact_day(table, day, at=at, files_max=files_max) for day in table.days())


def compact_day(table: DayTable, day: str, *, at: datetime, files_max: int = FILES_MAX) -> bool:
    """Rewrite one day if it has more than `files_max` files; tell whether it was."""
    when = date.fromisoformat(day)
    snapshot = table.snapshot(when)
    if len(snapshot.files) <= files_max:
        return False
    files = [table.write(when, rows) for rows in _spans(snapshot) if rows.num_rows]
    old = [file.path for file in snapshot.files]
    try:
        table.commit(files, at=at, after=snapshot.version, instead=old)
    except CommitFailedError:
        return False
    return True


def _spans(snapshot: Snapshot) -> Iterator[pa.Table]:
    """Return the rows of a day, a run of usage points at a time, sorted for the file."""
    first, last = snapshot.files[0].first, max(file.last for file in snapshot.files)
    sort = [("channel", "ascending"), ("usage_point", "ascending"), ("version", "ascending")]
    starts = range(first, last + 1, SPAN_POINTS)
    return (snapshot.rows(low, low + SPAN_POINTS - 1).sort_by(sort) for low in starts)


def forget(table: DayTable, *, before: date) -> list[str]:
    """Remove all rows of the local days before a day; return these days."""
    old = [day for day in table.days() if day < before.isoformat()]
    opened = table.opened()
    if not old or opened is None:
        return []
    try:
        opened.delete(f"local_day < '{before.isoformat()}'")
    except CommitFailedError as error:
        raise RefusedError(
            f"somebody wrote days before {before} while they were to be forgotten",
            action="run the retention again",
        ) from error
    return old


def clear(table: DayTable, *, hours: int) -> int:
    """Remove files that no version of the last hours names; return how many."""
    opened = table.opened()
    if opened is None:
        return 0
    gone = opened.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    return len(gone)
