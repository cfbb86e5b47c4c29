"""Workers read what plans ask for, and it is in the store: once, whatever fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings

import world_campaigns as world
from congto.headend.simulator.faults import Trouble
from congto.interfaces.meters.frames import Place, frames_at
from congto.office.campaigns.choices import SessionOutcome, TaskKind
from congto.office.campaigns.models import Campaign, Session, Task, Visit
from congto.office.campaigns.operations import ask_now, keep_through
from congto.office.campaigns.queries import progress, service_level
from congto.office.control.models import FindingRecord
from congto.office.control.queries import Scope
from congto.office.devices.models import AccessLimit, Device
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import MeterEvent
from congto.office.meterdata.operations import validate_days
from congto.office.meters.models import MeterInstallation, UsagePoint
from congto.office.storage import intervals
from congto.office.storage.interval_tables import VALIDATED
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import Channel
from world_campaigns import NOW, TODAY

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def complete_before(day: date) -> None:
    """Let all days before one be complete, as if they had been read."""
    points = dict(MeterInstallation.objects.values_list("meter", "usage_point"))
    rows = [(pk, points[meter], day) for pk, meter in Device.objects.values_list("pk", "meter")]
    schema = ["device", "usage_point", "complete_before"]
    keep_through(pl.DataFrame(rows, schema=schema, orient="row"))


def test_a_window_reads_the_half_hours_that_the_store_lacks(books: str) -> None:
    with world.simulated(3) as meters:
        world.build(3, meters.port)
        world.plan()
        figures = world.work()
        for channel in (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT, Channel.REACTIVE_IMPORT):
            found = world.stored(YESTERDAY, channel)
            assert found == {
                f"P{n}": world.measured(meters, n, YESTERDAY)[channel] for n in (1, 2, 3)
            }
        # Up to 10:00: twenty half-hours of today.
        today = world.stored(TODAY)["P1"]
        measured = world.measured(meters, 1, TODAY)[Channel.ACTIVE_IMPORT]
        assert today == measured[:20] + [None] * 28
    assert (figures.visits, figures.good) == (3, 3)
    assert Task.objects.filter(state="done").count() == Task.objects.count() == 3
    assert not Visit.objects.exists()
    session = Session.objects.get(device__meter__serial="M1")
    assert (session.outcome, session.half_hours) == ("good", 59 * 48 + 20)
    assert session.delivery.state == "loaded"
    assert Campaign.objects.get().total == 3
    assert UsagePoint.objects.count() == 6
    assert Delivery.objects.filter(source="headend").count() == 1
    assert session.ended_at > NOW


def test_the_next_window_asks_only_for_what_is_new(books: str) -> None:
    with world.simulated(3) as meters:
        world.build(3, meters.port)
        world.plan(begin=600, minutes=10)
        complete_before(YESTERDAY)
        world.work()
        later = NOW + timedelta(minutes=35)  # 10:35: one more half-hour has ended
        world.plan("next", begin=630, minutes=10)
        world.work(world.running_clock(later))
    asked = Task.objects.filter(campaign__plan__code="next").values_list("args", flat=True)
    assert list(asked) == [{"ranges": [["2026-11-05T03:00:00Z", "2026-11-05T03:30:00Z"]]}] * 3


def test_a_units_service_level_counts_what_was_there_at_seven_and_after_five_days(
    books: str,
) -> None:
    with world.simulated(3) as meters:
        devices = world.build(3, meters.port)
        Device.objects.filter(pk=devices[2]).update(state="suspended")
        world.plan(begin=365, minutes=100)  # 06:05
        complete_before(YESTERDAY)
        Device.objects.filter(pk=devices[1]).update(state="suspended")
        world.work(world.running_clock(NOW - timedelta(hours=3, minutes=30)))  # 06:30
        Device.objects.update(state="active")
        world.plan("later")
        world.work()  # 10:00: the other two
    everything = Scope.everything()
    (told,) = service_level(YESTERDAY, everything, at=NOW)
    assert (told.devices, told.expected) == (3, 3 * 48)
    assert (told.at_seven, told.after_five_days) == (48, None)
    (told,) = service_level(YESTERDAY, everything, at=NOW + timedelta(days=6))
    assert (told.at_seven, told.after_five_days) == (48, 144)
    assert service_level(YESTERDAY, Scope.nothing(), at=NOW) == []


def test_values_behind_transformers_are_stored_on_the_primary_side(books: str) -> None:
    with world.simulated(3) as meters:
        world.build(3, meters.port)
        MeterInstallation.objects.filter(meter__serial="M2").update(multiplier=40)
        world.plan()
        complete_before(YESTERDAY)
        world.work()
        own = [40 * value for value in world.measured(meters, 2, YESTERDAY)[Channel.ACTIVE_IMPORT]]
        assert world.stored(YESTERDAY)["P2"] == own


def test_a_person_sees_registers_clock_and_frames_of_a_reading_asked_for(books: str) -> None:
    with world.simulated(3) as meters:
        first, *_ = world.build(3, meters.port)
        number = ask_now(first, [TaskKind.REGISTERS], user=None, at=NOW)
        world.work()
        meter = meters.fleet.meter(1)
        told = progress(number, Scope.everything())
    assert told.stage == "done"
    values = told.values["registers"]
    assert abs(values["drift_s"]) <= 10
    shown = {(one["channel"], one["register"]): one["value"] for one in values["registers"]}
    rates = shown["A+", "normal"] + shown["A+", "peak"] + shown["A+", "off_peak"]
    assert shown["A+", "total"] == rates > 0
    session = Session.objects.get()
    frames = frames_at(Place(session.frames_file, session.frames_offset, session.frames_bytes))
    assert frames[0].sent
    assert not frames[1].sent
    assert len(frames) == session_messages(frames) > 6
    assert Device.objects.get(pk=first).last_seen_at == session.ended_at
    assert meter is not None


def session_messages(frames) -> int:
    """Count wrapper messages: version 1 at the begin of each."""
    return sum(frame.octets[:2] == b"\x00\x01" for frame in frames)


def test_events_come_by_the_door_of_events(books: str) -> None:
    with world.simulated(3, faults={Trouble.TAMPER: 1.0}) as meters:
        world.build(3, meters.port)
        world.plan(kinds=[TaskKind.EVENTS])
        world.work()
        world.plan("again", kinds=[TaskKind.EVENTS], begin=599)
        world.work(world.running_clock(NOW + timedelta(minutes=5)))
    assert Delivery.objects.filter(format="events", state="loaded").count() == 2
    kinds = set(MeterEvent.objects.filter(usage_point__code="P1").values_list("kind", flat=True))
    assert kinds
    per_key = MeterEvent.objects.values_list("usage_point", "kind", "code", "began_at")
    assert len(set(per_key)) == MeterEvent.objects.count()


def test_a_clock_that_is_off_is_put_right_in_a_visit_of_its_own(books: str) -> None:
    with world.simulated(3, faults={Trouble.CLOCK_DRIFT: 1.0}) as meters:
        world.build(3, meters.port)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
    clocks = Task.objects.filter(kind=TaskKind.CLOCK)
    assert clocks.count() == 3
    for one in clocks:
        done = one.state == "done" and abs(one.result["after_s"]) <= 10
        assert done or one.fault in {"postponed", "beyond"}
        assert abs(one.result["before_s"]) > 30
    assert not Session.objects.filter(outcome=SessionOutcome.FAILED, fault="postponed").exists()


@pytest.mark.slow
def test_sixty_meters_with_faults_two_workers_and_three_windows(books: str) -> None:
    """All that can be read is in the store and validated; permits and single sessions hold."""
    faults = {
        Trouble.SILENT: 0.1,
        Trouble.HALF_FRAME: 0.1,
        Trouble.WRONG_KEY: 0.05,
        Trouble.COUNTER_AHEAD: 0.05,
        Trouble.DOUBLE_ROWS: 0.1,
    }
    count, cell_max = 60, 8
    with world.simulated(count, faults) as meters:
        devices = world.build(count, meters.port)
        complete_before(YESTERDAY)
        Device.objects.filter(pk__in=devices[:30]).update(cell="C1")
        for kind, code, most in (("all", "", 40), ("cell", "C1", cell_max)):
            AccessLimit.objects.create(
                kind=kind,
                code=code,
                sessions_max=most,
                starts_per_minute=60_000,
                burst=1_000,
                refilled_at=NOW - timedelta(hours=1),
            )
        together = world.watch(meters, within=range(1, 31))
        for window in range(3):
            world.plan(f"window-{window}", begin=600 + 15 * window, minutes=14)
            for round_minutes in (0, 2, 4, 6):
                at = NOW + timedelta(minutes=15 * window + round_minutes)
                work_two(at)
        wrong = [n for n in range(1, count + 1) if meters.fleet.troubles.has(Trouble.WRONG_KEY, n)]
        expected = {
            f"P{n}": world.measured(meters, n, YESTERDAY)[Channel.ACTIVE_IMPORT]
            for n in range(1, count + 1)
            if n not in wrong
        }
    tried = Session.objects.exclude(outcome="good").values_list("device__meter__serial", "fault")
    assert world.stored(YESTERDAY) == expected, sorted(tried)
    assert 0 < len(wrong) < 10
    found = FindingRecord.objects.filter(rule="HES-001").values_list("subject", flat=True)
    assert sorted(found) == sorted(f"M{n}" for n in wrong)
    assert at_once(Session.objects.filter(device__cell="C1")) <= cell_max
    # A silent meter hears a moment later that we have hung up.
    assert 0 < together() <= cell_max + 1
    for device in devices:
        assert at_once(Session.objects.filter(device=device)) == 1, "a meter has one association"
    assert not Visit.objects.exists()
    validate_days([YESTERDAY], load_interval_rules(), at=NOW + timedelta(hours=1))
    rows = intervals.validated_rows(VALIDATED.snapshot(YESTERDAY), YESTERDAY, Channel.ACTIVE_IMPORT)
    assert rows.height >= count - len(wrong)


def at_once(sessions) -> int:
    """Return the most sessions that went on at one moment."""
    moments = [
        moment
        for began, ended in sessions.values_list("began_at", "ended_at")
        for moment in ((began, 1), (ended, -1))
    ]
    return max(accumulate(step for _, step in sorted(moments)))


def work_two(at) -> None:
    """Run two workers at once, each in a thread of its own."""
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(
                world.work, world.running_clock(at), concurrency=20, deadlines=world.IMPATIENT
            )
            for _ in range(2)
        ]
    for run in runs:
        run.result()  # raises what ended it
