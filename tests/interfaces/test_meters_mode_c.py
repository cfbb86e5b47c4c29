"""Old meters of mode C in the queue: registers become deliveries, refusals are named, others go on.

Expected registers are what the simulated meter measured, from its formula, not from its lines.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

import world_campaigns as world
import world_meters
from congto.headend.dlms.local_readout import ETX, STX
from congto.headend.dlms.security.keys import KeySet
from congto.headend.simulator.calendars import age_of
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.mode_c import ModeCLine
from congto.interfaces.cli.main import main
from congto.interfaces.console.views.headend.sessions import telling
from congto.interfaces.meters.abilities import able
from congto.interfaces.meters.frames import Place, frames_at
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.models import Session, Task
from congto.office.campaigns.operations import ask_now
from congto.office.campaigns.queries import progress
from congto.office.control.models import FindingRecord
from congto.office.control.queries import Scope
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import Device
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import RegisterReading
from congto.vocabulary.groups import Register
from world_campaigns import NOW
from world_devices import simulated_meters

SERIALS = ("M1", "M2", "M3")
FIRSTS = (date(2026, 10, 1), date(2026, 11, 1))
"""Ends of billing periods of the last 62 days before 5 November."""


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def simulated(count: int = 3, faults=None, *, line=ModeCLine, serials=SERIALS):
    return world.simulated(count, faults, line=line, serials=serials)


def build(meters: world.Meters, count: int = 3) -> list[int]:
    """Put devices without any key into the books."""
    world_meters.build()
    numbers = [str(number) for number in range(1, count + 1)]
    more = [number for number in numbers if number not in world_meters.CUSTOMERS]
    if more:
        world_meters.add_customers(*more)
    world.Meter.objects.filter(serial__in=[f"M{n}" for n in numbers]).update(remote=True)
    return [
        Device.objects.create(
            meter=world.Meter.objects.get(serial=f"M{number}"),
            unit=world.Unit.objects.get(code="D"),
            profile="iec-mode-c",
            host=f"127.0.0.{number}",
            port=meters.port,
            added_at=NOW,
        ).pk
        for number in numbers
    ]


def measured(meters: world.Meters, number: int, day: date) -> dict[int, int]:
    """Return what a simulated meter measured until 00:00 of a day, by its formula."""
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
    found: dict[date, dict[int, int]] = {}
    for row in RegisterReading.objects.filter(meter__serial=serial):
        found.setdefault(row.read_on, {})[row.register] = row.index_wh
    return found


def told_frames(session: Session):
    place = Place(session.frames_file, session.frames_offset, session.frames_bytes)
    return telling(frames_at(place), KeySet())


def test_registers_of_past_periods_are_in_the_books_by_a_delivery(books: str) -> None:
    with simulated() as meters:
        build(meters)
        world.plan(kinds=[TaskKind.REGISTERS])
        figures = world.work()
        for number in (1, 2, 3):
            found = booked(f"M{number}")
            assert found == {day: measured(meters, number, day) for day in FIRSTS}
    assert (figures.visits, figures.good) == (3, 3)
    delivery = Delivery.objects.get()
    assert (delivery.source, delivery.way, delivery.state) == ("headend", "meter", "loaded")
    assert (delivery.new_days, delivery.refused_rows) == (30, 0)  # 2 ends x 5 registers x 3
    assert {one.registers for one in Session.objects.all()} == {10}


def test_the_current_registers_and_the_clock_stay_with_the_task(books: str) -> None:
    with simulated() as meters:
        first, *_ = build(meters)
        number = ask_now(first, [TaskKind.REGISTERS], user=None, at=NOW)
        world.work()
        now = meters.fleet.meter(1).energies(age_of(NOW))
        told = progress(number, Scope.everything())
    assert told.stage == "done"
    values = told.values["registers"]
    assert abs(values["drift_s"]) <= 10
    shown = {(one["channel"], one["register"]): one["value"] for one in values["registers"]}
    assert shown == {
        ("A+", "total"): now.total_wh,
        ("A+", "normal"): now.rates[0],
        ("A+", "peak"): now.rates[1],
        ("A+", "off_peak"): now.rates[2],
        ("A-", "total"): now.export_wh,
        ("Q+", "total"): now.reactive_varh,
    }


def test_the_page_tells_the_telegrams_line_by_line(books: str) -> None:
    with simulated() as meters:
        first, *_ = build(meters)
        ask_now(first, [TaskKind.REGISTERS], user=None, at=NOW)
        world.work()
    told = told_frames(Session.objects.get())
    heads = [(one.sent, node.name) for one in told for node in one.nodes]
    assert heads == [
        (True, "sign-on"),
        (False, "identification"),
        (True, "acknowledgement"),
        (False, "data block"),
    ]
    lines = {node.name: node.value for one in told for block in one.nodes for node in block.parts}
    assert lines["C.1.0"] == "M1"
    assert lines["1.8.0"].endswith(" kWh")
    assert "1.8.0*01" in lines
    assert not any(one.is_faulty for one in told)


def test_what_mode_c_cannot_do_is_said_and_not_tried_again(books: str) -> None:
    with simulated() as meters:
        first, *_ = build(meters)
        ask_now(first, list(TaskKind)[:4], user=None, at=NOW)
        world.work()
    states = dict(Task.objects.values_list("kind", "state"))
    assert states == {"half_hours": "failed", "registers": "done", "events": "done",
                      "clock": "done"}  # fmt: skip
    refused = Task.objects.get(kind="half_hours").result["refused"]
    assert refused == {"iec-mode-c": "the profile of the model has no half-hours"}
    assert able("iec-mode-c") == frozenset()


def test_a_clock_that_is_off_is_a_persons(books: str) -> None:
    with simulated(faults={Trouble.CLOCK_DRIFT: 1.0}) as meters:
        build(meters)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
    clocks = Task.objects.filter(kind=TaskKind.CLOCK)
    assert clocks.count() == 3
    assert set(clocks.values_list("state", flat=True)) == {"failed"}
    assert FindingRecord.objects.filter(rule="HES-004").count() == 3


class Lying(ModeCLine):
    """Meter 2 and those after it lie, each in its way."""

    def write(self, octets, trouble=None):
        lie = LIES.get(self.base)
        super().write(octets if lie is None else lie(octets), trouble)
        if self.base == 5 and octets[:1] == bytes((STX,)):
            self.hang_up()


def wrong_check(octets: bytes) -> bytes:
    return octets[:-1] + bytes((octets[-1] ^ 1,)) if octets[-2:-1] == bytes((ETX,)) else octets


def half_block(octets: bytes) -> bytes:
    return octets[: len(octets) // 2] if octets[:1] == bytes((STX,)) else octets


LIES = {
    2: lambda _: b"",
    3: wrong_check,
    4: half_block,  # and then nothing
    5: half_block,  # and hangs up
    6: lambda octets: b"/1?\r\n" if octets[:1] == b"/" else octets,
    # 7 shows the number of another meter
}
REFUSED = {
    "M2": ("no-answer", "waiting"),
    "M3": ("bad-checksum", "waiting"),
    "M4": ("no-answer", "waiting"),
    "M5": ("connection-broken", "waiting"),
    "M6": ("bad-frame", "waiting"),
    "M7": ("wrong-address", "failed"),
}


def test_refusals_are_named_and_the_queue_goes_on(books: str) -> None:
    serials = ("M1", "M2", "M3", "M4", "M5", "M6", "M99", "M8")
    with simulated(8, line=Lying, serials=serials) as meters:
        build(meters, 8)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work(deadlines=world.IMPATIENT)
        for number in (1, 8):
            assert booked(f"M{number}") == {d: measured(meters, number, d) for d in FIRSTS}
        assert not meters.server.lines
    sessions = {one.device.meter.serial: one for one in Session.objects.all()}
    assert {one: sessions[one].fault for one in sessions} == {
        "M1": "", "M8": "", **{one: fault for one, (fault, _) in REFUSED.items()}
    }  # fmt: skip
    tasks = dict(Task.objects.values_list("device__meter__serial", "state"))
    assert tasks == {"M1": "done", "M8": "done", **{m: state for m, (_, state) in REFUSED.items()}}
    assert "shows number M99; expected number M7" in sessions["M7"].sentence
    assert list(FindingRecord.objects.values_list("rule", "subject")) == [("HES-002", "M7")]
    assert not RegisterReading.objects.filter(meter__serial="M7").exists()
    told = told_frames(sessions["M4"])
    assert told[-1].is_faulty
    assert "without its end" in told[-1].nodes[-1].value


def imported(path: Path, port: int, *words: str) -> int:
    rows = [f"M{number},iec-mode-c,127.0.0.{number},{port}" for number in (1, 2)]
    path.write_text("\n".join(["serial,profile,host,port", *rows]), encoding="utf-8")
    return main(["devices", "import", str(path), *words, "--json"])


def test_a_device_without_keys_is_taken_in_and_called(books: str, tmp_path, monkeypatch) -> None:
    """Meter 2 is another one: it stays suspended, and the reason says which it is."""
    monkeypatch.setattr("congto.interfaces.cli.devices.imports.boot", lambda: None)
    world_meters.build()
    file = tmp_path / "f.csv"
    with simulated_meters(2, serials=("M1", "M99"), line=ModeCLine) as port:
        assert imported(file, port, "--dry-run") == 0
        assert not Device.objects.exists()
        assert imported(file, port, "--connect") == 1
    states = dict(Device.objects.values_list("meter__serial", "state"))
    assert states == {"M1": DeviceState.ACTIVE, "M2": DeviceState.SUSPENDED}
    assert Device.objects.get(meter__serial="M1").firmware == "SIM CONGTO"
