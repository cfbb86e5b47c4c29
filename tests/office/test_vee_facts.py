"""What the books know of meters, relays and registers reaches the rules of half-hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

import world_vee as world
from congto.office.meterdata import vee_late
from congto.office.meterdata.choices import EventKind
from congto.office.meterdata.models import MeterEvent
from congto.office.meters.operations import load_meters
from congto.office.storage import intervals
from congto.office.storage.bulk import read
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import Method
from world_meters import DAY as HUNG_ON
from world_vee import DAY, MORNING, curve, key

if TYPE_CHECKING:
    from pathlib import Path

    from congto.office.organisation.loading import Loaded

MIDNIGHT = datetime(2026, 10, 6, 17, tzinfo=UTC)  # 00:00 of DAY in Viet Nam


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    world.in_parts(monkeypatch)


def plate(code: str, **says: int) -> Loaded:
    """Deliver the meter of a point again, now with what its plate says."""
    known = {"dial_digits": 5, "decimals": 0, "multiplier": 1, "remote": True, "three_rate": False}
    row = {"serial": f"M{code}", "usage_point": code, "valid_from": HUNG_ON, **known, **says}
    return load_meters(pl.DataFrame([row]))


def reported(code: str, kind: EventKind, moment: datetime) -> None:
    MeterEvent.objects.create(
        usage_point_id=key(code), kind=kind, began_at=moment, source="test", known_at=MORNING
    )


def said(*rules: str) -> list[tuple[str, str, str, int, int, int, int]]:
    """Return open findings of some rules: rule, point, action, half-hours, observed, expected."""
    return read(
        "SELECT f.rule, p.code, f.action, f.first, f.last, f.observed, f.expected"
        " FROM meterdata_dayfinding f JOIN meters_usagepoint p ON p.id = f.usage_point_id"
        " WHERE f.state = 'open' AND f.rule = ANY($1) ORDER BY p.code, f.rule, f.first",
        (list(rules),),
    ).rows()


def test_what_a_meter_cannot_measure_is_rejected():
    # 20 A x 220 V x 1 phase x half an hour = 2,200 Wh.
    report = plate("R1", phases=1, current_a_max=20, voltage_v=220)
    assert (report.inserted, report.unchanged, report.rejected) == (1, 0, 0)
    assert plate("R1").unchanged == 1  # a file that says nothing of the plate
    assert plate("R1", phases=3).errors["found"].to_list() == [
        "meter MR1 has phases 1 in the books"
    ]
    high = curve(2_150)
    high[20:22] = [2_200, 2_201]
    world.deliver("R1", high)
    world.deliver("R2", high)  # nothing is known of its meter
    world.run()
    assert said("V-08") == [("V-08", "R1", "reject", 21, 21, 2_201, 2_200)]
    found = intervals.read_versions(key("R1"), DAY).row(-1, named=True)
    # E-04 between 2,200 and half-hour 22 (2,150 + 22 % 7 - 3 = 2,148): 2,174.
    assert found["values"][20:23] == [2_200, 2_174, 2_148]


def test_use_behind_an_open_relay_is_an_order_and_silence_behind_it_is_zero():
    before = MIDNIGHT - timedelta(days=40)
    for code in ("R1", "R2", "R3", "R5"):
        reported(code, EventKind.RELAY_OPEN, before)
    reported("R3", EventKind.RELAY_CLOSED, MIDNIGHT + timedelta(hours=9))
    reported("R4", EventKind.RELAY_OPEN, MIDNIGHT + timedelta(seconds=1))
    reported("R5", EventKind.RELAY_CLOSED, before + timedelta(days=1))
    world.deliver_all(but=("R2",))
    world.run()
    # 48 half-hours: six sevens of 97 .. 103 (4,200 Wh) and six of 100.
    assert said("V-16") == [("V-16", "R1", "order", 0, 47, 4_800, 100)]
    dark = intervals.read_versions(key("R2"), DAY).row(-1, named=True)
    assert dark["values"] == [0] * 48
    assert set(dark["methods"]) == {Method.ZERO}


def test_a_single_phase_meter_does_not_take_and_give_at_once():
    plate("R1", phases=1)
    plate("R2", phases=3)
    world.deliver_all()
    back: list[int | None] = [0] * 48
    back[24:26] = [30, 40]
    for code in ("R1", "R2", "R3"):
        world.deliver(code, back, channel="A-")
    world.run()
    assert said("V-18") == [("V-18", "R1", "suspect", 24, 25, 70, 0)]


def test_a_register_below_an_earlier_one_is_an_order_whenever_the_earlier_one_comes():
    long_ago, yesterday = DAY - timedelta(days=40), DAY - timedelta(days=1)
    world.deliver_all()
    for code in ("R1", "R2", "R3"):
        world.register(code, DAY, 5_000_000)
    world.register("R1", yesterday, 5_000_001)
    world.register("R2", long_ago, 6_000_000)
    world.register("R3", long_ago, 4_000_000)
    world.run()
    order = ("V-25", "order", 0, 47, 5_000_000)
    expected = [
        (order[0], code, *order[1:], wh) for code, wh in (("R1", 5_000_001), ("R2", 6_000_000))
    ]
    assert said("V-25") == expected
    world.register("R3", DAY - timedelta(days=20), 7_000_000)
    assert vee_late.run_late(load_interval_rules(), at=MORNING).looked_at == 1
    assert said("V-25")[-1] == ("V-25", "R3", "order", 0, 47, 5_000_000, 7_000_000)
