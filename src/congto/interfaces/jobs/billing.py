"""What is left of a billing run, as a background job.

The run itself is its checkpoint: every batch of reading books is one transaction, so a job whose
worker was killed simply runs again and bills what no bill carries yet. It cannot be paused midway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.billing.queries import run_with
from congto.office.billing.resume import resume_billing
from congto.office.control.operations import start_job
from congto.office.control.permissions import Action, require
from congto.office.control.queries import unfinished_job
from congto.vocabulary import format_vi
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Job

KEY = "billing_run"


def start(run_id: int, *, user: User, at: datetime) -> Job:
    """Queue the job; one works on a run at a time. Needs the right to run jobs everywhere."""
    require(user, Action.RUN_JOBS, None)
    with transaction.atomic():
        run = run_with(run_id, lock=True)
        if unfinished(run_id):
            raise RefusedError(_("Đợt này đang có một tác vụ chạy"), action=_("chờ tác vụ đó xong"))
        title = _("Lập hóa đơn kỳ %(first)s – %(last)s") % {
            "first": format_vi.day(run.period_from),
            "last": format_vi.day(run.period_to),
        }
        return start_job(KEY, {"run": run_id}, title=title, user=user, unit=None, at=at)


def unfinished(run_id: int) -> Job | None:
    """Return the job that waits or works on the run."""
    return unfinished_job(KEY, {"run": run_id})


def run(job: Job) -> Generator[Progress, None, None]:
    """Bill what is left; the run's page shows the books as they are done."""
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    yield Progress(0, 0, _("Đang lập hóa đơn"))
    report = resume_billing(job.params["run"], at=now, issued_on=timezone.localdate(now))
    done = _("%(bills)s hóa đơn mới, %(parked)s tài khoản còn lỗi") % {
        "bills": format_vi.number(report.new_bills),
        "parked": format_vi.number(report.parked),
    }
    yield Progress(report.books_done, report.books, done)


KIND = JobKind(KEY, run, resumable=True, discard=nothing_to_discard)
