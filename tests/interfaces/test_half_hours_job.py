"""Half-hours as jobs: days validated, late data, the store kept in shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

import world_vee as world
from congto.interfaces.jobs import half_hours, worker
from congto.office.control.choices import JobState
from congto.office.storage import intervals
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.errors import InvalidInputError
from world_vee import DAY, NEXT, curve, key

if TYPE_CHECKING:
    from pathlib import Path

AT = world.MORNING


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    world.in_parts(monkeypatch)


def work(job: object) -> object:
    worker.run_worker(wait=False, concurrency=1)
    job.refresh_from_db()
    return job


def test_a_job_validates_days_and_then_what_came_late():
    world.deliver_all(but=("R5",))
    world.deliver_all(NEXT)
    job = work(half_hours.start_validation(DAY, NEXT, user=None, at=AT))
    assert (job.state, job.done) == (JobState.DONE, 2)
    assert intervals.read_day(DAY)["validated"].to_list() == [True] * 5
    world.deliver("R5", curve(500))
    again = work(half_hours.start_validation(DAY, NEXT, user=None, at=AT))
    assert again.message == "0 phát hiện, 1 ngày thay đổi, 0 hóa đơn cần xét lại"
    assert intervals.read_versions(key("R5"), DAY)["values"].to_list()[-1] == curve(500)


def test_upkeep_forgets_what_is_older_than_it_is_kept_and_nothing_else():
    world.deliver_all()
    world.run()
    today = timezone.localdate()
    age = (today - DAY).days
    kept = work(half_hours.start_upkeep({"raw": age}, user=None, at=AT))
    assert kept.state == JobState.DONE
    assert RAW.days() == [DAY.isoformat()]
    work(half_hours.start_upkeep({"raw": age - 1}, user=None, at=AT))
    assert RAW.days() == []
    assert intervals.read_day(DAY)["validated"].to_list() == [True] * 5


def test_wrong_wishes_are_refused_with_a_sentence():
    with pytest.raises(InvalidInputError, match="ngày cuối không trước ngày đầu"):
        half_hours.start_validation(NEXT, DAY, user=None, at=AT)
    with pytest.raises(InvalidInputError, match="tables"):
        half_hours.start_upkeep({"tables": 3}, user=None, at=AT)
