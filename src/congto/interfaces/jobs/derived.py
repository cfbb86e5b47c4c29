"""What is made of half-hours as background jobs: late days, sums, determinants, statistics.

Each makes only what differs, so a job that broke off is run again from its beginning.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.control.operations import start_job
from congto.office.intake.operations import measure_day
from congto.office.intake.queries import sources
from congto.office.losses.operations import derive_again
from congto.office.meterdata.operations import aggregate_day, determine_points
from congto.office.meterdata.rule_book import rule_rows
from congto.office.meterdata.vee_late import run_late
from congto.vocabulary import format_vi
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from datetime import datetime

    from congto.office.control.models import Job

LATE, SUMS, DETERMINANTS, SOURCES = "late_days", "group_days", "determinants", "source_days"


def start_late(*, at: datetime) -> Job:
    """Queue the derivation of days that changed, and of what depends on them."""
    title = _("Tính lại số liệu về muộn")
    return start_job(LATE, {}, title=title, user=None, unit=None, at=at)


def start_determinants(month: Period, *, at: datetime) -> Job:
    """Queue the determinants of every usage point in a month."""
    title = _("Xác định sản lượng điểm đo tháng %(month)s") % {"month": f"{month.start:%m/%Y}"}
    params = {"first": month.start, "end": month.end}
    return start_job(DETERMINANTS, params, title=title, user=None, unit=None, at=at)


def start_sums(days: Sequence[date], *, at: datetime) -> Job:
    """Queue the sums by group of some days."""
    title = _("Cộng điện năng theo nhóm đến %(day)s") % {"day": format_vi.day(max(days))}
    return start_job(
        SUMS, {"days": [day.isoformat() for day in days]}, title=title, user=None, unit=None, at=at
    )


def start_sources(days: Sequence[date], *, at: datetime) -> Job:
    """Queue the measuring of every source on some days."""
    title = _("Đo độ đủ của nguồn số liệu đến %(day)s") % {"day": format_vi.day(max(days))}
    return start_job(
        SOURCES,
        {"days": [day.isoformat() for day in days]},
        title=title,
        user=None,
        unit=None,
        at=at,
    )


def run_late_days(job: Job) -> Generator[Progress, None, None]:
    """Derive marked days again, then what depends on them."""
    del job
    yield Progress(0, 2, _("Số liệu về muộn"))
    late = run_late(rule_rows(), at=_now())
    yield Progress(1, 2, _("Tổng, sản lượng, tổn thất"))
    derive_again(at=_now())
    done = _("%(changed)s ngày thay đổi, %(cases)s hóa đơn cần xét lại")
    told = {"changed": late.changed, "cases": late.cases}
    yield Progress(2, 2, done % {name: format_vi.number(value) for name, value in told.items()})


def run_determinants(job: Job) -> Generator[Progress, None, None]:
    """Determine every usage point in the month."""
    month = Period(*(date.fromisoformat(job.params[name]) for name in ("first", "end")))
    yield Progress(0, 1)
    made = determine_points(month)
    yield Progress(1, 1, _("%(count)s tệp mới") % {"count": format_vi.number(made)})


def run_days(step: Callable[[date], object], job: Job) -> Generator[Progress, None, None]:
    """Do a step for each day of the job."""
    days = [date.fromisoformat(day) for day in job.params["days"]]
    for done, day in enumerate(days):
        yield Progress(done, len(days), format_vi.day(day))
        step(day)
    yield Progress(len(days), len(days))


def measure_sources(day: date) -> None:
    """Measure every source on a day."""
    for source in sources():
        measure_day(source, day, at=_now())


def _now() -> datetime:
    return timezone.now()  # noqa: TID251  (a door reads the clock)


KINDS = [
    JobKind(key, run, resumable=True, discard=nothing_to_discard, alone=True)
    for key, run in (
        (LATE, run_late_days),
        (DETERMINANTS, run_determinants),
        (SUMS, partial(run_days, aggregate_day)),
        (SOURCES, partial(run_days, measure_sources)),
    )
]
