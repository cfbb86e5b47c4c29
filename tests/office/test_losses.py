"""Balances in the books, from meters only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import world_meters as world
from congto.office.control.queries import Scope
from congto.office.losses.choices import BalanceLevel
from congto.office.losses.operations import balance, derive_again
from congto.office.losses.queries import unit_balance
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.operations import determine_usage
from congto.office.meterdata.vee_dirty import mark
from congto.office.storage.bulk import bulk, read
from world_meters import AT, LATER, OCTOBER, Point

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object) -> None:
    settings.DATA = tmp_path


def month(**received_kwh: int) -> None:
    """Deliver what the elements received and 100, 200, 300 kWh of the three customers."""
    world.deliver(
        *(world.month_of_element(element, kwh) for element, kwh in received_kwh.items()),
        *(world.month_of(number, 0, 100 * int(number)) for number in world.CUSTOMERS),
    )
    determine_usage(OCTOBER, at=AT)


def balances() -> dict[str, tuple[int, int, int, int]]:
    rows = read(
        "SELECT e.code, b.received_wh, b.passed_on_wh, b.sold_wh, b.loss_wh"
        " FROM losses_energybalance b JOIN network_networkelement e ON e.id = b.element_id"
    )
    return {row[0]: row[1:] for row in rows.iter_rows()}


def found() -> list[tuple[str, str, str]]:
    rows = read(
        "SELECT rule, subject, state FROM control_findingrecord WHERE rule LIKE 'LOS%'"
        " ORDER BY 1, 2"
    )
    return rows.rows()


def test_the_network_is_balanced_from_registers():
    month(S=650, F=640, T=620)
    assert balance(OCTOBER, AT) == 3
    assert balances() == {
        "S": (650_000, 640_000, 0, 10_000),
        "F": (640_000, 620_000, 0, 20_000),
        "T": (620_000, 0, 600_000, 20_000),
    }
    assert found() == []


def test_balancing_again_changes_nothing():
    month(S=650, F=640, T=620)
    balance(OCTOBER, AT)
    before = read("SELECT * FROM losses_energybalance ORDER BY id")
    balance(OCTOBER, LATER)
    assert read("SELECT * FROM losses_energybalance ORDER BY id").equals(before)


def test_the_levels_add_up_to_received_less_sold():
    month(S=650, F=640, T=620)
    balance(OCTOBER, AT)
    sums = unit_balance(OCTOBER.start, Scope.everything())
    assert sums.loss_wh == {
        BalanceLevel.SUBSTATION: 10_000,
        BalanceLevel.FEEDER: 20_000,
        BalanceLevel.TRANSFORMER: 20_000,
    }
    assert sums.received_wh - sums.sold_wh - sums.bulk_wh == sums.lost_wh == 50_000
    assert (sums.points, sums.points_measured) == (3, 3)
    assert unit_balance(OCTOBER.start, Scope.nothing()).received_wh == 0


def test_an_element_without_a_reading_has_no_balance_and_is_found():
    month(S=650, F=640)
    balance(OCTOBER, AT)
    # T's customers count for the feeder: 640 - 600 = 40
    assert balances() == {
        "S": (650_000, 640_000, 0, 10_000),
        "F": (640_000, 0, 600_000, 40_000),
    }
    assert found() == [("LOS-001", "T", "open")]


def test_a_reading_that_comes_later_brings_the_balance_and_closes_the_finding():
    month(S=650, F=640)
    balance(OCTOBER, AT)
    world.deliver(world.month_of_element("T", 620), at=LATER)
    balance(OCTOBER, LATER)
    assert balances()["T"] == (620_000, 0, 600_000, 20_000)
    assert balances()["F"] == (640_000, 620_000, 0, 20_000)
    assert found() == [("LOS-001", "T", "closed")]


def test_unread_customers_lower_the_coverage_and_are_not_taken_for_zero():
    world.deliver(
        *(world.month_of_element(element, 700) for element in ("S", "F", "T")),
        *(world.month_of(number, 0, 100 * int(number)) for number in ("1", "2")),
    )
    determine_usage(OCTOBER, at=AT)
    balance(OCTOBER, AT)
    (row,) = read(
        "SELECT points, points_measured, sold_wh FROM losses_energybalance WHERE points > 0"
    ).rows()
    assert row == (3, 2, 300_000)
    assert found() == [("LOS-004", "T", "open")]


def test_a_negative_loss_is_found():
    month(S=650, F=640, T=590)
    balance(OCTOBER, AT)
    assert balances()["T"][3] == -10_000
    assert found() == [("LOS-003", "T", "open")]


def test_complete_half_hours_go_before_the_register():
    with bulk() as books:
        books.execute("UPDATE meters_meter SET remote = true WHERE serial = 'SIM-T'")
    # 48 x 31 x 417 Wh = 620.496 kWh
    world.deliver_half_hours("T-M", [417] * 48)
    month(S=650, F=640, T=620)
    balance(OCTOBER, AT)
    assert balances()["T"] == (620_496, 0, 600_000, 20_496)


def test_half_hours_that_change_later_balance_their_month_again():
    with bulk() as books:
        books.execute("UPDATE meters_meter SET remote = true WHERE serial = 'SIM-T'")
    world.deliver_half_hours("T-M", [417] * 48)
    month(S=650, F=640, T=620)
    balance(OCTOBER, AT)
    world.deliver_half_hours("T-M", [418] * 48, at=LATER)
    point = read("SELECT id FROM meters_usagepoint WHERE code = 'T-M'").item()
    for day, balanced in ((OCTOBER.start, 1), (OCTOBER.end, 0)):
        with bulk() as books:
            days = pl.DataFrame({"usage_point": [point], "local_day": [day]})
            mark(books, days, DirtyStage.DEPENDENTS, at=LATER)
        assert derive_again(at=LATER).balances == balanced
    # 48 x 31 x 418 Wh = 621.984 kWh
    assert balances()["T"] == (621_984, 0, 600_000, 21_984)


def test_incomplete_half_hours_give_way_to_the_register():
    with bulk() as books:
        books.execute("UPDATE meters_meter SET remote = true WHERE serial = 'SIM-T'")
    world.deliver_half_hours("T-M", [417] * 47 + [None])
    month(S=650, F=640, T=620)
    balance(OCTOBER, AT)
    assert balances()["T"][0] == 620_000


def test_an_agreement_with_points_at_two_elements_is_divided_by_its_meters():
    world.add_points(Point("P1F", "M1F", "A1", "F", book="B2"))
    world.deliver(world.dials(("P1F", "M1F", world.START, 0), ("P1F", "M1F", world.END, 15)))
    month(S=670, F=660, T=620)
    balance(OCTOBER, AT)
    assert balances()["F"] == (660_000, 620_000, 15_000, 25_000)
    assert balances()["T"] == (620_000, 0, 600_000, 20_000)


def test_what_rounding_added_stays_with_the_largest_point():
    world.add_points(Point("P1F", "M1F", "A1", "F", book="B2"))
    # 15.3 kWh at F and 100.4 kWh at T are billed as 116 kWh: 0.3 kWh more than was measured
    world.deliver(
        world.dials(("P1F", "M1F", world.START, 0), ("P1F", "M1F", world.END, 15.3)),
        world.month_of("1", 0, 100.4),
        *(world.month_of_element(element, 700) for element in ("S", "F", "T")),
        *(world.month_of(number, 0, 100 * int(number)) for number in ("2", "3")),
    )
    determine_usage(OCTOBER, at=AT)
    balance(OCTOBER, AT)
    assert balances()["F"][2] == 15_300
    assert balances()["T"][2] == 100_700 + 200_000 + 300_000
