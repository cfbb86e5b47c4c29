"""What is measured of a source: how complete its day was in time, and how much changed later.

The published marks (Elhub, Norway): values of day D are in by 07:00 of D+1, and what changes after
D+5 should be little. The store answers as of any instant, so a day can be measured at any time.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from congto.office.intake.models import SourceDay, SourcePoint
from congto.office.storage import intervals
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
IN_TIME = time(7)
DAYS_OF_GRACE = 5


def measure_day(source: str, day: date, *, at: datetime) -> SourceDay:
    """Measure a source's local day as far as it can be known at an instant; may be repeated.

    Args:
        source: whose.
        day: local day.
        at: now; what lies ahead of it stays null.
    """
    seven = datetime.combine(day + timedelta(days=1), IN_TIME, LOCAL).astimezone(UTC)
    five = datetime.combine(day + timedelta(days=DAYS_OF_GRACE + 1), time(), LOCAL).astimezone(UTC)
    counts = np.zeros(4, np.int64)
    for channel in Channel:
        counts += _channel(source, day, channel, (min(seven, at), min(five, at), at))
    points, in_time, later, changed = counts.tolist()
    found, _ = SourceDay.objects.update_or_create(
        source=source,
        local_day=day,
        defaults={
            "points": points,
            "expected": points * HALF_HOURS,
            "at_seven": in_time if seven <= at else None,
            "after_five_days": later if five <= at else None,
            "changed_since": changed if five <= at else None,
            "measured_at": at,
        },
    )
    return found


def _channel(
    source: str, day: date, channel: Channel, instants: tuple[datetime, datetime, datetime]
) -> NDArray[np.int64]:
    """Return points, half-hours there at the first and the second instant, and changed since."""
    keys = SourcePoint.objects.filter(
        source=source, channel=channel, first_day__lte=day
    ).values_list("usage_point_id", flat=True)
    points = np.array(sorted(keys), np.int64)
    if not len(points):
        return np.zeros(4, np.int64)
    first, second, now = (_values(day, channel, points, instant) for instant in instants)
    there = second != ABSENT
    return np.array(
        [len(points), (first != ABSENT).sum(), there.sum(), (there & (now != second)).sum()],
        np.int64,
    )


def _values(
    day: date, channel: Channel, points: NDArray[np.int64], known_at: datetime
) -> NDArray[np.int32]:
    """Return what was known of the day at an instant; (points, 48), ABSENT where nothing."""
    held = intervals.raw_days(RAW.snapshot(day), channel, points=points, known_at=known_at)
    values = np.full((len(points), HALF_HOURS), ABSENT, np.int32)
    values[np.searchsorted(points, held.points)] = held.values
    return values
