"""The worker: takes jobs from the queue in PostgreSQL and runs them (`congto worker`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connections
from django.utils import translation
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django.django_connector import DjangoConnector

from congto.interfaces.jobs import (
    arrears,
    billing,
    completeness,
    derived,
    einvoice_files,
    exports,
    half_hours,
    invoice_pdfs,
    locks,
    partners,
    readings_delivery,
    readings_export,
    runner,
    schedule,
    trial,
)
from congto.interfaces.jobs.kinds import kind_of, register
from congto.office.control import jobs
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from procrastinate import JobContext
    from procrastinate.types import JSONDict

TICK = "congto.scheduled"

CONCURRENCY = 2
"""One long job must not keep a person's export waiting."""
GRACE_S = 1.0
"""After this a stopping worker tells its jobs to leave at their next step."""

register(exports.KIND)
register(billing.KIND)
register(invoice_pdfs.KIND)
register(einvoice_files.KIND)
register(trial.KIND)
register(readings_delivery.KIND)
register(readings_export.KIND)
register(completeness.KIND)
register(partners.KIND)
register(half_hours.VALIDATION_KIND)
register(half_hours.UPKEEP_KIND)
for _kind in (*derived.KINDS, *arrears.KINDS):
    register(_kind)


def run_worker(*, wait: bool = True, concurrency: int = CONCURRENCY) -> None:
    """Run jobs until SIGTERM or Ctrl-C, scheduled ones too; with `wait=False` what is queued.

    First it looks after jobs whose worker was killed: they go on or are marked failed.
    """
    look_after_orphans()
    # An app of its own: the global one keeps queueing on Django's connection, in its transaction.
    worker_app = DjangoApp(
        connector=DjangoConnector().get_worker_connector(),
        periodic_defaults={"max_delay": schedule.LATENESS_S},
    )
    worker_app.task(name=jobs.TASK, queue=jobs.QUEUE, pass_context=True)(_run)
    if wait:
        keep_schedule(worker_app)
    worker_app.run_worker(
        queues=[jobs.QUEUE],
        wait=wait,
        concurrency=concurrency,
        shutdown_graceful_timeout=GRACE_S if wait else None,
        delete_jobs="always",
        install_signal_handlers=wait,
    )


def keep_schedule(worker_app: DjangoApp) -> None:
    """Let the app start the scheduled jobs; the queue lets each moment through once."""
    task = worker_app.task(name=TICK, queue=jobs.QUEUE)(_tick)
    for moment in schedule.MOMENTS:
        told: JSONDict = {"kind": moment.kind}
        worker_app.periodic(cron=moment.cron, periodic_id=moment.kind, task_kwargs=told)(task)


def _tick(timestamp: int, kind: str) -> None:
    try:
        with translation.override("vi"):
            schedule.start_due(kind, at=datetime.fromtimestamp(timestamp, UTC))
    finally:
        connections.close_all()


def _run(context: JobContext, job_id: int) -> None:
    try:
        with translation.override("vi"):
            runner.run_job(job_id, context.should_abort)
    finally:
        connections.close_all()  # the thread's own; nobody else would ever close it


def look_after_orphans() -> None:
    """Give back jobs that stand as running or queued while nobody runs or queues them."""
    for job_id, key in jobs.left_running():
        with locks.running(job_id, wait_ms=0) as dead:
            if dead:
                _give_back(job_id, key)
    jobs.queue_again_what_was_lost()


def _give_back(job_id: int, key: str) -> None:
    try:
        kind = kind_of(key)
    except InvalidInputError as error:
        jobs.fail_unknown(job_id, sentence_of(error))
        return
    runner.give_back(kind, job_id)
