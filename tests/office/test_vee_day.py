"""A day of half-hours: validated in parts, kept whole after any kill, late data, edits."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.contrib.auth.models import User

import world_vee as world
from congto.office.control.choices import Role
from congto.office.control.models import Grant
from congto.office.control.operations import approve
from congto.office.meterdata import editing, vee, vee_late
from congto.office.meterdata.choices import DirtyStage
from congto.office.organisation.models import Unit
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk, read
from congto.office.storage.interval_tables import HISTORY, RAW, VALIDATED, DayTable, frame_of
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.errors import CongtoError, RefusedError
from congto.vocabulary.intervals import Channel, Method
from congto.vocabulary.quality import Quality
from world_meters import OCTOBER
from world_vee import DAY, NEXT, curve, key

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from congto.vocabulary.periods import Period

IMPORT = Channel.ACTIVE_IMPORT


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA = tmp_path
    world.in_parts(monkeypatch)


def person(name: str, role: Role) -> User:
    user = User.objects.create_user(name, password="a long pass-phrase")
    Grant.objects.create(user=user, unit=Unit.objects.get(code="D"), role=role)
    return user


@pytest.fixture
def user() -> User:
    return person("nhap.lieu", Role.CLERK)


@pytest.fixture
def second() -> User:
    return person("truong.phong", Role.MANAGER)


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


class Killed(Exception):  # noqa: N818  (a kill is no error of the program)
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
    place = type(owner) if isinstance(owner, DayTable) else owner
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


AFTERNOON = world.MORNING + timedelta(hours=8)


def late(at: datetime = AFTERNOON) -> vee_late.LateReport:
    return vee_late.run_late(load_interval_rules(), at=at)


def marks(stage: DirtyStage) -> list[tuple[str, date]]:
    return read(
        "SELECT p.code, d.local_day FROM meterdata_dirtyday d"
        " JOIN meters_usagepoint p ON p.id = d.usage_point_id WHERE d.stage = $1 ORDER BY 2, 1",
        (stage.value,),
    ).rows()


def test_a_late_delivery_replaces_the_estimate_and_marks_what_was_made_of_it():
    world.deliver_all(but=("R1",))
    gap = curve(100)
    gap[10:12] = [None, None]
    world.deliver("R1", gap)
    world.run()
    rest: list[int | None] = [None] * 10 + [7, 8] + [None] * 36
    world.deliver("R1", rest, at=AFTERNOON)
    assert marks(DirtyStage.VALIDATION) == [("R1", DAY)]
    report = late()
    assert (report.looked_at, report.changed) == (1, 1)
    found = row("R1")
    assert found["values"] == [*curve(100)[:10], 7, 8, *curve(100)[12:]]
    assert (found["quality"], found["version"], found["raw_version"]) == (Quality.MEASURED, 2, 2)
    assert findings() == []
    assert findings("gone") == [("V-04", "R1", 10, 11)]
    assert marks(DirtyStage.VALIDATION) == []
    assert marks(DirtyStage.DEPENDENTS) == [("R1", DAY)]
    then = intervals.read_points([key("R1")], OCTOBER, known_at=world.MORNING)
    assert then["values"].to_list()[0][10:12] == [100, 101]  # what was known in the morning


def test_a_register_that_comes_later_settles_the_sum_of_the_day_it_ends():
    world.deliver_all(but=("R1",))
    gap = curve(100)
    gap[10:30] = [None] * 20
    world.deliver("R1", gap)
    world.register("R1", DAY, 1_000_000)
    world.run()
    assert row("R1")["day_wh"] is None  # no like day, no closing register
    world.register("R1", NEXT, 1_005_000, at=AFTERNOON)
    late()
    assert (row("R1")["day_wh"], row("R1")["quality"]) == (5_000, Quality.FINAL_ESTIMATED)


def test_an_edit_stands_beside_what_was_there_and_until_a_delivery_brings_another_value(user):
    world.deliver_all(but=("R1",))
    gap = curve(100)
    gap[10:30] = [None] * 20
    world.deliver("R1", gap)
    world.register("R1", DAY, 1_000_000)
    world.register("R1", NEXT, 1_005_000)
    world.run()
    edit = editing.edit_day(
        key("R1"), DAY, IMPORT, {10: 900, 0: 50}, reason="đọc lại", user=user, at=AFTERNOON
    )
    assert edit.before == intervals.read_versions(key("R1"), DAY)["values"].to_list()[0]
    late()
    found = row("R1")
    assert (found["values"][0], found["values"][10]) == (50, 900)
    assert found["methods"][0] == found["methods"][10] == Method.EDITED
    assert found["qualities"][10] == Quality.EDITED
    assert (found["day_wh"], found["raw_version"]) == (5_000, 0)  # the estimates beside give way
    assert late().looked_at == 0
    world.deliver("R1", [None] * 10 + [77] + [None] * 37, at=AFTERNOON + timedelta(hours=1))
    late()
    found = row("R1")
    assert (found["values"][0], found["values"][10], found["day_wh"]) == (50, 77, 5_000)
    (audit,) = read(
        "SELECT subject, reason FROM control_auditentry WHERE operation = 'interval.edit'"
    ).rows()
    assert audit == ("R1", "đọc lại")


def test_a_large_edit_waits_for_a_second_person(user, second):
    world.deliver_all()
    world.run()
    waiting = editing.edit_day(
        key("R1"), DAY, IMPORT, {5: 10_000 + 102 + 1}, reason="sự cố", user=user, at=AFTERNOON
    )  # half-hour 5 is 102 Wh: the day changes by 10,001
    assert late().looked_at == 0
    approve(waiting.pk, user=second, at=AFTERNOON)
    assert late().changed == 1
    assert row("R1")["values"][5] == 10_103


@pytest.mark.parametrize(
    ("half_hours", "reason", "sentence"),
    [
        ({48: 1}, "x", "Nửa giờ số 48"),
        ({1: -1}, "x", "Giá trị -1"),
        ({1: 5}, " ", "Thiếu lý do"),
        ({}, "x", "Không có giá trị nào thay đổi"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_with_a_sentence(user, half_hours, reason, sentence):
    world.deliver("R1", curve())
    world.run()
    with pytest.raises(CongtoError, match=sentence):
        editing.edit_day(key("R1"), DAY, IMPORT, half_hours, reason=reason, user=user, at=AFTERNOON)


def test_a_case_is_opened_when_a_billed_period_changes_by_more_than_one_percent():
    world.deliver_all()
    world.run()
    period = OCTOBER
    for code, kwh in (("R1", 100), ("R2", 1)):
        insert_usage(code, period, kwh * 1000)
    # R1: 500 Wh of 100 kWh are 0.5 %. R2: 500 Wh of 1 kWh are 50 %.
    for code, scale in (("R1", 100), ("R2", 200)):
        values = curve(scale)
        values[0] = (values[0] or 0) + 500
        world.deliver(code, values, at=AFTERNOON)
    assert late().cases == 1
    assert [one for one in findings() if one[0] == "V-23"] == [("V-23", "R2", 0, 47)]


def insert_usage(code: str, period: Period, energy_wh: int) -> None:
    with bulk() as books:
        books.execute(
            "INSERT INTO meterdata_usage (agreement_id, reading_book_id, period_from, period_to,"
            " version, energy_wh, normal_wh, peak_wh, off_peak_wh, reactive_varh, quality, flags,"
            " known_at) SELECT p.agreement_id, b.id, $2, $3, 1, $4, 0, 0, 0, 0, 7, 0, $5"
            " FROM meters_usagepoint p, meters_readingbook b WHERE p.code = $1 AND b.code = 'B1'",
            (code, period.start, period.end, energy_wh, world.MORNING + timedelta(hours=1)),
        )


def test_any_order_of_delivery_ends_in_the_same_days():
    """Pieces of two days, in seeded orders, with runs in between: the same final state."""
    whole = {DAY: curve(100), NEXT: curve(110)}
    pieces = [
        (day, [v if low <= k < low + 16 else None for k, v in enumerate(values)])
        for day, values in whole.items()
        for low in (0, 16, 32)
    ][:-1]  # the last evening never comes
    world.register("R1", DAY, 1_000_000)
    world.register("R1", NEXT + timedelta(days=1), 1_010_500)
    ends = []
    for seed in range(4):
        forget()
        RAW.opened().delete() if RAW.opened() else None
        chance = random.Random(seed)  # noqa: S311  (an order, no secret)
        order = chance.sample(pieces, len(pieces))
        cut = sorted(chance.sample(range(len(order) + 1), 2))
        for day, values in order[: cut[0]]:
            world.deliver("R1", values, day)
        world.run()
        for day, values in order[cut[0] : cut[1]]:
            world.deliver("R1", values, day)
        world.run(NEXT)
        late()
        for day, values in order[cut[1] :]:
            world.deliver("R1", values, day)
        late()
        last = [row("R1", day) for day in (DAY, NEXT)]
        kept = ("values", "qualities", "methods", "reasons", "quality", "day_wh")
        remembered = [
            intervals.newest(
                frame_of(HISTORY.snapshot(day).rows(points=np.array([key("R1")])), HISTORY, day)
            ).drop("version")
            for day in (DAY, NEXT)
        ]
        ends.append(([[one[name] for name in kept] for one in last], remembered, findings()))
    for seed, (days, remembered, found) in enumerate(ends):
        assert days == ends[0][0], f"seed {seed}"
        assert found == ends[0][2], f"seed {seed}"
        for one, first in zip(remembered, ends[0][1], strict=True):
            assert one.equals(first), f"seed {seed}"
    assert ends[0][0][0][0] == curve(100)
    # The registers lie two days apart: the lost evening is what is left of their 10,500 Wh.
    assert [one[-1] for one in ends[0][0]] == [4_800, 5_700]


def test_days_of_silence_between_two_registers_share_what_they_say():
    third = NEXT + timedelta(days=1)
    world.deliver_all(but=("R1",))
    world.register("R1", DAY, 99_999_000)  # five digits: 1 kWh before the dial begins again
    world.run()
    assert row("R1")["day_wh"] is None
    world.deliver("R1", [10] * 24 + [None] * 24, NEXT)
    world.register("R1", third, 6_441)
    world.run(NEXT)
    late()
    first, second = row("R1"), row("R1", NEXT)
    # 7,441 Wh less 240 measured = 7,201 over 72 open half-hours: 100 each and 1 left over
    assert first["day_wh"] + second["day_wh"] == 7_441
    assert second["values"][:24] == [10] * 24
    assert {*first["values"], *second["values"][24:]} == {100, 101}
    assert {*first["methods"]} == {Method.FLAT_REGISTER}
    assert first["quality"] == second["quality"] == Quality.FINAL_ESTIMATED
    assert marks(DirtyStage.VALIDATION) == []
