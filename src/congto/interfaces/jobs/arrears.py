"""The steps of a day about overdue debts, and late interest, as background jobs.

Each unit is one transaction, so a job whose worker was killed runs again and does what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.arrears.choices import StepKind
from congto.office.arrears.operations import charge_interest, run_day
from congto.office.control.operations import start_job
from congto.office.control.permissions import Action, require
from congto.office.control.queries import is_unfinished
from congto.vocabulary import format_vi
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Job

RUN, INTEREST = "dunning_run", "late_interest"


def start(key: str, *, user: User, at: datetime) -> Job:
    """Queue a run of today, or the interest up to today; needs the right to run jobs everywhere."""
    require(user, Action.RUN_JOBS, None)
    if is_unfinished(key):
        raise RefusedError(_("Đang có một tác vụ như vậy chạy"), action=_("chờ tác vụ đó xong"))
    day = format_vi.day(timezone.localdate(at))
    title = _("Xử lý nợ quá hạn ngày %(day)s") if key == RUN else _("Lãi chậm trả đến %(day)s")
    return start_job(key, {}, title=title % {"day": day}, user=user, unit=None, at=at)


def unfinished() -> bool:
    """Tell whether a run or the interest is being worked on."""
    return is_unfinished(RUN) or is_unfinished(INTEREST)


def run(job: Job) -> Generator[Progress, None, None]:
    """Take today's steps in every unit that is left."""
    yield Progress(0, 0, _("Đang xét nợ quá hạn"))
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    report = run_day(now, user=job.user)
    yield Progress(
        report.units, report.units, steps_in_words(report.steps) or _("không có bước nào")
    )


def run_interest(job: Job) -> Generator[Progress, None, None]:
    """Charge the interest of late bills up to today."""
    yield Progress(0, 0, _("Đang tính lãi chậm trả"))
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    made = charge_interest(timezone.localdate(now), at=now, user=job.user)
    said = _("%(count)s khoản lãi, %(amount)s đ") % {
        "count": format_vi.number(made.charges),
        "amount": format_vi.number(made.amount_vnd),
    }
    yield Progress(made.bills, made.bills, said)


def steps_in_words(steps: dict[str, int]) -> str:
    """Return steps and how many of each."""
    return ", ".join(
        f"{_(str(StepKind(kind).label))}: {format_vi.number(count)}"
        for kind, count in steps.items()
    )


KINDS = (
    JobKind(RUN, run, resumable=True, discard=nothing_to_discard, alone=True),
    JobKind(INTEREST, run_interest, resumable=True, discard=nothing_to_discard, alone=True),
)
