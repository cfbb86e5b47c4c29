"""Completeness of half-hours: what was there at 07:00 of the next day, and what is there now.

Counted from what was delivered, before anything is estimated: an estimate is no reading.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.office.storage import intervals
from congto.office.storage.bulk import bulk
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from congto.office.storage.bulk import Bulk
    from congto.office.storage.interval_tables import Snapshot

EARLY = time(7)
"""When the head end's collection of the night is looked at (Fingrid, AEMO: the next morning)."""

POINTS_AT_ONCE = 250_000

REMOTE = """
SELECT p.id AS usage_point, p.unit_id FROM meters_usagepoint p
JOIN meters_meterinstallation i ON i.usage_point_id = p.id AND i.valid_from <= $1
    AND (i.valid_to IS NULL OR i.valid_to > $1)
JOIN meters_meter m ON m.id = i.meter_id
WHERE m.remote ORDER BY 1
"""

KEEP = """
INSERT INTO meterdata_daycompleteness (unit_id, local_day, points, early, present, counted_at)
SELECT unit_id, $2, points, early, present, $3
FROM unnest($1::bigint[], $4::int[], $5::bigint[], $6::bigint[])
    AS given (unit_id, points, early, present)
ON CONFLICT ON CONSTRAINT day_completeness_key DO UPDATE
SET points = excluded.points, early = excluded.early, present = excluded.present,
    counted_at = excluded.counted_at
"""


def count_day(day: date, *, at: datetime) -> int:
    """Count a local day by unit and keep the counts; return the half-hours that are there.

    Counting again replaces the counts. What is known at 07:00 never changes: it is asked as of
    that instant.
    """
    with bulk() as books:
        due = books.read(REMOTE, (day,))
        snapshot = RAW.snapshot(day)
        early_at = datetime.combine(day + timedelta(days=1), EARLY, LOCAL_ZONE)
        parts = [_counted(part, snapshot, early_at) for part in due.iter_slices(POINTS_AT_ONCE)]
        counts = pl.concat(parts) if parts else due.with_columns(early=0, present=0)
        units = counts.group_by("unit_id", maintain_order=True).agg(
            points=pl.len(), early=pl.col("early").sum(), present=pl.col("present").sum()
        )
        _keep(books, units, day, at)
    return int(units["present"].sum())


def _keep(books: Bulk, units: pl.DataFrame, day: date, at: datetime) -> None:
    columns = [units[name].to_list() for name in ("unit_id", "points", "early", "present")]
    first, *others = columns
    books.execute(KEEP, (first, day, at, *others))


def _counted(due: pl.DataFrame, snapshot: Snapshot, early_at: datetime) -> pl.DataFrame:
    """Add `early` and `present`, half-hours with a value, to points."""
    keys = due["usage_point"].to_numpy()
    return due.with_columns(
        early=pl.Series(_present(snapshot, keys, early_at)),
        present=pl.Series(_present(snapshot, keys, None)),
    )


def _present(
    snapshot: Snapshot, keys: NDArray[np.int64], known_at: datetime | None
) -> NDArray[np.int64]:
    """Return how many half-hours each point has, as known at an instant or now."""
    days = intervals.raw_days(
        snapshot,
        Channel.ACTIVE_IMPORT,
        int(keys[0]) if len(keys) else None,
        int(keys[-1]) if len(keys) else None,
        known_at=known_at,
    )
    counts = np.zeros(len(keys), np.int64)
    place = np.searchsorted(keys, days.points)
    inside = place < len(keys)
    inside[inside] = keys[place[inside]] == days.points[inside]
    has = (days.values != ABSENT).sum(axis=1)
    counts[place[inside]] = has[inside]
    return np.minimum(counts, HALF_HOURS)


def counted_at(
    due: pl.DataFrame, day: date, *, early_at: datetime, late_at: datetime
) -> pl.DataFrame:
    """Add `early` and `late`, the half-hours of points that were known at two instants.

    Args:
        due: usage_point, rising, and whatever else.
        day: local day.
        early_at: the first instant.
        late_at: the second.
    """
    snapshot, keys = RAW.snapshot(day), due["usage_point"].to_numpy()
    return due.with_columns(
        early=pl.Series(_present(snapshot, keys, early_at)),
        late=pl.Series(_present(snapshot, keys, late_at)),
    )


def present_on(due: pl.DataFrame, day: date) -> pl.DataFrame:
    """Add `present`, the half-hours of a local day that are there now, to usage_point (rising)."""
    keys = due["usage_point"].to_numpy()
    return due.with_columns(present=pl.Series(_present(RAW.snapshot(day), keys, None)))


def days_delivered() -> list[str]:
    """Return the local days of which anything was delivered, as ISO text, rising."""
    return RAW.days()
