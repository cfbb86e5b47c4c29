"""Meter events in the books: one row a report, ends in any order, days marked only for cause."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

import world_vee as world
from congto.office.meterdata import vee_late
from congto.office.meterdata.events import load_events, preview_events
from congto.office.meterdata.models import DayFinding, DirtyDay, MeterEvent
from congto.office.meters.models import MeterInstallation
from congto.office.storage import intervals
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.frames.events import DELIVERED_EVENTS
from congto.vocabulary.intervals import Method
from congto.vocabulary.periods import LOCAL_ZONE
from congto.vocabulary.quality import Quality
from world_meters import Point, hang
from world_vee import DAY, curve, key

if TYPE_CHECKING:
    from pathlib import Path

    from congto.office.meterdata.events import LoadedEvents

LATER = datetime(2026, 10, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    world.in_parts(monkeypatch, part_points=1_000)  # one part: fewer files


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL_ZONE)


def event(kind: str, began: datetime, ended: datetime | None = None, **more: object) -> dict:
    named = {"usage_point": "R1", "meter": None, "code": "", "seconds": None, "detail": ""}
    return {**named, "kind": kind, "began_at": began, "ended_at": ended, **more}


def load(*events: dict, source: str = "hes-1") -> LoadedEvents:
    return load_events(framed(*events), "e.csv", source, at=LATER)


def framed(*events: dict) -> pl.DataFrame:
    rows = [{"line": line, **one} for line, one in enumerate(events, start=2)]
    return pl.DataFrame(rows, schema=DELIVERED_EVENTS.columns)


def stored(kind: str = "power_down") -> list[tuple[datetime, datetime | None]]:
    rows = MeterEvent.objects.filter(kind=kind).order_by("began_at")
    local = [(one.began_at, one.ended_at) for one in rows]
    return [(a.astimezone(LOCAL_ZONE), b and b.astimezone(LOCAL_ZONE)) for a, b in local]


# By hand: the outage of 1:00 ended by 2:00; 3:00 is reported again at 3:10 before any end, so its
# end is not known; 3:10 ended by 4:00; 5:00 has no end yet; the end of 0:30 has no begin.
REPORTS = [
    event("power_up", at(0, 30)),
    event("power_down", at(1)),
    event("power_up", at(2)),
    event("power_down", at(3)),
    event("power_down", at(3, 10)),
    event("power_up", at(4)),
    event("power_down", at(5)),
    event("relay_open", at(1, 30)),
    event("relay_open", at(3)),
    event("relay_closed", at(4)),
]
OUTAGES = [(at(1), at(2)), (at(3), None), (at(3, 10), at(4)), (at(5), None)]
OPEN = [(at(1, 30), at(4)), (at(3), at(4))]  # said twice, and open all the time


def test_reports_in_any_order_and_twice_give_the_same_rows():
    for seed in range(6):
        MeterEvent.objects.all().delete()
        rng = random.Random(seed)  # noqa: S311  (an order, no secret)
        reports = REPORTS + rng.sample(REPORTS, 3)
        rng.shuffle(reports)
        cut = rng.randrange(1, len(reports))
        parts = [load(*reports[:cut]), load(*reports[cut:], source="hes-2")]
        assert (stored(), stored("relay_open")) == (OUTAGES, OPEN), f"seed {seed}"
        assert MeterEvent.objects.count() == len(REPORTS)
        assert sum(part.new for part in parts) == len(REPORTS)
    again = load(*REPORTS)
    assert (again.read, again.new, again.ended, again.marked) == (len(REPORTS), 0, 0, 0)


def test_an_end_beside_its_begin_is_two_reports_and_a_month_is_the_longest_outage():
    seen = preview_events(
        framed(event("power_down", at(1), at(2)), event("tamper", at(1))), "e.csv", at=LATER
    )
    assert (seen.read, seen.new, MeterEvent.objects.count()) == (3, 3, 0)
    both = load(event("power_down", at(1), at(2)), event("cover_open", at(1), at(1)))
    assert (both.read, both.new) == (4, 4)
    assert load(event("power_up", at(2)), event("cover_closed", at(1))).new == 0
    assert stored() == [(at(1), at(2))]
    assert stored("cover_open") == [(at(1), at(1))]  # reported at one instant
    MeterEvent.objects.all().delete()
    load(event("power_down", at(1)), event("relay_open", at(1)))
    long = at(1) - timedelta(days=31, seconds=1)
    load(event("power_up", long + timedelta(days=31)), event("power_down", long))
    load(event("relay_open", long - timedelta(days=40)), event("relay_closed", long))
    assert stored()[0] == (long, long + timedelta(days=31))  # a month to the second
    MeterEvent.objects.filter(kind="power_up").delete()
    load(event("power_up", long + timedelta(days=31, seconds=1)))
    assert stored()[0] == (long, None)
    assert stored("relay_open")[0] == (long - timedelta(days=40), long)


def validated() -> list[dict]:
    return list(intervals.read_versions(key("R1"), DAY).iter_rows(named=True))


def test_a_late_outage_has_its_gap_estimated_again_and_nothing_else_is_marked():
    world.deliver_all(but=("R1",))
    values = curve(100)
    values[10:12] = [None, None]
    world.deliver("R1", values)
    world.run()
    assert [row["values"] for row in validated()][-1][9:13] == [99, 100, 101, 102]  # a line
    # Nothing that changes no half-hour marks a day: covers, an outage of another day, no end known.
    other_day = at(1) - timedelta(days=3)
    quiet = load(
        event("cover_open", at(5)),
        event("power_down", other_day, other_day + timedelta(hours=1)),
        event("power_down", at(4, 50)),
    )
    assert (quiet.new, quiet.marked) == (4, 0)
    # Its end comes: half-hours 10 and 11 (05:00 to 06:00) lie inside the outage.
    late = load(event("power_up", at(6, 5)))
    assert (late.new, late.ended, late.marked) == (1, 1, 1)
    assert list(DirtyDay.objects.values_list("usage_point_id", "local_day")) == [(key("R1"), DAY)]
    assert vee_late.run_late(load_interval_rules(), at=LATER).changed == 1
    after = validated()[-1]
    assert after["values"][9:13] == [99, 0, 0, 102]  # E-02: no power, no energy
    assert after["methods"][10:12] == [Method.ZERO] * 2
    assert load(event("power_down", at(4, 50), at(6, 5))).marked == 0
    # A relay and a clock mark the days they concern; 1,200 s are more than half an interval (V-05).
    assert load(event("clock_set", at(3), seconds=-1200)).marked == 1
    assert load(event("clock_set", at(4))).marked == 0  # does not say how far
    assert load(event("clock_off", at(3), seconds=300, usage_point="R2")).marked == 1
    vee_late.run_late(load_interval_rules(), at=LATER)
    found = DayFinding.objects.filter(rule="V-05", state="open").order_by("usage_point_id")
    assert [(one.action, one.first, one.last, one.observed, one.expected) for one in found] == [
        ("temporary", 0, 47, -1200, 900),
        ("warn", 0, 47, 300, 180),
    ]
    assert validated()[-1]["quality"] == Quality.TEMPORARY
    # Open since three days ago: of the days since, only this one is validated.
    assert load(event("relay_open", at(3) - timedelta(days=3))).marked == 1
    assert load(event("relay_closed", at(3) - timedelta(days=4))).marked == 0


def test_events_find_their_point_by_the_meter_that_hung_there():
    held = MeterInstallation.objects.get(meter__serial="MR1")
    held.valid_to = DAY
    held.save()
    hang(Point("R1", "M77", None, valid_from=DAY))
    done = load(
        event("tamper", at(1), usage_point=None, meter="MR1"),
        event("tamper", at(2), meter="M77"),
        event("tamper", at(3), usage_point=None, meter="MR1", began_at=at(3) + timedelta(days=1)),
        event("tamper", at(4), meter="MR2"),
        event("tamper", at(5), usage_point="P0"),
        event("tamper", at(5), usage_point=None, meter="M0"),
        event("tamper", LATER + timedelta(days=1, seconds=1)),
    )
    assert done.new == 2
    assert set(MeterEvent.objects.values_list("usage_point_id", flat=True)) == {key("R1")}
    assert [(row["line"], row["found"]) for row in done.errors.iter_rows(named=True)] == [
        (4, "meter MR1 hangs nowhere on 2026-10-08"),
        (5, "meter MR2 does not hang at R1 on 2026-10-07"),
        (6, "usage point P0 is not known"),
        (7, "meter M0 hangs nowhere on 2026-10-07"),
        (8, "the event is of 2026-10-10"),
    ]
