"""What a worker starts by itself: when, once, and never beside one of its kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from croniter import croniter
from procrastinate import testing
from procrastinate.contrib.django import DjangoApp

import world_vee as world
from congto.interfaces.jobs import completeness, derived, half_hours, kinds, locks, runner, schedule
from congto.interfaces.jobs.worker import keep_schedule
from congto.office.control.choices import JobState
from congto.office.control.models import Job
from congto.office.control.operations import start_job
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.vee_dirty import mark
from congto.office.storage.bulk import bulk, connection_kept
from congto.vocabulary.periods import LOCAL_ZONE
from world_vee import DAY, NEXT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 10, 9, 0, 10, tzinfo=UTC)
"""07:10 of Friday the 9th in Viet Nam."""


@pytest.fixture(scope="module")
def local_times() -> dict[str, datetime]:
    """Return the first moment of each entry after noon of Friday the 30th of October, local."""
    noon = datetime(2026, 10, 30, 5, tzinfo=UTC).timestamp()
    return {
        one.kind: datetime.fromtimestamp(
            croniter(one.cron, start_time=noon).get_next(float), LOCAL_ZONE
        )
        for one in schedule.MOMENTS
    }


def test_moments_are_local_times_of_viet_nam(local_times: dict[str, datetime]) -> None:
    told = {kind: f"{moment:%d/%m %H:%M}" for kind, moment in local_times.items()}
    assert told == {
        "completeness": "31/10 07:02",
        "validate_days": "31/10 07:10",
        "late_days": "30/10 12:40",
        "source_days": "31/10 07:30",
        "group_days": "31/10 09:00",
        "determinants": "01/11 10:00",
        "interval_upkeep": "01/11 02:00",  # a Sunday
        "partner_upkeep": "30/10 12:05",
    }


def test_a_worker_knows_every_moment_and_its_job_runs_alone() -> None:
    app = DjangoApp(connector=testing.InMemoryConnector())
    keep_schedule(app)
    entries = app.periodic_registry.periodic_tasks
    assert {key[1] for key in entries} == {one.kind for one in schedule.MOMENTS}
    for moment in schedule.MOMENTS:
        assert moment.kind == kinds.kind_of(moment.kind).key
        assert kinds.kind_of(moment.kind).alone


@pytest.fixture
def utility(
    books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.DATA = tmp_path
    world.build()
    world.in_parts(monkeypatch, part_points=1000)
    with connection_kept():
        yield


@pytest.mark.usefixtures("utility")
def test_without_half_hours_nothing_is_started() -> None:
    for moment in schedule.MOMENTS:
        assert schedule.start_due(moment.kind, at=AT) is None
    assert not Job.objects.exists()


@pytest.mark.usefixtures("utility")
def test_each_moment_starts_what_there_is_to_do_and_not_beside_another() -> None:
    world.deliver_all(DAY)
    world.deliver_all(NEXT)
    with bulk() as books:
        days = world.pl.DataFrame({"usage_point": [world.key("R1")], "local_day": [DAY]})
        mark(books, days, DirtyStage.DEPENDENTS, at=AT)
    for moment in schedule.MOMENTS:
        schedule.start_due(moment.kind, at=AT)
        schedule.start_due(moment.kind, at=AT)
    params = dict(Job.objects.values_list("kind", "params"))
    both = {"days": [DAY.isoformat(), NEXT.isoformat()]}
    # September has no half-hours: its determinants are not begun.
    assert params == {
        completeness.KEY: both,
        half_hours.VALIDATE: {"first": DAY.isoformat(), "last": NEXT.isoformat()},
        derived.LATE: {},
        derived.SOURCES: both,
        derived.SUMS: both,
        half_hours.UPKEEP: half_hours.KEPT_DAYS,
    }
    assert Job.objects.count() == len(params)
    for job in Job.objects.exclude(kind=half_hours.UPKEEP).order_by("id"):
        runner.run_job(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.message
    november = datetime(2026, 11, 1, 3, tzinfo=UTC)
    job = schedule.start_due(derived.DETERMINANTS, at=november)
    assert job is not None
    assert job.params == {"first": "2026-10-01", "end": "2026-11-01"}
    assert schedule.start_due(half_hours.VALIDATE, at=AT + timedelta(days=1)) is None


@pytest.mark.usefixtures("utility")
def test_two_jobs_of_a_kind_do_not_run_at_once() -> None:
    job = start_job(derived.LATE, {}, title="late", user=None, unit=None, at=AT)
    with locks.only_one(derived.LATE) as held:
        assert held
        runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        JobState.FAILED,
        "Một tác vụ cùng loại đang chạy; chờ tác vụ đó xong rồi bấm Chạy tiếp.",
    )


def test_yesterday_is_the_day_before_in_viet_nam() -> None:
    assert schedule._yesterday(datetime(2026, 10, 8, 23, tzinfo=UTC)) == date(2026, 10, 8)
    assert schedule._yesterday(datetime(2026, 10, 8, 16, tzinfo=UTC)) == date(2026, 10, 7)
