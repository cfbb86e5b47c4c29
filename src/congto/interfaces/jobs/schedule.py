"""What a worker starts by itself, and when; without a worker nothing is.

A moment only starts a job, which people see, pause and resume like any other. Each moment starts it
once, however many workers run; none is started while one of its kind waits or runs. A worker that
begins some hours late makes up for the last moment of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from congto.interfaces.jobs import completeness, derived, half_hours, partners
from congto.office.control.queries import is_unfinished
from congto.office.meterdata.completeness import days_delivered
from congto.office.meterdata.vee_dirty import anything_marked
from congto.office.meterdata.vee_month import days_waiting
from congto.vocabulary.periods import LOCAL_ZONE, Period

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from congto.office.control.models import Job

LATENESS_S = 6 * 3600
"""A worker that begins within six hours of a moment still starts its job."""

GRACE_DAYS = 6
"""A source's day is measured again until its D+5 has passed, and its sums are looked at again."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the schedule.

    Attributes:
        kind: of the job that it starts.
        cron: minute, hour, day of the month, month, weekday; in UTC, seven hours behind Viet Nam.
        start: starts the job if there is anything to do.
    """

    kind: str
    cron: str
    start: Callable[[datetime], Job | None]


def start_due(kind: str, *, at: datetime) -> Job | None:
    """Start the job of a moment, unless one of its kind is unfinished or nothing is to be done.

    Args:
        kind: of a moment in MOMENTS.
        at: the moment.
    """
    if is_unfinished(kind):
        return None
    return next(one for one in MOMENTS if one.kind == kind).start(at)


def _yesterday(at: datetime) -> date:
    return at.astimezone(LOCAL_ZONE).date() - timedelta(days=1)


def _delivered_lately(at: datetime) -> list[date]:
    """Return the delivered days of the last week, yesterday the last."""
    last = _yesterday(at)
    first = last - timedelta(days=GRACE_DAYS)
    days = [date.fromisoformat(day) for day in days_delivered()]
    return [day for day in days if first <= day <= last]


def _completeness(at: datetime) -> Job | None:
    days = _delivered_lately(at)
    return completeness.start_days(days, at=at) if days else None


def _validation(at: datetime) -> Job | None:
    days = days_waiting(_yesterday(at))
    return half_hours.start_validation(*days, user=None, at=at) if days else None


def _late(at: datetime) -> Job | None:
    return derived.start_late(at=at) if anything_marked() else None


def _sources(at: datetime) -> Job | None:
    days = _delivered_lately(at)
    return derived.start_sources(days, at=at) if days else None


def _sums(at: datetime) -> Job | None:
    days = _delivered_lately(at)
    return derived.start_sums(days, at=at) if days else None


def _determinants(at: datetime) -> Job | None:
    """Determine the month that ended yesterday or before."""
    last = at.astimezone(LOCAL_ZONE).date().replace(day=1) - timedelta(days=1)
    month = Period.month(last.year, last.month)
    known = days_delivered()
    some = any(month.start.isoformat() <= day < month.end.isoformat() for day in known)
    return derived.start_determinants(month, at=at) if some else None


def _upkeep(at: datetime) -> Job | None:
    return half_hours.start_upkeep({}, user=None, at=at) if days_delivered() else None


def _partners(at: datetime) -> Job | None:
    return partners.start_if_needed(at=at)


MOMENTS = (
    Moment(completeness.KEY, "2 0 * * *", _completeness),  # 07:02
    Moment(half_hours.VALIDATE, "10 0 * * *", _validation),  # 07:10
    Moment(derived.LATE, "40 * * * *", _late),  # every hour
    Moment(derived.SOURCES, "30 0 * * *", _sources),  # 07:30
    Moment(derived.SUMS, "0 2 * * *", _sums),  # 09:00
    Moment(derived.DETERMINANTS, "0 3 1 * *", _determinants),  # the 1st, 10:00
    Moment(half_hours.UPKEEP, "0 19 * * 6", _upkeep),  # Sunday, 02:00
    Moment(partners.KEY, "*/5 * * * *", _partners),  # every five minutes
)
"""Local times beside them."""
