"""A worker killed with a command in hand: what it sent is looked at, and nothing goes out twice.

Relays, keys and images are in `test_commands_carried`; here are limit, calendar, clock, password.
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.contrib.auth.models import User

import world_campaigns as world
from congto.headend.campaigns import proof
from congto.headend.dlms.data import array, octets, structure, u8, u16
from congto.headend.dlms.encoding import encode
from congto.headend.profiles import loader
from congto.headend.simulator.fleet import Secured
from congto.headend.simulator.tariff import SPECIAL_CLASS, SPECIAL_DAYS
from congto.interfaces.meters.abilities import able
from congto.office.commands.models import Command
from congto.office.commands.operations import Wanted, order
from congto.office.control.choices import Role
from congto.office.control.models import Grant
from congto.office.control.operations import approve
from congto.office.devices.models import Device, DeviceSecret
from congto.office.organisation.models import Unit
from world_commands import meddled

SOON = world.NOW + timedelta(minutes=10)  # far from the ends of a half-hour
LATER = SOON + timedelta(minutes=20)  # the dead worker's lease is over
METERS, HEADEND = "congto.interfaces.meters", "congto.headend.campaigns"
NEW_YEAR = bytes.fromhex("FFFF0101FF")


class Told(NamedTuple):
    """A kind of command.

    Attributes:
        args: of the order. sent: what reaches the meter, by service, class and number.
        looked: function (and its call) at which the worker looks after it has sent.
    """

    args: dict[str, object]
    sent: tuple[tuple[str, int, int], ...]
    looked: tuple[str, int]


KINDS = {
    # Blue Book, class 71: both durations, then the threshold.
    "load_limit": Told(
        {"watts": 3300},
        (("set", 71, 6), ("set", 71, 7), ("set", 71, 4)),
        (f"{HEADEND}.limits:_view", 3),
    ),
    # Class 20: four passive tables, special days (class 11) cleared, the passive one activated.
    "calendar": Told(
        {"day": "2026-11-01"},
        (*(("set", 20, number) for number in (6, 7, 8, 9)), ("set", 11, 2), ("act", 20, 1)),
        (f"{HEADEND}.conversion:looked", 2),
    ),
    # Class 8: five minutes are more than a shift, so the time is set.
    "clock": Told({}, (("set", 8, 2),), (f"{HEADEND}.clock:_proved", 1)),
}
PLACES = {
    "marked, not sent": "not_done",
    "sent, not looked at": "confirmed",
    "seen, not written down": "confirmed",
    "written down, task open": "confirmed",
}


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    """Give each test a data folder, and all processes one master key."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")
    pause = proof.Pause
    monkeypatch.setattr(proof, "Pause", lambda seconds: pause(seconds / 100))


def ordered(kind, args):
    """Order a command to M1, approved by a second person where one must."""
    people = []
    for name, role in (("maker", Role.DISPATCHER), ("checker", Role.MANAGER)):
        people.append(User.objects.create_user(name))
        Grant.objects.create(user=people[-1], unit=Unit.objects.get(code="P"), role=role)
    device = Device.objects.get(meter__serial="M1").pk
    wanted = Wanted(kind, (device,), "kiểm tra", args, not_after=SOON + timedelta(hours=24))
    made = order(wanted, user=people[0], at=SOON, able=able).order
    if made.proposal is not None:
        approve(made.proposal_id, user=people[1], at=SOON)
    return made.commands.get().pk


def place_of(kind, place):
    return {
        "marked, not sent": (f"{METERS}.commanded:begin", "after"),
        "sent, not looked at": (KINDS[kind].looked[0], "before", KINDS[kind].looked[1]),
        "seen, not written down": (f"{METERS}.carry_commands:ended", "before"),
        "written down, task open": (f"{METERS}.carry_commands:ended", "after"),
    }[place]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_command_killed_anywhere_goes_out_once(books, run_worker, monkeypatch, kind, place):
    meddler = meddled(monkeypatch)
    with world.simulated(1, start=SOON) as meters:
        world.build(1, meters.port)
        meter = meters.fleet.meter(1)
        meter.clock_offset = 300 if kind == "clock" else 0
        new_year = structure(u16(1), octets(NEW_YEAR), u8(1))
        meter.written[SPECIAL_CLASS, SPECIAL_DAYS, 2] = encode(array((new_year,)))
        number = ordered(kind, KINDS[kind].args)
        assert run_worker(*place_of(kind, place), start=SOON) == -9
        heard = Counter(meddler.heard)
        assert heard == Counter(() if place.startswith("marked") else KINDS[kind].sent)
        meters.clock = world.running_clock(LATER)
        world.work(meters.clock)
        assert Counter(meddler.heard) == heard
    found = Command.objects.get(pk=number)
    assert (found.state, found.task.state) == (PLACES[place], "done"), (found.message, found.seen)


def password_profile():
    """Put a profile of meters that ask for a password into the data folder; return its name."""
    shipped = Path(loader.__file__).with_name("congto-simulator.yaml").read_text(encoding="utf-8")
    folder = settings.DATA / "profiles"
    folder.mkdir()
    own = shipped.replace("mechanism: gmac", "mechanism: lls")
    (folder / "simulated-lls.yaml").write_text(own, encoding="utf-8")
    return "simulated-lls"


PASSWORD_KILLED = {
    "marked": (f"{METERS}.carry_keys:begin_change", "not_done", 0),
    "in the books": (f"{METERS}.carry_keys:change_secrets", "not_done", 0),
    "sent": (f"{HEADEND}.keys:which_holds", "confirmed", 1),
    "proved, not written down": (f"{METERS}.carry_keys:_settle", "confirmed", 1),
}


@pytest.mark.parametrize("place", PASSWORD_KILLED)
def test_a_password_killed_anywhere_locks_nobody_out(books, run_worker, monkeypatch, place):
    point, state, sent = PASSWORD_KILLED[place]
    meddler = meddled(monkeypatch)
    with world.simulated(1, start=SOON, secured=Secured.PASSWORD, suite=0) as meters:
        world.build(1, meters.port)
        Device.objects.update(profile=password_profile())
        number = ordered("password", {})
        before = meters.fleet.meter(1).password
        assert run_worker(point, "before", start=SOON) == -9
        assert len(meddler.sent("set", 15)) == sent
        meters.clock = world.running_clock(LATER)
        world.work(meters.clock)
        found = Command.objects.get(pk=number)
        assert (found.state, found.task.state) == (state, "done"), (found.message, found.seen)
        assert len(meddler.sent("set", 15)) == sent
        assert (meters.fleet.meter(1).password == before) == (sent == 0)
    assert not DeviceSecret.objects.filter(phase="pending").exists()
    held = DeviceSecret.objects.filter(phase="current", use="password")
    assert held.count() == 1
