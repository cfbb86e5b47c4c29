"""Which points' days have to be derived again, and who may work on the store at one time.

Half-hours lie in the store and marks in PostgreSQL, so no transaction covers both. A mark is
therefore written before the change it speaks of: a kill between the two leaves a mark too many, and
deriving again what did not change changes nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.choices import DirtyStage
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from congto.office.storage.bulk import Bulk

PART_POINTS = 250_000
"""Usage points validated together: 12 M values, 48 MB, and one file of the day."""

DELIVERY_LOCK = 0x4A0C
"""Shared by deliveries from their marks to their commit; a run takes it alone for the moment in
which it notes what it will see."""

RUN_LOCK = 0x4A0D
"""One run or edit at a time writes validated days."""

SHARED = "SELECT pg_advisory_xact_lock_shared($1)::text"

ADD = """
INSERT INTO meterdata_dirtyday AS held (usage_point_id, local_day, stage, times, since)
SELECT usage_point, local_day, $3, 1, $4
FROM unnest($1::bigint[], $2::text[]::date[]) AS given (usage_point, local_day)
ON CONFLICT ON CONSTRAINT dirty_day_key DO UPDATE SET times = held.times + 1
"""
BATCH_ROWS = 100_000


@contextmanager
def marked_late(delivered: pl.DataFrame, *, at: datetime) -> Iterator[None]:
    """Store a delivery inside: the days of it that are validated already are marked before.

    Args:
        delivered: usage_point and local_day of what is to be stored.
        at: when.
    """
    with bulk() as holder:
        holder.read(SHARED, (DELIVERY_LOCK,))
        with bulk() as books:
            mark_validated(books, delivered, at=at)
        yield


def mark_validated(books: Bulk, days: pl.DataFrame, *, at: datetime) -> int:
    """Mark the points' days that are validated already, in the caller's transaction.

    For what lies in the books themselves and is written in the same transaction.

    Args:
        books: the transaction.
        days: usage_point and local_day of what changes.
        at: when.
    """
    books.read(SHARED, (DELIVERY_LOCK,))
    late = validated_days(books, with_mains(books, days.select("usage_point", "local_day")))
    return mark(books, late, DirtyStage.VALIDATION, at=at)


def with_mains(books: Bulk, days: pl.DataFrame) -> pl.DataFrame:
    """Add to rows of check points the same rows of the points they check."""
    mains = books.read(
        "SELECT id AS usage_point, check_of_id FROM meters_usagepoint WHERE check_of_id IS NOT NULL"
    )
    checked = days.join(mains, on="usage_point").with_columns(usage_point=pl.col("check_of_id"))
    return pl.concat([days, checked.select(days.columns)]).unique(maintain_order=True)


def validated_days(books: Bulk, days: pl.DataFrame) -> pl.DataFrame:
    """Return the points' days whose part is validated or being so: usage_point, local_day."""
    days = days.select("usage_point", "local_day").unique()
    if days.is_empty():
        return days
    begun = books.read(
        "SELECT local_day, part FROM meterdata_validatedpart"
        " WHERE local_day = ANY($1::text[]::date[])",
        (_texts(days["local_day"].unique()),),
    )
    part = (pl.col("usage_point") // PART_POINTS).cast(pl.Int32)
    own = days.with_columns(part=part).join(begun, on=["local_day", "part"], how="semi")
    return own.select("usage_point", "local_day")


def mark(books: Bulk, days: pl.DataFrame, stage: DirtyStage, *, at: datetime) -> int:
    """Mark points' days, in the caller's transaction; return how many were given.

    A day marked already is counted once more, so that who works on it knows.

    Args:
        books: the transaction.
        days: usage_point and local_day.
        stage: what is to be derived again.
        at: since when.
    """
    ordered = days.sort("local_day", "usage_point")  # the same order everywhere: no deadlock
    for rows in ordered.iter_slices(BATCH_ROWS):
        given = (rows["usage_point"].to_list(), _texts(rows["local_day"]))
        books.execute(ADD, (*given, stage.value, at))
    return ordered.height


def marked(books: Bulk, stage: DirtyStage, day: date | None = None) -> pl.DataFrame:
    """Return what is marked, of one day or all: usage_point, local_day, times, since."""
    return books.read(
        "SELECT usage_point_id AS usage_point, local_day, times, since FROM meterdata_dirtyday"
        " WHERE stage = $1 AND ($2::date IS NULL OR local_day = $2) ORDER BY 2, 1",
        (stage.value, day),
    )


def anything_marked() -> bool:
    """Tell whether any day waits to be derived again, or what depends on it."""
    return bool(read("SELECT EXISTS (SELECT FROM meterdata_dirtyday) AS some")["some"][0])


def clear(books: Bulk, days: pl.DataFrame, stage: DirtyStage) -> None:
    """Take marks back, in the caller's transaction, unless they were made again since.

    Args:
        books: the transaction.
        days: usage_point, local_day and times, as `marked` returned them.
        stage: of the marks.
    """
    if days.is_empty():
        return
    books.execute(
        "DELETE FROM meterdata_dirtyday d"
        " USING unnest($1::bigint[], $2::text[]::date[], $4::int[])"
        " AS given (usage_point, local_day, times)"
        " WHERE d.stage = $3 AND d.local_day = given.local_day"
        " AND d.usage_point_id = given.usage_point AND d.times = given.times",
        (
            days["usage_point"].to_list(),
            _texts(days["local_day"]),
            stage.value,
            days["times"].to_list(),
        ),
    )


def _texts(days: pl.Series) -> list[str]:
    """Return days as text: the driver binds no array of dates."""
    return days.cast(pl.String).to_list()


def after_deliveries(books: Bulk) -> None:
    """Wait for deliveries on their way and keep new ones away until the transaction ends."""
    books.read("SELECT pg_advisory_xact_lock($1)::text", (DELIVERY_LOCK,))


@contextmanager
def running_alone() -> Iterator[None]:
    """Be the only one that writes validated days.

    Raises:
        RefusedError: somebody else does so now.
    """
    with bulk() as holder:
        held = holder.read("SELECT pg_try_advisory_xact_lock($1) AS held", (RUN_LOCK,))
        if not held["held"][0]:
            raise RefusedError(
                "another run or edit writes validated half-hours now",
                action="try again when it has ended",
            )
        yield
