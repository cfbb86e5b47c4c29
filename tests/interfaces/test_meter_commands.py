"""`congto meter clock` and `congto meter relay`: what a meter shows; only clocks are put right."""

import asyncio
import json
import threading
from contextlib import contextmanager

import pytest

from congto.headend.dlms.data import i8
from congto.headend.simulator.calendars import instant_of
from congto.headend.simulator.fleet import Secured
from congto.headend.simulator.server import Server
from congto.interfaces.cli.main import main
from congto.interfaces.cli.meter import clock
from world_simulator import NOW, World

PLAIN = ["--profile", "congto-simulator", "--mechanism", "none"]


@contextmanager
def serving(world):
    """Serve the meters of a world from a thread of its own; gives HOST:PORT of meter 1."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    place = []

    async def serve():
        server = Server(world.fleet)
        place.append(f"127.0.0.1:{await server.start('127.0.0.1', 0)}")
        ready.set()
        await stop.wait()
        await server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield place[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def world(monkeypatch):
    made = World(secured=Secured.NONE)
    monkeypatch.setattr(clock, "now", lambda: instant_of(made.age))
    return made


def told(capsys, *words, code=0):
    assert main(["meter", *words, *PLAIN, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_clock_is_read_and_left(world, capsys):
    world.meter().clock_offset = 95
    with serving(world) as place:
        figures = told(capsys, "clock", place, code=1)
    assert (figures["verdict"], figures["deed"]) == ("not_done", "left")
    assert (figures["ahead_seconds"], figures["flagged"]) == (95, None)
    assert figures["clock"] == "2026-11-25T10:11:52+07:00"
    assert world.meter().clock_offset == 95


def test_a_clock_is_put_right_and_the_half_hour_named(world, capsys):
    world.meter().clock_offset = 95
    with serving(world) as place:
        figures = told(capsys, "clock", place, "--set")
        assert told(capsys, "clock", place)["ahead_seconds"] == 0
    assert (figures["verdict"], figures["deed"]) == ("confirmed", "shifted")
    assert (figures["ahead_seconds"], figures["after_ahead_seconds"]) == (95, 0)
    assert figures["flagged"] == ["2026-11-25T10:00:00+07:00", "2026-11-25T10:30:00+07:00"]


def test_a_clock_hours_off_needs_a_decision(world, capsys):
    world.meter().clock_offset = -7_200
    with serving(world) as place:
        refused = told(capsys, "clock", place, "--set", code=1)
        assert (refused["deed"], refused["flagged"]) == ("beyond", None)
        figures = told(capsys, "clock", place, "--set", "--across")
    assert (figures["deed"], world.meter().clock_offset) == ("set", 0)
    assert figures["flagged"] == ["2026-11-25T08:00:00+07:00", "2026-11-25T10:30:00+07:00"]


def test_a_move_that_waits_says_until_when(world, capsys):
    world.age += 29 * 60 - NOW.minute % 30 * 60 - NOW.second  # 10:29:00
    world.meter().clock_offset = 200
    with serving(world) as place:
        figures = told(capsys, "clock", place, "--set", code=1)
    assert (figures["deed"], figures["not_before"]) == ("postponed", "2026-11-25T10:30:05+07:00")


def test_lines_for_people_leave_out_what_is_empty(world, capsys):
    with serving(world) as place:
        assert main(["meter", "clock", place, *PLAIN]) == 0
    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["ahead_seconds"] == "0"
    assert "flagged" not in lines


def test_across_alone_is_refused(capsys):
    assert main(["meter", "clock", "10.0.0.1:4059", "--across"]) == 2
    assert "--set" in capsys.readouterr().err


def test_a_relay_is_read_and_never_switched(world, capsys):
    session = world.visit()
    session.act(70, "0.0.96.3.10.255", 1, i8(0))
    session.release()
    with serving(world) as place:
        figures = told(capsys, "relay", place, "--state")
        assert main(["meter", "relay", place, *PLAIN, "--state"]) == 0
    assert (figures["control_state"], figures["closed"], figures["mode"]) == (
        "disconnected", False, 4,
    )  # fmt: skip
    assert "closed               False" in capsys.readouterr().out


def test_a_relay_has_no_option_but_its_state(capsys):
    with pytest.raises(SystemExit):
        main(["meter", "relay", "10.0.0.1:4059"])
    assert "--state" in capsys.readouterr().err


def test_a_meter_that_is_not_there_is_one_sentence(capsys):
    assert main(["meter", "relay", "127.0.0.1:1", *PLAIN, "--state"]) == 2
    assert "transient" in capsys.readouterr().err
