"""kill -9 anywhere: the next worker makes of it what an uninterrupted one would have made."""

import random
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings

import world_campaigns as world
from congto.interfaces.meters.entering import enter_left_behind
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.models import Session, Task, Visit
from congto.office.campaigns.operations import keep_through
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import RegisterReading
from congto.office.meters.models import UsagePoint
from congto.vocabulary.intervals import Channel
from world_campaigns import NOW, TODAY

COUNT = 4
YESTERDAY = TODAY - timedelta(days=1)
ENTERING = "congto.interfaces.meters.entering"
FINISHING = "congto.office.campaigns.finishing"
RUNNING = "congto.interfaces.intake.running"
NOTHING_ENTERED = {
    "leased, not called": ("congto.interfaces.meters.worker:lease", "after", 1),
    "in the third meter's session": (
        "congto.interfaces.meters.reading:read_half_hours",
        "before",
        3,
    ),
    "half-hours on the disk": (f"{ENTERING}:keep", "after", 1),
}
REGISTERS = {
    "registers in the third meter's session": (
        "congto.interfaces.meters.reading:read_kept",
        "before",
        3,
    ),
    "registers kept, half of the files": (f"{ENTERING}:keep", "after", 1),
    "registers stored, not settled": (f"{RUNNING}:load_delivered_registers", "after", 1),
    "half-hours settled, registers not begun": (f"{RUNNING}:load_delivered_registers", "before", 1),
}
ON_THE_DISK = {
    "batch on the disk": (f"{ENTERING}:finish", "before", 1),
    "in the transaction, all written": (f"{FINISHING}:_technician", "after", 1),
    "transaction over": (f"{ENTERING}:finish", "after", 1),
    "stored, not settled": (f"{RUNNING}:load_days", "after", 1),
}


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a data folder, and both processes one master key."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def build(port: int, kinds=(TaskKind.HALF_HOURS,)) -> None:
    devices = world.build(COUNT, port)
    world.plan(kinds=kinds)
    points = dict(UsagePoint.objects.values_list("code", "pk"))
    keep_through(
        pl.DataFrame(
            {
                "device": devices,
                "usage_point": [points[f"P{number}"] for number in range(1, COUNT + 1)],
                "complete_before": [YESTERDAY] * COUNT,
            }
        )
    )


def assert_all_read_once(meters: world.Meters, tasks: int = COUNT) -> None:
    numbers = range(1, COUNT + 1)
    for channel in (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT, Channel.REACTIVE_IMPORT):
        assert world.stored(YESTERDAY, channel) == {
            f"P{n}": world.measured(meters, n, YESTERDAY)[channel] for n in numbers
        }
    assert set(world.versions(YESTERDAY)) == {1}
    assert Task.objects.filter(state="done").count() == Task.objects.count() == tasks
    assert not Visit.objects.exists()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"loaded"}
    assert not list((settings.DATA / "spool").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTHING_ENTERED)
def test_what_was_not_on_the_disk_is_read_again(books: str, killed, name: str) -> None:
    with world.simulated(COUNT) as meters:
        build(meters.port)
        killed(*NOTHING_ENTERED[name])
        assert not Session.objects.exists()
        meters.clock = world.running_clock(NOW + timedelta(minutes=10))
        world.work(meters.clock)
        assert_all_read_once(meters)
        assert Session.objects.count() == COUNT
        assert max(meters.connections.values()) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_THE_DISK)
def test_what_was_on_the_disk_is_entered_and_no_meter_called_again(
    books: str, killed, name: str
) -> None:
    with world.simulated(COUNT) as meters:
        build(meters.port)
        killed(*ON_THE_DISK[name])
        meters.clock = world.running_clock(NOW + timedelta(minutes=10))
        world.work(meters.clock)
        assert_all_read_once(meters)
        assert Session.objects.count() == COUNT
        assert meters.connections == dict.fromkeys(range(1, COUNT + 1), 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", REGISTERS)
def test_registers_are_in_the_books_once(books: str, killed, name: str) -> None:
    with world.simulated(COUNT) as meters:
        build(meters.port, (TaskKind.HALF_HOURS, TaskKind.REGISTERS))
        killed(*REGISTERS[name])
        meters.clock = world.running_clock(NOW + timedelta(minutes=10))
        world.work(meters.clock)
        assert_all_read_once(meters, 2 * COUNT)
    # Nine days of five registers: see test_meter_registers.
    assert RegisterReading.objects.count() == COUNT * 45
    assert set(RegisterReading.objects.values_list("version", flat=True)) == {1}
    sessions = Session.objects.exclude(register_delivery=None)
    assert set(sessions.values_list("registers", flat=True)) == {45}
    assert {one.register_delivery.new_days for one in sessions} <= {COUNT * 45}
    assert sessions.values("device").distinct().count() == COUNT


@pytest.mark.slow
def test_killed_again_and_again_at_drawn_places(books: str, killed, run_worker) -> None:
    seed = random.randrange(10**6)  # noqa: S311  (drawn places, no secret)
    draw = random.Random(seed)  # noqa: S311  (drawn places, no secret)
    print(f"seed {seed}")  # noqa: T201  (a failure shows it)
    places = [*NOTHING_ENTERED.values(), *ON_THE_DISK.values()]
    with world.simulated(COUNT) as meters:
        build(meters.port)
        killed(*draw.choice([*NOTHING_ENTERED.values()]))
        later = NOW + timedelta(minutes=10)
        meters.clock = lambda: later
        run_worker(*draw.choice(places), start=later)
        meters.clock = world.running_clock(NOW + timedelta(minutes=20))
        world.work(meters.clock)
        assert_all_read_once(meters)


def test_a_batch_entered_twice_changes_nothing(books: str, killed) -> None:
    with world.simulated(COUNT) as meters:
        build(meters.port)
        killed(f"{ENTERING}:finish", "after", 1)
        at = NOW + timedelta(minutes=10)
        kept = {path: path.read_bytes() for path in (settings.DATA / "spool").rglob("*.json")}
        assert len(kept) == 1
        assert enter_left_behind(at) == 1
        before = list(Task.objects.order_by("id").values("id", "state", "session", "ended_at"))
        for path, content in kept.items():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        assert enter_left_behind(at) == 1
        assert (
            list(Task.objects.order_by("id").values("id", "state", "session", "ended_at")) == before
        )
        assert Session.objects.count() == COUNT
        assert Delivery.objects.count() == 1
