"""Counting the completeness of days as a background job: a day is a step and may be repeated."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.control.operations import start_job
from congto.office.control.permissions import Action, require
from congto.office.control.queries import unfinished_job
from congto.office.meterdata.completeness import count_day, days_delivered
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Job
    from congto.vocabulary.periods import Period

KEY = "completeness"


def start(month: Period, *, user: User, at: datetime) -> Job:
    """Queue the count of a month's delivered days; one that waits already is returned.

    Needs the right to run jobs everywhere, as every unit is counted.
    """
    require(user, Action.RUN_JOBS, None)
    days = [
        day for day in days_delivered() if month.start.isoformat() <= day < month.end.isoformat()
    ]
    name = f"{month.start:%m/%Y}"
    if not days:
        raise InvalidInputError(
            _("Tháng %(month)s chưa có nửa giờ nào") % {"month": name},
            action=_("nhập số liệu trước"),
        )
    waiting = unfinished_job(KEY, {"days": days})
    if waiting is not None:
        return waiting
    title = _("Đếm đủ số liệu tháng %(month)s") % {"month": name}
    return start_job(KEY, {"days": days}, title=title, user=user, unit=None, at=at)


def start_days(days: Sequence[date], *, at: datetime) -> Job:
    """Queue the count of some days for the system."""
    title = _("Đếm đủ số liệu đến %(day)s") % {"day": format_vi.day(max(days))}
    params = {"days": [day.isoformat() for day in days]}
    return start_job(KEY, params, title=title, user=None, unit=None, at=at)


def run(job: Job) -> Generator[Progress, None, None]:
    """Count day by day; a day counted before the job broke off is counted again."""
    days = [date.fromisoformat(day) for day in job.params["days"]]
    done = int((job.checkpoint or {}).get("done", 0))
    yield Progress(done, len(days))
    for number, day in enumerate(days[done:], start=done + 1):
        count_day(day, at=timezone.now())  # noqa: TID251  (a door reads the clock)
        yield Progress(number, len(days), f"{day:%d/%m/%Y}", checkpoint={"done": number})


KIND = JobKind(KEY, run, resumable=True, discard=nothing_to_discard, alone=True)
