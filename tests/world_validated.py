"""Validated half-hours of October 2026 for tests, written to the store as a run would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.storage.interval_tables import VALIDATED, rows_of
from congto.vocabulary.frames.intervals import VALIDATED_DAYS
from congto.vocabulary.intervals import Channel
from congto.vocabulary.quality import Quality
from world_meters import AT, OCTOBER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

FLAT = [500] * 48
"""1 kWh an hour: 744 kWh in October."""


def validated(
    points: Mapping[int, Sequence[int | None]],
    *,
    days: Sequence[date] | None = None,
    channel: Channel = Channel.ACTIVE_IMPORT,
    quality: Quality = Quality.MEASURED,
    qualities: Sequence[int] | None = None,
    version: int = 1,
    at: datetime = AT,
) -> None:
    """Store the same half-hours of points for each of some days, all of October by default."""
    files = []
    for day in days or OCTOBER.each_day():
        rows = [
            {
                "usage_point": point,
                "channel": channel.value,
                "local_day": day,
                "values": list(values),
                "qualities": None if qualities is None else list(qualities),
                "methods": None,
                "reasons": None,
                "quality": quality.value,
                "day_wh": None if None in values else sum(value or 0 for value in values),
                "raw_version": 1,
                "version": version,
                "known_at": at,
            }
            for point, values in points.items()
        ]
        frame = pl.DataFrame(rows, schema=VALIDATED_DAYS.columns)
        files.append(VALIDATED.write(day, rows_of(frame, VALIDATED)))
    VALIDATED.commit(files, at=at)
