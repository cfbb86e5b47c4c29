"""What estimation leans on in the books' run besides like days: mean customers, registers, ..."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import world_meters
import world_vee as world
from congto.office.meterdata import vee_late
from congto.office.meters.operations import load_usage_points
from congto.office.storage import intervals
from congto.office.storage.bulk import read
from congto.office.storage.interval_arrays import lists, sparse_lists
from congto.office.storage.interval_tables import VALIDATED
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import Channel, Method
from congto.vocabulary.quality import Quality
from world_meters import Point
from world_vee import DAY, MORNING, NEXT, curve, key

if TYPE_CHECKING:
    from pathlib import Path

    from congto.office.storage.interval_tables import NewFile


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    world.in_parts(monkeypatch)


def row(code: str, day: date = DAY) -> dict[str, object]:
    return intervals.read_versions(key(code), day).row(-1, named=True)


def late() -> vee_late.LateReport:
    return vee_late.run_late(load_interval_rules(), at=MORNING)


def two_days_of_two() -> None:
    """R1 takes 4,800 Wh a day and R2 9,600; of R3, R4 and R5 nothing comes."""
    for day in (DAY, NEXT):
        world.deliver("R1", curve(100), day)
        world.deliver("R2", curve(200), day)
        world.run(day)


def test_a_point_without_like_days_takes_what_the_mean_customer_takes():
    two_days_of_two()
    # Nothing was known of any day before the first one.
    first = row("R3")
    assert (first["quality"], first["day_wh"]) == (Quality.MISSING, None)
    # (100 + x + 200 + x) / 2 = 150 + x in every half-hour of a working day.
    second = row("R3", NEXT)
    assert second["values"] == curve(150)
    assert set(second["methods"]) == {Method.CUSTOMER_CLASS}
    assert second["quality"] == Quality.TEMPORARY


def test_the_mean_customer_follows_the_days_and_not_their_order(monkeypatch):
    two_days_of_two()
    world.deliver("R4", curve(400), DAY)
    commit_done = vee_late.end_change

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(vee_late, "end_change", killed)
    with pytest.raises(KeyboardInterrupt):
        late()  # the rows have changed, their sums have not
    monkeypatch.setattr(vee_late, "end_change", commit_done)
    late()
    # (100 + 200 + 400) / 3 = 233 and a third: 233 + x; R4 has a like day now (E-09).
    assert row("R3", NEXT)["values"] == curve(233)
    assert row("R4", NEXT)["values"] == curve(400)
    world.deliver("R5", curve(300), DAY)
    late()
    # (100 + 200 + 400 + 300) / 4 = 250
    assert row("R3", NEXT)["values"] == curve(250)
    # A corrected day takes the place of what was in the sums: (100 + 200 + 400 + 380) / 4 = 270.
    world.deliver("R5", curve(380), DAY)
    late()
    assert row("R3", NEXT)["values"] == curve(270)
    kept = read(
        "SELECT days, stale FROM meterdata_classday"
        " WHERE local_day = $1 AND customer_class = 0 AND channel = 1",
        (DAY,),
    )
    assert kept.rows() == [(4, False)]


def test_a_point_with_registers_only_takes_its_own_daily_use():
    world.deliver("R1", curve(100))
    world.register("R5", date(2026, 10, 1), 1_288_000)
    world.run()
    assert row("R5")["quality"] == Quality.MISSING
    # The read of the month before comes late: 288 kWh in 30 days, 9,600 Wh a day, 200 a half-hour.
    world.register("R5", date(2026, 9, 1), 1_000_000)
    late()
    found = row("R5")
    assert found["values"] == [200] * 48
    assert set(found["methods"]) == {Method.REGISTER_AVERAGE}
    assert found["quality"] == Quality.TEMPORARY
    # And 360 kWh in 30 days a year ago, 12,000 Wh a day: the mean is 10,800, 225 a half-hour.
    year_ago = date(2025, 9, 15)
    world.register("R5", year_ago, 100_000)
    world.register("R5", year_ago + timedelta(days=30), 460_000)
    late()
    assert row("R5")["values"] == [225] * 48


def check_point(code: str, main: str) -> None:
    frame = {"kind": "check", "agreement": None, "element": "T", "unit": "D", "reading_book": None}
    text = {"agreement": pl.String, "reading_book": pl.String}
    load_usage_points(
        pl.DataFrame([{"code": code, "check_of": main, **frame}], schema_overrides=text)
    )
    world_meters.hang(Point(code, f"M{code}", None, remote=True))


def test_a_check_meter_stands_in_for_the_main_one_at_its_level():
    check_point("C1", "R1")  # in another part than R1
    world.deliver("R1", curve(100))
    world.deliver("C1", curve(50))
    world.run()
    apart = read("SELECT rule, observed, expected FROM meterdata_dayfinding WHERE rule = 'V-24'")
    assert apart.rows() == [("V-24", 4_800, 2_400)]
    world.deliver("C1", curve(60), NEXT)
    world.run(NEXT)
    # 4,800 Wh of the one are 2,400 Wh of the other: twice the check meter's value.
    found = row("R1", NEXT)
    assert found["values"] == [2 * (value or 0) for value in curve(60)]
    assert set(found["methods"]) == {Method.CHECK_METER}
    assert found["quality"] == Quality.ESTIMATED
    world.deliver("C1", curve(70), NEXT)
    late()
    assert row("R1", NEXT)["values"] == [2 * (value or 0) for value in curve(70)]
    # Its day before is corrected to 1,200 Wh (six sevens of 22 .. 28, six of 25): four times.
    world.deliver("C1", curve(25))
    late()
    assert row("R1", NEXT)["values"] == [4 * (value or 0) for value in curve(70)]


def stored(day: date, values: list[int | None], quality: Quality) -> NewFile:
    """Write a validated day of R1 as an earlier run would have."""
    nothing = np.zeros(0, np.intp), np.zeros((0, 48), np.int8)
    said = quality is not Quality.MEASURED
    marks = np.full((1, 48), int(quality), np.int8)
    row = {
        "usage_point": [key("R1")],
        "channel": np.array([Channel.ACTIVE_IMPORT], np.int8),
        "values": lists(np.array([values], np.int32)),
        "qualities": sparse_lists(1, np.array([0]), marks) if said else sparse_lists(1, *nothing),
        "methods": sparse_lists(1, *nothing),
        "reasons": sparse_lists(1, nothing[0], np.zeros((0, 48), np.int32)),
        "quality": np.array([quality], np.int16),
        "day_wh": [sum(value or 0 for value in values)],
        "raw_version": np.array([1], np.int16),
        "version": np.array([1], np.int16),
        "known_at": pa.array([MORNING], pa.timestamp("us", "UTC")),
    }
    return VALIDATED.write(day, pa.table(row))


def test_last_year_stands_in_at_the_level_of_the_last_four_weeks():
    weeks = [DAY - timedelta(days=number) for number in range(1, 29)]
    then = [day - timedelta(days=364) for day in (DAY, *weeks)]
    files = [stored(day, curve(100), Quality.MEASURED) for day in then]
    # Four weeks that people agreed on: no like days, and half as much again as a year ago.
    files += [stored(day, [150] * 48, Quality.ESTIMATED) for day in weeks]
    VALIDATED.commit(files, at=MORNING)
    world.run()
    found = row("R1")
    # 97 Wh x 7,200 / 4,800 = 145.5, halves up: 146; 98 -> 147; 99 -> 148.5 -> 149; 100 -> 150.
    assert found["values"][:4] == [146, 147, 149, 150]
    assert set(found["methods"]) == {Method.PREVIOUS_YEAR}
    assert found["quality"] == Quality.TEMPORARY
