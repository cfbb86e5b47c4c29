"""Registers of direct sessions come as deliveries and are billed like those of files."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

import world_campaigns as world
from congto.headend.simulator.calendars import age_of
from congto.interfaces.meters.frames import Place, frames_at
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.models import Session, Task
from congto.office.campaigns.queries import sessions_of_reading
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.meterdata.operations import determine_usage
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel
from congto.vocabulary.periods import Period
from world_campaigns import NOW, TODAY

OCTOBER = Period.month(2026, 10)
REMOTE = 1


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def shown(meters: world.Meters, number: int, day: date) -> dict[int, int]:
    """Return what the dials of a simulated meter showed at 00:00, as it computes it itself."""
    midnight = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=7)
    read = meters.fleet.meter(number).energies(age_of(midnight))
    return {
        Register.TOTAL: read.total_wh,
        Register.NORMAL: read.rates[0],
        Register.PEAK: read.rates[1],
        Register.OFF_PEAK: read.rates[2],
        Register.REACTIVE: read.reactive_varh,
    }


def booked(serial: str) -> dict[date, dict[int, int]]:
    """Return a meter's registers of the books by day."""
    found: dict[date, dict[int, int]] = {}
    for row in RegisterReading.objects.filter(meter__serial=serial):
        assert (row.version, row.source) == (1, REMOTE)
        found.setdefault(row.read_on, {})[row.register] = row.index_wh
    return found


# Of 5 November, 10:00: eight days back, and the first of each month within 62 days.
DAYS = {TODAY - timedelta(days=back) for back in range(8)} | {OCTOBER.start, OCTOBER.end}


def test_registers_of_midnight_are_in_the_books_by_a_delivery(books: str) -> None:
    with world.simulated(2) as meters:
        world.build(2, meters.port)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
        for number in (1, 2):
            found = booked(f"M{number}")
            assert found == {day: shown(meters, number, day) for day in DAYS}
    delivery = Delivery.objects.get()
    assert (delivery.source, delivery.way, delivery.state) == ("headend", "meter", "loaded")
    # Nine days: the 1st of November stands in both profiles. Five registers, two meters.
    assert (delivery.days, delivery.new_days, delivery.refused_rows) == (90, 90, 0)
    assert {one.registers for one in Session.objects.all()} == {45}
    assert [one.result["kept"] for one in Task.objects.all()] == [60, 60]


def test_a_reading_leads_to_the_frames_that_it_came_in(books: str) -> None:
    with world.simulated(2) as meters:
        world.build(2, meters.port)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
    reading = RegisterReading.objects.get(meter__serial="M2", read_on=TODAY, register=0)
    (session,) = sessions_of_reading(reading.meter_id, reading.known_at)
    assert session.device.meter.serial == "M2"
    place = Place(session.frames_file, session.frames_offset, session.frames_bytes)
    assert frames_at(place)[0].sent


def test_read_again_nothing_is_doubled(books: str) -> None:
    with world.simulated(2) as meters:
        world.build(2, meters.port)
        world.plan(kinds=[TaskKind.REGISTERS], minutes=10)
        world.work()
        count = RegisterReading.objects.count()
        world.plan("again", kinds=[TaskKind.REGISTERS], begin=630, minutes=10)
        world.work(world.running_clock(NOW + timedelta(minutes=35)))
    assert RegisterReading.objects.count() == count == 90
    assert list(Delivery.objects.order_by("id").values_list("new_days", flat=True)) == [90, 0]


def test_a_month_is_billed_from_registers_of_sessions(books: str) -> None:
    with world.simulated(2) as meters:
        world.build(2, meters.port)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
        determine_usage(OCTOBER, at=NOW)
        days = [OCTOBER.start + timedelta(days=number) for number in range(31)]
        for number in (1, 2):
            measured = sum(
                sum(world.measured(meters, number, day)[Channel.ACTIVE_IMPORT]) for day in days
            )
            usage = Usage.objects.get(agreement__code=f"A{number}")
            # What 1,488 half-hours add up to, in whole kWh as dials without decimals show them.
            assert abs(usage.energy_wh - measured) < 1_000
            assert usage.energy_wh % 1_000 == 0
            assert usage.energy_wh > 0
