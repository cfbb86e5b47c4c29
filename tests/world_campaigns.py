"""Devices of a small utility served by simulated meters, plans that read them, workers in place."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import polars as pl

import world_devices
import world_meters
from congto.headend.simulator.calendars import age_of
from congto.headend.simulator.fleet import Fleet, Plan
from congto.headend.simulator.server import Server
from congto.headend.transports.session import Deadlines
from congto.interfaces.meters.worker import Way, Worker
from congto.office.campaigns import models
from congto.office.campaigns.choices import Priority, TaskKind
from congto.office.meters.models import Meter, UsagePoint
from congto.office.organisation.models import Unit
from congto.office.storage import intervals
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.intervals import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.interfaces.meters.worker import Figures

NOW = datetime(2026, 11, 5, 3, 0, 17, tzinfo=UTC)  # a Thursday, 10:00:17 in Viet Nam
TODAY = date(2026, 11, 5)
SEED = world_devices.SEED
QUICK = Deadlines(connect=5.0, answer=2.0, release=1.0)
IMPATIENT = Deadlines(connect=5.0, answer=0.7, release=0.5)
"""For many silent meters, where whoever was hung up on too early is called again."""


def running_clock(start: datetime = NOW):
    """Return a clock that began to run at an instant."""
    begun = monotonic()
    return lambda: start + timedelta(seconds=monotonic() - begun)


def build(count: int, port: int, **others: object) -> list[int]:
    """Build the utility with so many customers' meters as devices; return the devices' numbers."""
    numbers = [str(number) for number in range(1, count + 1)]
    world_meters.build()
    more = [number for number in numbers if number not in world_meters.CUSTOMERS]
    if more:
        world_meters.add_customers(*more)
    Meter.objects.filter(serial__in=[f"M{n}" for n in numbers]).update(remote=True)
    return [world_devices.device(int(n), port=port, **others).pk for n in numbers]


def plan(code: str = "gap", *, kinds=(TaskKind.HALF_HOURS,), begin: int = 600, minutes: int = 60):
    """Make a plan of the whole utility whose window begins at 10:00."""
    return models.Plan.objects.create(
        code=code,
        name="Đọc bù",
        kinds=list(kinds),
        unit=Unit.objects.get(code="P"),
        begins=[begin],
        window_minutes=minutes,
        priority=Priority.GAP,
    )


class Meters:
    """A fleet served from a thread of its own.

    Attributes:
        port: where. server: its counts and open lines.
        clock: of the meters; stands still until a test puts a running one here.
    """

    def __init__(
        self, count: int, faults=None, start: datetime = NOW, *, line=None, **others: object
    ) -> None:
        self.clock = lambda: start
        plan = Plan(count, SEED, faults=faults or {}, **others)
        self.fleet = Fleet(plan, lambda: age_of(self.clock()))
        self.server = Server(self.fleet, line=line)
        self.port = 0

    @property
    def connections(self) -> dict[int, int]:
        """Return how often each meter was connected to."""
        met = (self.fleet.meter(number) for number in range(1, self.fleet.plan.count + 1))
        return {one.number: one.connections for one in met if one is not None}


@contextmanager
def simulated(
    count: int, faults=None, start: datetime = NOW, *, line=None, **others: object
) -> Iterator[Meters]:
    """Serve meters while the block runs; others are attributes of the simulator's Plan.

    Args:
        line: how they speak; None: DLMS over the wrapper.
    """
    meters = Meters(count, faults, start, line=line, **others)
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        meters.port = await meters.server.start("0.0.0.0", 0)  # noqa: S104  (all of 127/8)
        ready.set()
        await stop.wait()
        await meters.server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield meters
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def watch(meters: Meters, within: range):
    """Watch who holds an association whenever a line begins; the answer tells the most at once.

    A line that was released and is being closed counts no more.
    """
    most = 0

    class Watched(set):
        def add(self, line) -> None:
            nonlocal most
            super().add(line)
            others = self - {line}
            held = sum(each.base in within and _is_held(each) for each in others)
            most = max(most, held + (line.base in within))

    meters.server.lines = Watched(meters.server.lines)
    return lambda: most


def _is_held(line) -> bool:
    return any(station.is_held for station in line._stations.values())


def work(now=None, *, concurrency: int = 50, deadlines: Deadlines = QUICK) -> Figures:
    """Run a worker until nothing is due."""
    way = Way(concurrency, once=True, deadlines=deadlines, look_seconds=0.05)
    return asyncio.run(Worker(now or running_clock(), way).run())


def measured(meters: Meters, number: int, day: date) -> dict[Channel, list[int]]:
    """Return what a simulated meter measured in a day's 48 half-hours, as it computes it itself."""
    meter = meters.fleet.meter(number)
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=7)
    found = meter.half_hours(age_of(begin) // 1800, 48)
    return {
        Channel.ACTIVE_IMPORT: found.import_wh.tolist(),
        Channel.ACTIVE_EXPORT: found.export_wh.tolist(),
        Channel.REACTIVE_IMPORT: found.reactive_varh.tolist(),
    }


def stored(day: date, channel: Channel = Channel.ACTIVE_IMPORT) -> dict[str, list[int | None]]:
    """Return a day of the store by the code of the point."""
    codes = dict(UsagePoint.objects.values_list("pk", "code"))
    rows = intervals.read_day(day, channel)
    return {codes[row["usage_point"]]: row["values"] for row in rows.iter_rows(named=True)}


def versions(day: date) -> list[int]:
    """Return the versions of the raw rows of a day: above 1 where something was delivered again."""
    versions: list[int] = RAW.snapshot(day).rows(columns=["version"]).column("version").to_pylist()
    return versions


def whole_store() -> pl.DataFrame:
    """Return every half-hour there is, in order, without versions and times of entry."""
    parts = [
        intervals.read_day(date.fromisoformat(day), channel).select(
            "usage_point", "channel", "local_day", "values"
        )
        for day in RAW.days()
        for channel in Channel
    ]
    return pl.concat(parts).sort("usage_point", "channel", "local_day")
