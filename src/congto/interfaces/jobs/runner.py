"""Runs one job step by step, keeps its progress and obeys what people ask of it."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.interfaces.jobs import locks
from congto.interfaces.jobs.kinds import Progress, kind_of
from congto.office.control import jobs
from congto.office.control.choices import JobRequest, JobState
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import CongtoError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from congto.interfaces.jobs.kinds import JobKind
    from congto.office.control.models import Job

REPORT_EVERY_S = 0.5
"""A step may take a millisecond; its progress is written, and requests are read, this often."""

logger = logging.getLogger(__name__)


def never() -> bool:
    """Say that the worker is not stopping."""
    return False


def run_job(job_id: int, stopping: Callable[[], bool] = never) -> None:
    """Run a queued job to its end, to a pause or cancel request, or until the worker stops."""
    with locks.running(job_id) as held:
        job = jobs.begin(job_id, at=_now()) if held else None
        if job is None:
            return  # another worker has it, or it was cancelled or paused while it waited
        try:
            kind = kind_of(job.kind)
            with _alone(kind):
                _steps(kind, job, stopping)
        except CongtoError as error:
            _fail(job, sentence_of(error))
        except Exception as error:
            logger.exception("job %s (%s) failed", job_id, job.kind)
            _fail(job, _("Lỗi chương trình: %(error)s") % {"error": f"{error!r}"})


@contextmanager
def _alone(kind: JobKind) -> Iterator[None]:
    """Refuse to go on beside another job of a kind that runs alone."""
    if not kind.alone:
        yield
        return
    with locks.only_one(kind.key) as free:
        if not free:
            raise RefusedError(
                _("Một tác vụ cùng loại đang chạy"),
                action=_("chờ tác vụ đó xong rồi bấm Chạy tiếp"),
            )
        yield


def _steps(kind: JobKind, job: Job, stopping: Callable[[], bool]) -> None:
    progress = Progress(job.done, job.total)
    reported = 0.0
    steps = kind.run(job)
    for progress in steps:
        leave = stopping()
        if not leave and time.monotonic() - reported < REPORT_EVERY_S:
            continue
        reported = time.monotonic()
        request = _report(job, progress)
        if request or leave:
            steps.close()
            _leave(kind, job, request)
            return
    _report(job, progress)
    jobs.finish(job.pk, JobState.DONE, at=_now(), result_file=progress.result_file)


def _report(job: Job, progress: Progress) -> str:
    return jobs.report_progress(
        job.pk, progress.done, progress.total, progress.message, progress.checkpoint
    )


def _leave(kind: JobKind, job: Job, request: str) -> None:
    """Stop between two steps: on request, else because the worker stops."""
    if request == JobRequest.CANCEL:
        kind.discard(job.pk)
        jobs.finish(job.pk, JobState.CANCELLED, at=_now())
    elif request == JobRequest.PAUSE:
        jobs.finish(job.pk, JobState.PAUSED, at=_now())
    else:
        give_back(kind, job.pk)


def give_back(kind: JobKind, job_id: int) -> None:
    """Put a job that its worker left back into the queue, or mark it failed with a sentence."""
    if kind.resumable:
        jobs.requeue(job_id, _("Máy chạy tác vụ đã dừng; tác vụ sẽ chạy tiếp từ chỗ dở"))
    else:
        kind.discard(job_id)
        sentence = _("Máy chạy tác vụ đã dừng giữa chừng; bấm Chạy tiếp để chạy lại từ đầu.")
        jobs.finish(job_id, JobState.FAILED, at=_now(), message=sentence)


def _fail(job: Job, sentence: str) -> None:
    jobs.finish(job.pk, JobState.FAILED, at=_now(), message=sentence)


def _now() -> datetime:
    return timezone.now()  # noqa: TID251  (a door reads the clock)
