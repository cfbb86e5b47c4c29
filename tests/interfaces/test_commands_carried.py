"""Commands reach simulated meters once, and are believed when what they did is seen."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User

import world_campaigns as world
from congto.headend.campaigns import proof
from congto.headend.simulator import relay
from congto.headend.simulator.faults import Trouble
from congto.interfaces.meters.abilities import able
from congto.interfaces.meters.images import keep_image
from congto.office.commands.models import Command
from congto.office.commands.operations import Protection, Wanted, order, protect
from congto.office.control.choices import Role
from congto.office.control.models import AuditEntry, FindingRecord, Grant
from congto.office.control.operations import approve
from congto.office.devices.models import Device, DeviceSecret
from congto.office.devices.operations import open_access
from congto.office.meters.models import Meter
from congto.office.organisation.models import Unit
from world_campaigns import NOW, TODAY

SECOND = timedelta(seconds=1)
SENT = Counter()
METERS = "congto.interfaces.meters"
KEPT = ("Task", "Session")


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    """Give each test a data folder, and all processes one master key."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


@pytest.fixture(autouse=True)
def _counted(monkeypatch):
    """Count what reaches the relays of the simulated meters."""
    SENT.clear()
    for number, deed in list(relay.THINGS[0].methods.items()):

        def counted(call, parameter, number=number, deed=deed):
            SENT[call.meter.number, number] += 1
            return deed(call, parameter)

        monkeypatch.setitem(relay.THINGS[0].methods, number, counted)


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Let looks at what was done follow each other a hundred times sooner: all of them are had."""
    pause = proof.Pause
    monkeypatch.setattr(proof, "Pause", lambda seconds: pause(seconds / 100))


def person(name, role):
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code="P"), role=role)
    return user


def ordered(kind, *numbers, args=None, at=NOW, hours=24):
    """Order a command to meters M<number> and let a second person approve it where one must."""
    serials = [f"M{number}" for number in numbers]
    ids = tuple(Device.objects.get(meter__serial=serial).pk for serial in serials)
    until = at + timedelta(hours=hours)
    wanted = Wanted(kind, ids, "nợ quá hạn", args or {}, not_after=until)
    maker = User.objects.filter(username="maker").first() or person("maker", Role.DISPATCHER)
    checker = User.objects.filter(username="checker").first() or person("checker", Role.MANAGER)
    made = order(wanted, user=maker, at=at, able=able).order
    if made.proposal is not None:
        approve(made.proposal_id, user=checker, at=at)
    return [command.pk for command in made.commands.order_by("pk")]


def of(number):
    return Command.objects.get(pk=number)


def test_a_relay_is_opened_once_and_closed_again(books):
    with world.simulated(2) as meters:
        world.build(2, meters.port)
        (cut,) = ordered("disconnect", 1)
        world.work()
        found = of(cut)
        assert (found.state, found.task.state) == ("confirmed", "done")
        assert found.seen["seen"] == [{"control": "disconnected", "closed": False}]
        assert meters.fleet.meter(1).relay.closed is False
        (back,) = ordered("connect", 1, at=NOW + SECOND)
        world.work(world.running_clock(NOW + SECOND))
        assert of(back).state == "confirmed"
        assert meters.fleet.meter(1).relay.closed is True
    assert SENT == {(1, 1): 1, (1, 2): 1}
    assert not FindingRecord.objects.exists()


def test_what_is_so_already_is_confirmed_and_nothing_goes_out(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (back,) = ordered("connect", 1)
        world.work()
    assert (of(back).state, of(back).seen["why"]) == ("confirmed", "already")
    assert not SENT


def test_a_stuck_relay_is_not_done_and_says_what_was_seen(books):
    with world.simulated(1, {Trouble.RELAY_STUCK: 1.0}) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1)
        world.work()
    found = of(cut)
    assert found.state == "not_done"
    assert found.seen["why"] == "stuck"
    assert found.seen["seen"] == [{"control": "disconnected", "closed": True}]
    assert "kẹt" in found.message
    assert FindingRecord.objects.get().rule == "CMD-001"
    assert SENT == {(1, 1): 1}


KILLED = {
    "marked, not sent": (f"{METERS}.commanded:begin", "after", 0, "not_done"),
    "sent, not looked at": ("congto.headend.campaigns.relay:_look", "before", 1, "confirmed"),
    "seen, not written down": (f"{METERS}.carry_commands:ended", "before", 1, "confirmed"),
    "written down, task open": (f"{METERS}.carry_commands:ended", "after", 1, "confirmed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KILLED)
def test_a_worker_killed_anywhere_sends_no_second_time(books, killed, name):
    point, when, sent, state = KILLED[name]
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1)
        killed(point, when)
        assert of(cut).state == ("confirmed" if name.startswith("written") else "sending")
        assert SENT[1, 1] == sent
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
    assert (of(cut).state, of(cut).task.state) == (state, "done")
    assert SENT[1, 1] == sent


def test_who_is_protected_at_the_last_moment_is_not_cut(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1)
        protect(
            Protection("P1", "bệnh viện", "12/QĐ", TODAY),
            user=person("clerk", Role.CLERK),
            at=NOW,
        )
        world.work()
    assert (of(cut).state, of(cut).sent_at, of(cut).task.state) == ("not_done", None, "done")
    assert FindingRecord.objects.get().rule == "CMD-003"
    assert not SENT


def test_a_meter_out_of_reach_is_tried_until_the_window_ends(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        Device.objects.update(port=1)  # where nobody listens
        (cut,) = ordered("disconnect", 1, hours=1)
        world.work()
        assert (of(cut).state, of(cut).task.state) == ("queued", "waiting")
        assert of(cut).task.fault == "unreachable"
        world.work(world.running_clock(NOW + timedelta(hours=1)))
    assert (of(cut).state, of(cut).sent_at) == ("expired", None)


def test_a_load_limit_is_written_and_read_back(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (limit,) = ordered("load_limit", 1, args={"watts": 3300})
        world.work()
    seen = of(limit).seen["after"]["limit"]
    assert of(limit).state == "confirmed"
    assert seen == {"value": "3300", "over_seconds": 60, "under_seconds": 60}


def test_a_calendar_of_the_time_bands_is_activated(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (calendar,) = ordered("calendar", 1, args={"day": "2026-11-01"})
        world.work()
    assert of(calendar).state == "confirmed"
    assert Meter.objects.get(serial="M1").three_rate is False


def test_a_clock_near_the_end_of_a_half_hour_waits(books):
    near = datetime(2026, 11, 5, 2, 59, 40, tzinfo=UTC)
    with world.simulated(1, {Trouble.CLOCK_DRIFT: 1.0}, start=near) as meters:
        world.build(1, meters.port)
        (clock,) = ordered("clock", 1, at=near)
        world.work(world.running_clock(near))
        assert (of(clock).state, of(clock).task.state) == ("queued", "waiting")
        assert of(clock).task.due_at >= datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


def test_keys_are_changed_and_the_new_ones_hold(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (keys,) = ordered("keys", 1)
        world.work()
        assert of(keys).state == "confirmed", of(keys).seen
        current = DeviceSecret.objects.filter(phase="current", use="unicast").get()
        assert str(current.pk) in map(str, of(keys).progress["secrets"].values())
        assert DeviceSecret.objects.filter(phase="former").count() == 2
        device = of(keys).device_id
        opened = open_access([device], purpose="test", subject="", user=None, at=NOW)[device]
        raw = [one.value.reveal() for one in opened.current.values()]
        books_told = (Command, AuditEntry, *(apps.get_model("campaigns", n) for n in KEPT))
        told = str([list(model.objects.values()) for model in books_told])
        assert len(raw) == 4
        assert [one for one in raw if one.hex() in told.lower() or str(one) in told] == []
        (again,) = ordered("disconnect", 1, at=NOW + SECOND)
        world.work(world.running_clock(NOW + SECOND))
    assert of(again).state == "confirmed"


KEYS_KILLED = {
    "marked": (f"{METERS}.carry_keys:begin_change", "before", "not_done"),
    "in the books": (f"{METERS}.carry_keys:change_secrets", "before", "not_done"),
    "sent": ("congto.headend.campaigns.keys:which_holds", "before", "confirmed"),
    "proved, not written down": (f"{METERS}.carry_keys:_settle", "before", "confirmed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KEYS_KILLED)
def test_keys_killed_anywhere_lock_nobody_out(books, killed, name):
    point, when, state = KEYS_KILLED[name]
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (keys,) = ordered("keys", 1)
        killed(point, when)
        assert of(keys).state == "sending"
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
        assert of(keys).state == state, of(keys).seen
        assert not DeviceSecret.objects.filter(phase="pending").exists()
        (cut,) = ordered("disconnect", 1, at=NOW + timedelta(minutes=21))
        world.work(world.running_clock(NOW + timedelta(minutes=21)))
    assert of(cut).state == "confirmed"


def test_an_image_that_is_not_here_is_not_sent(books):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        args = {"image": "0" * 64, "version": "2"}
        (image,) = ordered("firmware", 1, args=args)
        world.work()
    assert of(image).state == "not_done"
    assert "not in the data folder" in of(image).message


def image_kept(tmp_path):
    path = tmp_path / "new.bin"
    path.write_bytes(bytes(range(256)) * 8)
    digest = keep_image(path, "CONGTO-SIM-2.0", "CONGTO-SIM-2.0", ["CONGTO-SIM-1"])
    return {"image": digest, "version": "CONGTO-SIM-2.0"}


def test_an_image_is_sent_and_runs(books, tmp_path):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (image,) = ordered("firmware", 1, args=image_kept(tmp_path))
        world.work()
    assert of(image).state == "confirmed", (of(image).message, of(image).seen)
    assert of(image).seen["firmware"] == "CONGTO-SIM-2.0"


@pytest.mark.slow
def test_an_image_killed_after_it_was_begun_goes_on(books, killed, tmp_path):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (image,) = ordered("firmware", 1, args=image_kept(tmp_path))
        killed(f"{METERS}.carry_image:keep_progress", "after")
        assert (of(image).state, of(image).progress) == ("sending", {"begun": True})
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
    assert of(image).state == "confirmed", (of(image).message, of(image).seen)
