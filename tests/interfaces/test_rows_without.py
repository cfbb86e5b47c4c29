"""Rows that a meter does not have: asked for as often as the plan says, then never again."""

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings

import world_campaigns as world
from congto.headend.profiles.half_hours import HalfHours
from congto.headend.profiles.readout import Span
from congto.headend.simulator.faults import Trouble
from congto.interfaces.meters.reading import without_row
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.models import Campaign, LackedDay, Plan, Task
from congto.office.campaigns.operations import ask_now
from congto.office.campaigns.queries import progress, service_level
from congto.office.control.queries import Scope
from congto.office.overview.campaigns import progress_of
from congto.vocabulary.intervals import Channel
from world_campaigns import NOW

ENTERING = "congto.interfaces.meters.entering"
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def window(place: int):
    """Read a window: 10:00, 10:15 ..."""
    at = NOW + timedelta(minutes=15 * place)
    plan = world.plan(f"window-{place}", begin=600 + 15 * place, minutes=14)
    world.work(world.running_clock(at))
    Plan.objects.update(enabled=False)
    return Campaign.objects.filter(plan=plan).first()


def asked(campaign) -> int:
    """Return how many half-hours a window asked for."""
    spans = [
        span
        for args in Task.objects.filter(campaign=campaign).values_list("args", flat=True)
        for span in args["ranges"]
    ]
    ends = pl.DataFrame(spans, schema=["begin", "end"], orient="row").select(
        pl.all().str.to_datetime(time_zone="UTC")
    )
    return int(ends.select((pl.col("end") - pl.col("begin")).sum() / HALF_HOUR).item() or 0)


def test_a_row_that_two_answers_lacked_is_asked_for_no_more(books: str) -> None:
    with world.simulated(1, {Trouble.MISSING_ROWS: 1.0}) as meters:
        (device,) = world.build(1, meters.port)
        meters.clock = world.running_clock()
        first, second, third = (window(place) for place in (0, 1, 2))
        lacked = progress_of(first).without_row
        assert progress_of(second).without_row == lacked > 0
        # At 10:30 one half-hour more has ended, and nothing else is asked for.
        assert asked(second) >= lacked
        assert third.total == 1
        assert asked(third) == 1
        held = [n for row in LackedDay.objects.values_list("answers", flat=True) for n in row]
        assert sorted(set(held)) == [0, 2]
        assert sum(held) == 2 * lacked
        days = LackedDay.objects.values_list("local_day", flat=True)
        told = [one for day in days for one in service_level(day, Scope.everything(), at=NOW)]
        assert sum(one.without_row for one in told) == lacked
        # Whoever asks is answered, and that counts nothing.
        number = ask_now(device, [TaskKind.HALF_HOURS], user=None, at=NOW + HALF_HOUR)
        world.work(world.running_clock(NOW + HALF_HOUR))
        assert "lacking" in progress(number, Scope.everything()).values["half_hours"]
    assert sum(n for row in LackedDay.objects.all() for n in row.answers) == 2 * lacked


@pytest.mark.parametrize(
    "place", [("finish", "before"), ("finish", "after")], ids=["not entered", "entered"]
)
def test_a_killed_worker_counts_an_answer_once(books: str, killed, place) -> None:
    with world.simulated(1, {Trouble.MISSING_ROWS: 1.0}) as meters:
        world.build(1, meters.port)
        plan = world.plan(minutes=5)
        killed(f"{ENTERING}:{place[0]}", place[1])
        Plan.objects.update(enabled=False)
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
        campaign = Campaign.objects.get(plan=plan)
    (task,) = Task.objects.filter(campaign=campaign)
    told = json.loads(json.dumps(task.result["without_row"]))
    held = {
        str(row.local_day): sum(1 << slot for slot, n in enumerate(row.answers) if n == 1)
        for row in LackedDay.objects.all()
    }
    assert held == told != {}


def test_what_an_answer_lacks() -> None:
    at = NOW.replace(hour=10, minute=0, second=0)  # 17:00 in Viet Nam
    begin = at - 6 * HALF_HOUR  # 14:00, place 28
    quarter = timedelta(minutes=15)
    # Both quarters of 14:00, one of 14:30, an empty value in 15:00; 15:30 on is too young.
    begins = [begin + quarter * place for place in (0, 1, 2, 4, 5)]
    came = HalfHours((Channel.ACTIVE_IMPORT,), begins, [0] * 5, ([1, 1, 1, 1, None],))
    found = without_row([Span(begin, at)], [came], 900, at)
    assert found == {"2026-11-05": 1 << 29}
    assert without_row([Span(begin, at + HALF_HOUR)], [came], 900, at + HALF_HOUR) == {
        "2026-11-05": 1 << 29 | 1 << 30
    }
