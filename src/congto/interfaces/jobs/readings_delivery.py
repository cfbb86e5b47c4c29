"""A delivery of half-hours previewed or loaded in the background.

Every piece of a load is complete in itself, so a job whose worker was killed runs again from the
beginning and adds what is not there yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.intake import running
from congto.interfaces.jobs.kinds import JobKind, Progress, nothing_to_discard
from congto.office.control.operations import start_job
from congto.office.intake.queries import delivery_with
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Job
    from congto.office.intake.models import Delivery

KEY = "readings_delivery"


def start(delivery: Delivery, *, load: bool, user: User | None, at: datetime) -> Job:
    """Queue the job; the caller has checked that the person may deliver readings."""
    words = _("Nạp số liệu %(name)s") if load else _("Xem trước số liệu %(name)s")
    params = {"delivery": delivery.pk, "load": load}
    title = words % {"name": delivery.name}
    key = f"delivery:{delivery.pk}:{load}"
    return start_job(KEY, params, title=title, user=user, unit=None, at=at, key=key)


def run(job: Job) -> Generator[Progress, None, None]:
    """Read piece by piece; params: delivery (number), load."""
    delivery = delivery_with(job.params["delivery"])
    if delivery is None:
        raise InvalidInputError(f"delivery {job.params['delivery']}", expected="one that is there")
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    step = running.load if job.params["load"] else running.preview
    done = 0
    for counts in step(delivery, at=now):
        done = counts.days
        read = _("Đã đọc %(days)s ngày") % {"days": format_vi.number(done)}
        yield Progress(done, 0, read)
    yield Progress(done, done, _("Xong"))


KIND = JobKind(KEY, run, resumable=True, discard=nothing_to_discard)
"""Nothing is removed when it is cancelled: the file stays, what was loaded is whole days."""
