"""What the worker does for partners between payments, as a background job of one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.control.operations import start_job
from congto.office.payments import upkeep

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from congto.office.control.models import Job

KEY = "partner_upkeep"


def start_if_needed(*, at: datetime) -> Job | None:
    """Queue a step for the system; None where there is nothing to do."""
    if not upkeep.anything_to_do(at=at):
        return None
    return start_job(KEY, {}, title=_("Chăm sóc hạn mức thu"), user=None, unit=None, at=at)


def run(job: Job) -> Generator[Progress, None, None]:
    """Do one step; it may be done again."""
    del job
    done = upkeep.step(at=timezone.now())  # noqa: TID251  (a door reads the clock)
    yield Progress(1, 1, _("Chấm nợ %(settled)d, hạn mức %(granted)d") % done._asdict())


KIND = JobKind(KEY, run, resumable=True, discard=nothing_to_discard, alone=True)
