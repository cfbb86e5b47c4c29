"""Half-hours or meter events of a period as a file in any format, as a background job."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.intake.formats import is_of_events, written_format
from congto.interfaces.jobs.archives import scope_of_job
from congto.interfaces.jobs.exports import results_folder
from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.control.operations import start_job
from congto.office.control.permissions import Action, granted_paths
from congto.office.intake.queries import days_to_export
from congto.office.meterdata.events_out import events_to_export
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Job

KEY = "readings_export"
DAYS_MAX = 366
ROWS_MAX = 2_000_000
"""Points' days of one file: 96 million values, 400 MB in memory."""


def start(codes: Sequence[str], period: Period, name: str, *, user: User, at: datetime) -> Job:
    """Queue an export of usage points (none: all that the person may export) in a period.

    Raises:
        RefusedError: the person may export nothing.
        InvalidInputError: no such format, or a period that is too long.
    """
    if not granted_paths(user, Action.EXPORT):
        raise RefusedError(_("Người dùng không có quyền xuất dữ liệu"))
    written_format(name)
    if not 0 < period.days <= DAYS_MAX:
        raise InvalidInputError(
            _("Kỳ xuất dài %(days)s ngày") % {"days": period.days},
            expected=_("từ 1 đến %(most)s ngày") % {"most": DAYS_MAX},
        )
    words = (
        _("Xuất sự kiện công tơ %(first)s – %(last)s")
        if is_of_events(name)
        else _("Xuất số liệu nửa giờ %(first)s – %(last)s")
    )
    title = words % {
        "first": format_vi.day(period.start),
        "last": format_vi.day(period.end - timedelta(days=1)),
    }
    params = {"codes": list(codes), "from": period.start, "to": period.end, "format": name}
    return start_job(KEY, params, title=title, user=user, unit=None, at=at)


def run(job: Job) -> Generator[Progress, None, None]:
    """Collect day by day, then write; params: codes, from, to, format."""
    scope = scope_of_job(job)
    first, end = (date.fromisoformat(job.params[name]) for name in ("from", "to"))
    if is_of_events(job.params["format"]):
        yield _written(job, events_to_export(job.params["codes"], Period(first, end), scope), 1)
        return
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    parts = [DELIVERED_DAYS.empty()]
    for number, day in enumerate(days, start=1):
        parts.append(days_to_export(job.params["codes"], day, scope))
        if sum(part.height for part in parts) > ROWS_MAX:
            raise InvalidInputError(
                _("Kỳ xuất có hơn %(most)s ngày điểm đo") % {"most": format_vi.number(ROWS_MAX)},
                action=_("chọn ít điểm đo hoặc ít ngày hơn"),
            )
        yield Progress(number, len(days), _("Đang đọc"))
    yield _written(job, pl.concat(parts), len(days))


def _written(job: Job, rows: pl.DataFrame, steps: int) -> Progress:
    """Write the file and say that it is there."""
    form = written_format(job.params["format"])
    name = f"readings-{job.pk}{form.suffixes[0]}"
    draft = results_folder() / f"draft-{name}"
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    form.write(draft, rows, now)
    draft.replace(results_folder() / name)
    return Progress(steps, steps, result_file=name)


KIND = JobKind(KEY, run, resumable=True, discard=nothing_to_discard)
