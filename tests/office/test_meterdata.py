"""Readings, findings and usage in the books: versions, reruns, what is parked and what is not."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

import world_meters as world
from congto.office.control.queries import Scope
from congto.office.meterdata import period_reads
from congto.office.meterdata import usage as usage_module
from congto.office.meterdata.operations import check_period, determine_usage, load_register_reads
from congto.office.meterdata.queries import interval_day, reads_of_point, usage_months
from congto.office.storage.bulk import bulk, read
from world_meters import AT, END, LATER, OCTOBER, START, Point

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object) -> None:
    settings.DATA = tmp_path


def found(state: str = "open") -> list[tuple[str, str]]:
    rows = read(
        "SELECT rule, subject FROM control_findingrecord WHERE state = $1 ORDER BY 1, 2", (state,)
    )
    return rows.rows()


def used() -> dict[str, int]:
    rows = read(
        "SELECT DISTINCT ON (a.code) a.code, u.energy_wh FROM meterdata_usage u"
        " JOIN customers_agreement a ON a.id = u.agreement_id ORDER BY a.code, u.version DESC"
    )
    return dict(rows.rows())


def point_id(code: str) -> int:
    return int(read("SELECT id FROM meters_usagepoint WHERE code = $1", (code,))["id"].item())


def agreement_id(code: str) -> int:
    return int(read("SELECT id FROM customers_agreement WHERE code = $1", (code,))["id"].item())


def deliver_network() -> None:
    world.deliver(*(world.month_of_element(element, 1_000) for element in ("S", "F", "T")))


def test_a_delivery_is_loaded_once():
    reads = world.month_of("1", 100, 234)
    assert world.deliver(reads).inserted == 2
    again = world.deliver(reads, at=LATER)
    assert (again.inserted, again.unchanged) == (0, 2)


def test_a_correction_is_a_new_version_and_the_old_one_stays():
    world.deliver(world.month_of("1", 100, 234))
    corrected = world.deliver(world.dials(("P1", "M1", END, 243)), at=LATER)
    assert corrected.inserted == 1
    versions = read(
        "SELECT version, index_wh, known_at FROM meterdata_registerreading WHERE read_on = $1"
        " ORDER BY version",
        (END,),
    )
    assert versions.rows() == [(1, 234_000, AT), (2, 243_000, LATER)]
    current = reads_of_point(point_id("P1"), OCTOBER, Scope.everything())
    assert [(row.read_on, row.index_wh) for row in current] == [(START, 100_000), (END, 243_000)]


def test_reads_that_cannot_be_are_rejected_and_the_others_enter():
    report = world.deliver(
        world.dials(
            ("P1", "M1", START, 100),
            ("P1", "M2", START, 100),  # the meter of another point
            ("P2", "M2", date(2023, 12, 31), 100),  # before it was hung
            ("P9", "M1", START, 100),
            ("P2", "M9", START, 100),
            ("P3", "M3", START, 100_000),  # five digits end at 99,999
        )
    )
    assert report.inserted == 1
    assert report.errors.select("line", "found").rows() == [
        (2, "meter M2 does not hang at P1 on 2026-10-01"),
        (3, "meter M2 does not hang at P2 on 2023-12-31"),
        (4, "usage point P9 is not known"),
        (5, "meter M9 is not known"),
        (6, "a dial of 5 digits cannot show 100000000 Wh"),
    ]


def test_usage_is_determined_once_and_only_where_readings_are_accepted():
    deliver_network()
    world.deliver(
        world.month_of("1", 100, 234),
        world.month_of("2", 500, 400),  # backwards
        world.dials(("P3", "M3", START, 7_000)),  # not read at the end
    )
    assert check_period(OCTOBER, at=AT) == 2
    assert determine_usage(OCTOBER, at=AT) == 1
    assert used() == {"A1": 134_000}
    assert found() == [("RDG-001", "P3"), ("RDG-002", "P2")]
    assert check_period(OCTOBER, at=LATER) == 0
    assert determine_usage(OCTOBER, at=LATER) == 0


def test_a_point_without_a_meter_is_found_and_its_agreement_parked():
    deliver_network()
    world.deliver(*(world.month_of(number, 0, 10) for number in world.CUSTOMERS))
    with bulk() as books:
        books.execute(
            "DELETE FROM meters_meterinstallation WHERE usage_point_id = $1", (point_id("P2"),)
        )
    check_period(OCTOBER, at=AT)
    determine_usage(OCTOBER, at=AT)
    assert found() == [("RDG-001", "P2")]
    assert used() == {"A1": 10_000, "A3": 10_000}


def test_a_corrected_reading_closes_its_finding_and_brings_the_usage():
    deliver_network()
    world.deliver(*(world.month_of(number, 500, 400) for number in world.CUSTOMERS))
    check_period(OCTOBER, at=AT)
    assert determine_usage(OCTOBER, at=AT) == 0
    world.deliver(world.dials(("P1", "M1", END, 600)), at=LATER)
    check_period(OCTOBER, at=LATER)
    assert found("closed") == [("RDG-002", "P1")]
    assert found() == [("RDG-002", "P2"), ("RDG-002", "P3")]
    assert determine_usage(OCTOBER, at=LATER) == 1
    assert used() == {"A1": 100_000}


def test_a_finding_that_comes_back_is_opened_again():
    deliver_network()
    world.deliver(*(world.month_of(number, 0, 10) for number in world.CUSTOMERS))
    world.deliver(world.month_of("1", 500, 400), at=AT)
    check_period(OCTOBER, at=AT)
    world.deliver(world.dials(("P1", "M1", END, 600)), at=LATER)
    check_period(OCTOBER, at=LATER)
    world.deliver(world.dials(("P1", "M1", END, 400)), at=LATER)
    check_period(OCTOBER, at=LATER)
    assert found() == [("RDG-002", "P1")]


def test_a_corrected_reading_makes_a_new_version_of_the_usage():
    world.deliver(world.month_of("1", 100, 234))
    determine_usage(OCTOBER, at=AT)
    world.deliver(world.dials(("P1", "M1", END, 243)), at=LATER)
    determine_usage(OCTOBER, at=LATER)
    versions = read("SELECT version, energy_wh FROM meterdata_usage ORDER BY version")
    assert versions.rows() == [(1, 134_000), (2, 143_000)]
    (current,) = usage_months(agreement_id("A1"), END, Scope.everything())
    assert (current.version, current.energy_wh) == (2, 143_000)


def test_an_implausible_value_that_a_person_confirmed_is_used():
    # one household: 80 A x 220 V x 24 h x 31 days = 13,094.4 kWh
    deliver_network()
    world.deliver(
        world.month_of("1", 0, 13_095),
        *(world.month_of(number, 0, 10) for number in ("2", "3")),
    )
    check_period(OCTOBER, at=AT)
    assert found() == [("RDG-004", "P1")]
    determine_usage(OCTOBER, at=AT)
    assert "A1" not in used()
    with bulk() as books:
        books.execute("UPDATE control_findingrecord SET state = 'closed'")
    check_period(OCTOBER, at=LATER)
    assert found("closed") == [("RDG-004", "P1")]
    determine_usage(OCTOBER, at=LATER)
    assert used()["A1"] == 13_095_000
    world.deliver(world.dials(("P1", "M1", END, 13_096)), at=LATER)
    check_period(OCTOBER, at=LATER)
    assert found() == [("RDG-004", "P1")], "another value is another question"


def test_a_meter_changed_in_the_month_counts_with_the_new_one():
    # tariffs 4.4: (500 - 400) x 1 + (30 - 10) x 5 = 200 kWh
    change = date(2026, 10, 16)
    with bulk() as books:
        books.execute(
            "UPDATE meters_meterinstallation SET valid_to = $1 WHERE usage_point_id = $2",
            (change, point_id("P1")),
        )
    world.hang(Point("P1", "M1-NEW", "A1", valid_from=change, multiplier=5))
    old = world.dials(("P1", "M1", START, 400), ("P1", "M1", change, 500))
    new = world.dials(("P1", "M1-NEW", change, 10), ("P1", "M1-NEW", END, 30))
    assert world.deliver(old, new).inserted == 4
    determine_usage(OCTOBER, at=AT)
    assert used() == {"A1": 200_000}


def test_points_of_one_agreement_in_two_books_are_one_usage():
    world.add_points(Point("P1B", "M1B", "A1", book="B2"))
    world.deliver(
        world.month_of("1", 100, 234),
        world.dials(("P1B", "M1B", START, 0), ("P1B", "M1B", END, 66)),
    )
    determine_usage(OCTOBER, at=AT)
    assert used() == {"A1": 200_000}


def test_an_agreement_that_begins_in_the_month_is_used_from_its_first_day():
    first = date(2026, 10, 11)
    with bulk() as books:
        books.execute("UPDATE customers_agreement SET valid_from = $1 WHERE code = 'A1'", (first,))
        books.execute("UPDATE meters_meterinstallation SET valid_from = $1", (first,))
    world.deliver(world.dials(("P1", "M1", first, 0), ("P1", "M1", END, 70)))
    determine_usage(OCTOBER, at=AT)
    rows = read("SELECT period_from, period_to, energy_wh FROM meterdata_usage")
    assert rows.rows() == [(first, END, 70_000)]


def test_a_run_that_was_killed_between_books_is_finished_by_the_next(monkeypatch):
    monkeypatch.setattr(period_reads.partitions, "__defaults__", (1,))  # every book alone
    world.add_points(Point("P4", "M4", "A3", book="B2"))
    with bulk() as books:
        books.execute(
            "UPDATE meters_usagepoint SET reading_book_id ="
            " (SELECT id FROM meters_readingbook WHERE code = 'B2') WHERE code = 'P3'"
        )
    world.deliver(
        *(world.month_of(number, 0, 10) for number in world.CUSTOMERS),
        world.dials(("P4", "M4", START, 0), ("P4", "M4", END, 5)),
    )
    whole = usage_module._determine
    calls = []

    def killed_in_the_second(*arguments: object) -> int:
        calls.append(arguments)
        if len(calls) == 2:
            whole(*arguments)
            raise KeyboardInterrupt  # after its rows were sent, before its commit
        return whole(*arguments)

    monkeypatch.setattr(usage_module, "_determine", killed_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        determine_usage(OCTOBER, at=AT)
    assert used() == {"A1": 10_000, "A2": 10_000}
    assert determine_usage(OCTOBER, at=LATER) == 1
    assert used() == {"A1": 10_000, "A2": 10_000, "A3": 15_000}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_delivery_gives_the_same_usage(seed):
    chance = random.Random(seed)  # noqa: S311  (a test's order)
    reads = pl.concat([world.month_of(n, 99_900, 50 + int(n)) for n in world.CUSTOMERS])
    rows = list(range(reads.height))
    chance.shuffle(rows)
    cut = chance.randrange(1, len(rows))
    for part in (rows[:cut], rows[cut:], rows[:cut]):
        load_register_reads(reads[part], at=AT)
    determine_usage(OCTOBER, at=AT)
    # 100,000 - 99,900 + 51, 52, 53
    assert used() == {"A1": 151_000, "A2": 152_000, "A3": 153_000}, f"seed {seed}"


def test_half_hours_are_checked_against_the_register():
    deliver_network()
    remote = [Point(f"P{n}", f"M{n}", f"A{int(n) - 3}", remote=True) for n in ("4", "5", "6")]
    world.add_points(*remote)
    # 48 x 31 x 125 Wh = 186 kWh
    world.deliver(
        *(world.month_of(number, 0, 10) for number in world.CUSTOMERS),
        world.month_of("4", 0, 186),
        world.month_of("5", 0, 186),
        world.month_of("6", 0, 286),
    )
    world.deliver_half_hours("P4", [125] * 48)
    world.deliver_half_hours("P5", [125] * 47 + [None])
    world.deliver_half_hours("P6", [125] * 48)
    check_period(OCTOBER, at=AT)
    assert found() == [("RDG-010", "P5"), ("RDG-012", "P6")]
    assert interval_day(point_id("P5"), START, Scope.everything()) == [125] * 47 + [None]
    assert interval_day(point_id("P5"), START, Scope.nothing()) is None


def test_half_hours_of_a_point_that_nobody_knows_are_listed():
    report = world.deliver_half_hours("P9", [1] * 48)
    assert report.inserted == 0
    assert report.rejected == 31
    assert report.errors["found"][0] == "usage point P9 is not known"


def test_half_hours_are_loaded_once():
    assert world.deliver_half_hours("P1", [1] * 48).inserted == 31
    again = world.deliver_half_hours("P1", [1] * 48)
    assert (again.inserted, again.unchanged) == (0, 31)
