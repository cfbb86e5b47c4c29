"""Meters that lie: each refused by name, its association closed, and the queue reads the others."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

import world_campaigns as world
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.obis import obis
from congto.headend.simulator.objects import MeterObjects
from congto.headend.simulator.server import WrapperLine
from congto.office.campaigns.models import Session, Task, Visit
from congto.office.control.models import FindingRecord
from congto.office.devices.models import Device
from congto.vocabulary.intervals import Channel
from world_campaigns import TODAY

YESTERDAY = TODAY - timedelta(days=1)
HEAD = 8
"""Bytes of the wrapper's header."""
FIRST_PROTECTED = 2
"""Answers before it: the association's, and that of the challenge."""
LOAD = Reference(7, obis("1-0:99.1.0*255"), 2)
HUGE = bytes.fromhex("0184FFFFFFFF00")
"""An array of 4,294,967,295 elements in seven bytes."""


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def shortened(octets: bytes, _before: bytes) -> bytes:
    """Leave out the end of a message: its own length says more than there is."""
    return octets[:-3]


def replayed(_octets: bytes, before: bytes) -> bytes:
    """Say again what was said before, with its counter and its right tag."""
    return before


def forged(octets: bytes, _before: bytes) -> bytes:
    """Change the last byte, which is one of the tag."""
    return octets[:-1] + bytes((octets[-1] ^ 1,))


def unknown(octets: bytes, _before: bytes) -> bytes:
    """Begin with a tag that no message has."""
    return b"\x99" + octets[1:]


LIES = {2: shortened, 3: replayed, 4: forged, 5: unknown}
VALUES = {6: HUGE, 7: bytes.fromhex("2200")}
"""What meters 6 and 7 say of their load profile, properly protected; Data has no tag 22."""
REFUSED = {
    "M2": ("truncated", "waiting"),
    "M3": ("invocation-counter-replayed", "failed"),
    "M4": ("authentication-tag-wrong", "failed"),
    "M5": ("protection-missing", "failed"),  # no message of an association has such a tag
    "M6": ("refused", "failed"),  # the session goes on and ends in order
    "M7": ("refused", "failed"),
}


class Lying(WrapperLine):
    """Meters 2 to 5 lie from their second protected answer on."""

    def __init__(self, server) -> None:
        super().__init__(server)
        self.said: list[bytes] = []

    def write(self, octets, trouble) -> None:
        apdu, lie = octets[HEAD:], LIES.get(self.base)
        before = self.said[-1] if self.said else b""
        self.said.append(apdu)
        if lie is not None and len(self.said) > FIRST_PROTECTED + 1:
            told = lie(apdu, before)
            octets = octets[: HEAD - 2] + len(told).to_bytes(2) + told
        super().write(octets, trouble)


@pytest.fixture
def _values_that_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let meters 6 and 7 answer, properly protected, with values that are none."""
    honest = MeterObjects.get

    def get(self, reference):
        lie = VALUES.get(self._meter.number) if reference[:3] == LOAD[:3] else None
        return honest(self, reference) if lie is None else lie

    monkeypatch.setattr(MeterObjects, "get", get)


@pytest.mark.usefixtures("_values_that_lie")
def test_each_lie_is_refused_by_name_and_the_others_are_read_whole(books: str) -> None:
    count = 12
    with world.simulated(count, line=Lying) as meters:
        world.build(count, meters.port)
        world.plan()
        world.work()
        honest = [n for n in range(1, count + 1) if f"M{n}" not in REFUSED]
        assert world.stored(YESTERDAY) == {
            f"P{n}": world.measured(meters, n, YESTERDAY)[Channel.ACTIVE_IMPORT] for n in honest
        }
        holders = [meters.fleet.meter(n).holder for n in range(1, count + 1)]
        assert not any(one.is_held for one in holders if one is not None)
        assert not meters.server.lines
    sessions = {one.device.meter.serial: one for one in Session.objects.all()}
    told = {serial: one.fault for serial, one in sessions.items()}
    assert told == dict.fromkeys((f"M{n}" for n in honest), "") | {
        serial: fault for serial, (fault, _) in REFUSED.items()
    }
    states = dict(Task.objects.values_list("device__meter__serial", "state"))
    assert states == dict.fromkeys((f"M{n}" for n in honest), "done") | {
        serial: state for serial, (_, state) in REFUSED.items()
    }
    assert all(sessions[serial].sentence for serial in REFUSED)
    assert "truncated" in sessions["M6"].sentence
    assert "unknown-tag" in sessions["M7"].sentence
    assert all(sessions[serial].frames_bytes for serial in REFUSED)
    assert not Visit.objects.exists()
    found = set(FindingRecord.objects.values_list("subject", "rule"))
    assert found == {("M3", "HES-001"), ("M4", "HES-001"), ("M5", "HES-001"),
                     ("M6", "HES-002"), ("M7", "HES-002")}  # fmt: skip
    assert Device.objects.filter(meter__serial="M4").get().failures == 1
