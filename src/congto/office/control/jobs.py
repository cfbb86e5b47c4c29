"""Background jobs as rows: started here, run by a worker, paused and cancelled by request.

The row and the queue's entry are written in one transaction, so a job is never queued without its
row nor the other way round. A worker asks for requests between two steps; nothing is interrupted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from congto.office.control.audit import as_json, operation
from congto.office.control.choices import JobRequest, JobState
from congto.office.control.models import Job
from congto.office.control.permissions import Action, require
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.models import Unit

TASK = "congto.run_job"
QUEUE = "congto"
MESSAGE_LENGTH_MAX = 400
ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def start_job(  # noqa: PLR0913  (who, what, why and when)
    kind: str,
    params: dict[str, Any],
    *,
    title: str,
    user: User | None,
    unit: Unit | None,
    at: datetime,
    key: str | None = None,
) -> Job:
    """Queue a job; it begins when the transaction around this call commits.

    The caller has checked that the person may start this kind. The same key again gives the job
    already started.
    """
    with operation(user, "job.start", "job", unit=unit, at=at, key=key) as work:
        if work.earlier:
            return Job.objects.get(pk=int(work.earlier.subject))
        job = Job.objects.create(
            kind=kind,
            title=title,
            params=as_json(params),
            user=user,
            unit=unit,
            created_at=at,
        )
        _enqueue(job.pk)
        work.subject = str(job.pk)
        work.after = {"kind": kind, "title": title, "params": params}
    return job


def _enqueue(job_id: int) -> None:
    app.configure_task(TASK, queue=QUEUE).defer(job_id=job_id)


def request_pause(job: Job, *, user: User, at: datetime) -> None:
    """Ask the job to stop at its next step and keep what it has done."""
    _request(job, JobRequest.PAUSE, (JobState.QUEUED, JobState.RUNNING), user, at)


def request_cancel(job: Job, *, user: User, at: datetime) -> None:
    """Ask the job to stop for good; a paused or queued job ends at once."""
    _request(job, JobRequest.CANCEL, (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED), user, at)


def resume(job: Job, *, user: User, at: datetime) -> None:
    """Let a paused or failed job go on from its last checkpoint."""
    _need_right(job, user)
    with operation(user, "job.resume", "job", str(job.pk), unit=job.unit, at=at):
        _change(
            job,
            (JobState.PAUSED, JobState.FAILED),
            state=JobState.QUEUED,
            request="",
            finished_at=None,
            message="",
        )
        _enqueue(job.pk)


def _request(
    job: Job, request: JobRequest, states: tuple[JobState, ...], user: User, at: datetime
) -> None:
    _need_right(job, user)
    ends = JobState.PAUSED if request == JobRequest.PAUSE else JobState.CANCELLED
    with operation(user, f"job.{request}", "job", str(job.pk), unit=job.unit, at=at):
        if _update(job, (JobState.RUNNING,), request=request):
            return
        finished = at if ends == JobState.CANCELLED else None
        _change(job, states, state=ends, request="", finished_at=finished)


def _need_right(job: Job, user: User) -> None:
    """One's own jobs, or the right to run jobs where the job belongs."""
    if job.user_id != user.pk:
        require(user, Action.RUN_JOBS, job.unit)


def _change(job: Job, states: tuple[JobState, ...], **values: object) -> None:
    if not _update(job, states, **values):
        raise RefusedError(
            _("Tác vụ số %(id)s đã ở trạng thái khác") % {"id": job.pk},
            action=_("tải lại trang"),
        )


def _update(job: Job, states: tuple[JobState, ...], **values: object) -> bool:
    return bool(Job.objects.filter(pk=job.pk, state__in=states).update(**values))


def begin(job_id: int, *, at: datetime) -> Job | None:
    """Take a queued job for running; None when it was cancelled or paused meanwhile."""
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, started_at=at, message=""
    )
    return Job.objects.select_related("user", "unit").get(pk=job_id) if taken else None


def report_progress(
    job_id: int, done: int, total: int, message: str, checkpoint: dict[str, Any] | None
) -> str:
    """Keep how far a running job is and return what was asked of it: "", "pause" or "cancel"."""
    values: dict[str, object] = {
        "done": done,
        "total": total,
        "message": message[:MESSAGE_LENGTH_MAX],
    }
    if checkpoint is not None:
        values["checkpoint"] = as_json(checkpoint)
    running = Job.objects.filter(pk=job_id, state=JobState.RUNNING)
    running.update(**values)
    request = running.values_list("request", flat=True).first()
    return JobRequest.CANCEL if request is None else request


def finish(
    job_id: int, state: JobState, *, at: datetime, message: str | None = None, result_file: str = ""
) -> None:
    """Write the end of a running job, or that it paused."""
    values: dict[str, object] = {"state": state, "request": ""}
    if state in ENDED:
        values["finished_at"] = at
    if message is not None:
        values["message"] = message[:MESSAGE_LENGTH_MAX]
    if result_file:
        values["result_file"] = result_file
    Job.objects.filter(pk=job_id, state=JobState.RUNNING).update(**values)


def requeue(job_id: int, message: str) -> None:
    """Queue a job again that its worker left in the middle; it goes on from its checkpoint."""
    with transaction.atomic():
        left = Job.objects.filter(pk=job_id, state=JobState.RUNNING)
        if left.update(state=JobState.QUEUED, message=message[:MESSAGE_LENGTH_MAX]):
            _enqueue(job_id)


def left_running() -> list[tuple[int, str]]:
    """Return number and kind of the jobs that stand as running, for a worker to look at."""
    return list(Job.objects.filter(state=JobState.RUNNING).values_list("id", "kind"))


def fail_unknown(job_id: int, sentence: str) -> None:
    """Mark a running job failed whose kind no worker knows any more."""
    Job.objects.filter(pk=job_id, state=JobState.RUNNING).update(
        state=JobState.FAILED, message=sentence[:MESSAGE_LENGTH_MAX]
    )


def queue_again_what_was_lost() -> None:
    """Queue jobs again whose entry was taken by a worker that died before it began them."""
    waiting = ProcrastinateJob.objects.filter(task_name=TASK, status="todo")
    queued = set(waiting.values_list("args__job_id", flat=True))
    for job_id in Job.objects.filter(state=JobState.QUEUED).values_list("id", flat=True):
        if job_id not in queued:
            _enqueue(job_id)
