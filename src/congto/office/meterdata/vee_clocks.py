"""What events of a day say of clocks: how far one stood off, how far one was moved (V-05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.events import MeterEvent

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk

CLOCKS = """
SELECT usage_point_id AS usage_point, kind, seconds FROM meterdata_meterevent
WHERE began_at >= $1 AND began_at < $2 AND usage_point_id BETWEEN $3 AND $4
  AND kind IN ('clock_set', 'clock_off') AND seconds IS NOT NULL
ORDER BY usage_point_id, abs(seconds) DESC, seconds DESC
"""

COLUMNS = {"clock_seconds": MeterEvent.CLOCK_OFF, "clock_jump_seconds": MeterEvent.CLOCK_SET}


def with_clocks(
    books: Bulk, points: pl.DataFrame, bounds: tuple[datetime, datetime], first: int, last: int
) -> pl.DataFrame:
    """Add clock_seconds and clock_jump_seconds to points, the largest of the day; null: not said.

    Args:
        books: the transaction.
        points: one row per usage point, rising.
        bounds: instants at which the day begins and ends.
        first: lowest usage point.
        last: highest one, included.
    """
    found = books.read(CLOCKS, (*bounds, first, last))
    for name, kind in COLUMNS.items():
        own = found.filter(pl.col("kind") == kind).unique(
            "usage_point", keep="first", maintain_order=True
        )
        said = own.select("usage_point", pl.col("seconds").alias(name))
        points = points.join(said, on="usage_point", how="left", maintain_order="left")
    return points
