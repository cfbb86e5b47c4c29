"""A day of half-hours: validated in parts, kept whole after any kill, late data, edits."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

import world_vee as world
from congto.office.meterdata import vee
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, read
from congto.office.storage.interval_tables import HISTORY, VALIDATED
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.intervals import Method
from congto.vocabulary.quality import Quality
from world_vee import DAY, NEXT, curve, key

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    world.build(monkeypatch)


def row(code: str, day: object = DAY) -> dict[str, object]:
    """Return the newest validated version of a point's day."""
    return intervals.read_versions(key(code), day).row(-1, named=True)


def findings(state: str = "open") -> list[tuple[str, str, int, int]]:
    rows = read(
        "SELECT f.rule, p.code, f.first, f.last FROM meterdata_dayfinding f"
        " JOIN meters_usagepoint p ON p.id = f.usage_point_id WHERE f.state = $1"
        " ORDER BY f.local_day, p.code, f.rule, f.first",
        (state,),
    )
    return rows.rows()


def state() -> list[object]:
    """Return all that a run leaves, without numbers of rows, versions and instants."""
    kept = [
        VALIDATED.snapshot(day).rows().sort_by("usage_point").drop_columns("known_at").to_pylist()
        for day in (DAY, NEXT)
    ]
    remembered = [
        HISTORY.snapshot(day).rows().sort_by("usage_point").to_pylist() for day in (DAY, NEXT)
    ]
    parts = read("SELECT local_day, part, points FROM meterdata_validatedpart ORDER BY 1, 2")
    return [kept, remembered, findings(), parts.rows()]


def test_a_clean_day_is_validated_as_it_was_delivered():
    world.deliver_all()
    report = world.run()
    assert (report.days, report.skipped) == (5, 0)
    found = row("R2")
    assert found["values"] == curve(200)
    assert found["quality"] == Quality.MEASURED
    assert [found[name] for name in ("qualities", "methods", "reasons")] == [None] * 3
    assert found["day_wh"] == sum(v or 0 for v in curve(200))
    assert (found["raw_version"], found["version"]) == (1, 1)
    assert findings() == []


def test_a_gap_is_estimated_marked_and_found():
    world.deliver_all(but=("R1",))
    values = curve(100)
    values[10:12] = [None, None]
    world.deliver("R1", values)
    world.run()
    found = row("R1")
    # E-04, a line from half-hour 9 (99 Wh: 100 + 9 % 7 - 3) to 12 (102 Wh): 100, 101
    assert found["values"][9:13] == [99, 100, 101, 102]
    assert found["methods"][9:13] == [0, Method.LINEAR, Method.LINEAR, 0]
    assert found["qualities"][9:13] == [
        Quality.MEASURED,
        Quality.ESTIMATED,
        Quality.ESTIMATED,
        Quality.MEASURED,
    ]
    assert found["quality"] == Quality.ESTIMATED
    assert findings() == [("V-04", "R1", 10, 11)]


def test_the_registers_sum_is_kept():
    world.deliver_all(but=("R1",))
    values = curve(100)
    values[10:30] = [None] * 20
    world.deliver("R1", values)
    world.register("R1", DAY, 1_000_000)
    world.register("R1", NEXT, 1_005_555)
    world.run()
    found = row("R1")
    assert found["day_wh"] == 5_555
    assert found["values"][:10] == values[:10]
    assert found["quality"] == Quality.FINAL_ESTIMATED


def test_a_point_of_which_nothing_came_is_missing_not_zero():
    world.deliver_all(but=("R3",))
    world.run()
    found = row("R3")
    assert found["values"] == [None] * 48
    assert (found["quality"], found["day_wh"]) == (Quality.MISSING, None)
    assert findings() == [("V-04", "R3", 0, 47)]


def test_days_are_validated_in_order():
    world.deliver_all()
    world.run()
    with pytest.raises(RefusedError, match="2026-10-08 is not"):
        world.run(NEXT.replace(day=9))
    world.run(NEXT)


def test_a_run_again_changes_nothing():
    world.deliver_all(but=("R3",))
    world.run()
    before = state()
    assert world.run().skipped == report_parts()
    assert state() == before


def report_parts() -> int:
    return read("SELECT count(*) AS n FROM meterdata_validatedpart").item()


class Killed(Exception):  # noqa: N818
    """Stands for a kill."""


STEPS = [
    (vee, "work"),
    (VALIDATED, "commit"),
    (HISTORY, "commit"),
    (vee, "keep_day_findings"),
    (vee, "_end"),
]


def killing(owner: object, name: str, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """Make the second call of a step die, before it does anything or after it did it."""
    place = type(owner) if owner in {VALIDATED, HISTORY} else owner
    real, calls = getattr(place, name), []

    def step(*args: object, **more: object) -> object:
        mine = place is owner or args[0] is owner
        calls.extend([1] * mine)
        dies = mine and len(calls) == 2
        if not dies or after:
            done = real(*args, **more)
        if dies:
            raise Killed
        return done

    monkeypatch.setattr(place, name, step)


def forget() -> None:
    """Take back what runs have left."""
    for table in (VALIDATED, HISTORY):
        opened = table.opened()
        if opened is not None:
            opened.delete()
    with bulk() as books:
        books.execute("TRUNCATE meterdata_validatedpart, meterdata_dayfinding, meterdata_dirtyday")


def test_a_run_killed_at_any_step_ends_as_one_that_was_not(monkeypatch):
    world.deliver_all(but=("R1", "R3"))
    gap = curve(100)
    gap[10:12] = [None, None]
    world.deliver("R1", gap)
    world.run()
    whole = state()
    assert len(whole[2]) == 2
    for (owner, name), after in itertools.product(STEPS, (False, True)):
        forget()
        with monkeypatch.context() as patch:
            killing(owner, name, patch, after=after)
            with pytest.raises(Killed):
                world.run()
        assert state() != whole or (name == "_end" and after), name
        world.run()
        assert state() == whole, (name, after)
