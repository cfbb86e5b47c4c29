"""Commands reach simulated meters once, and are believed when what they did is seen."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

import world_campaigns as world
from congto.headend.simulator import relay, tariff
from congto.headend.simulator.faults import Trouble
from congto.interfaces.meters import carry_commands, carry_keys, carry_states
from congto.interfaces.meters.abilities import able
from congto.interfaces.meters.images import keep_image
from congto.office.campaigns.models import Task
from congto.office.commands.models import Command
from congto.office.commands.operations import Protection, Wanted, order, protect
from congto.office.control.choices import Role
from congto.office.control.models import FindingRecord, Grant
from congto.office.control.operations import approve
from congto.office.devices.models import Device, DeviceSecret
from congto.office.meters.models import Meter
from congto.office.organisation.models import Unit
from world_campaigns import NOW, TODAY

SECOND = timedelta(seconds=1)
SENT = Counter()


class KilledError(SystemExit):
    """What a test throws in place of kill -9: nothing after it runs, nothing is put right."""


@pytest.fixture(autouse=True)
def _counted(monkeypatch):
    """Count what reaches the relays of the simulated meters."""
    SENT.clear()
    for number, deed in list(relay.THINGS[0].methods.items()):

        def counted(call, parameter, number=number, deed=deed):
            SENT[call.meter.number, number] += 1
            return deed(call, parameter)

        monkeypatch.setitem(relay.THINGS[0].methods, number, counted)


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


def due_again(at=NOW):
    """Let the queue take every task that waits, as if its time had come."""
    Task.objects.filter(state="waiting").update(due_at=at)


def killed_in(monkeypatch, place, name):
    """Let the worker die when it comes to a function; return how to let it live again."""

    def die(*_given, **_named):
        raise KilledError

    monkeypatch.setattr(place, name, die)


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


def test_a_stuck_relay_is_not_done_and_says_what_was_seen(books, monkeypatch):
    monkeypatch.setattr(carry_states.relay, "LOOKS", (0.0, 0.1))
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


def test_a_worker_killed_between_marker_and_sending_sends_nothing_ever(books, monkeypatch):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1)
        with monkeypatch.context() as patch:
            killed_in(patch, carry_states.relay, "tried")
            with pytest.raises(KilledError):
                world.work()
        assert of(cut).state == "sending"
        assert not SENT
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
    assert (of(cut).state, of(cut).seen["seen"][0]["closed"]) == ("not_done", True)
    assert not SENT


def test_a_worker_killed_after_sending_looks_and_sends_no_second_time(books, monkeypatch):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1)
        with monkeypatch.context() as patch:
            killed_in(patch, carry_states.relay, "_look")
            with pytest.raises(KilledError):
                world.work()
        assert (of(cut).state, SENT) == ("sending", {(1, 1): 1})
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
    assert of(cut).state == "confirmed"
    assert SENT == {(1, 1): 1}


def test_a_worker_killed_before_it_wrote_down_what_it_saw_looks_again(books, monkeypatch):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1)
        with monkeypatch.context() as patch:
            killed_in(patch, carry_commands, "ended")
            with pytest.raises(KilledError):
                world.work()
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
    assert of(cut).state == "confirmed"
    assert SENT == {(1, 1): 1}


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


def test_a_silent_meter_is_tried_until_the_window_ends(books):
    with world.simulated(1, {Trouble.SILENCE: 1.0}) as meters:
        world.build(1, meters.port)
        (cut,) = ordered("disconnect", 1, hours=1)
        world.work()
        assert (of(cut).state, of(cut).task.state) == ("queued", "waiting")
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
        assert meters.fleet.meter(1) is not None
    assert of(calendar).state == "confirmed"
    assert Meter.objects.get(serial="M1").three_rate is False
    assert tariff is not None


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
        (again,) = ordered("disconnect", 1, at=NOW + SECOND)
        world.work(world.running_clock(NOW + SECOND))
    assert of(again).state == "confirmed"


@pytest.mark.parametrize("moment", ["begin_change", "change_secrets", "which_holds", "_settle"])
def test_keys_killed_at_any_moment_lock_nobody_out(books, monkeypatch, moment):
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        (keys,) = ordered("keys", 1)
        with monkeypatch.context() as patch:
            place = carry_keys
            if moment == "which_holds":
                from congto.headend.campaigns import keys as place  # noqa: PLC0415
            killed_in(patch, place, moment)
            with pytest.raises(KilledError):
                world.work()
        assert of(keys).state == "sending"
        world.work(world.running_clock(NOW + timedelta(minutes=20)))
        taken = moment in {"which_holds", "_settle"}
        assert of(keys).state == ("confirmed" if taken else "not_done"), of(keys).seen
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


def test_an_image_is_sent_and_runs(books, tmp_path):
    path = tmp_path / "new.bin"
    path.write_bytes(bytes(range(256)) * 8)
    with world.simulated(1) as meters:
        world.build(1, meters.port)
        digest = keep_image(path, "CONGTO", "2.0", ["1"])
        (image,) = ordered("firmware", 1, args={"image": digest, "version": "2.0"})
        world.work()
    assert of(image).state == "confirmed", (of(image).message, of(image).seen)
