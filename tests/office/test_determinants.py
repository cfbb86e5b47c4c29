"""Determinants, aggregates and bills from half-hours in the books; figures by hand.

October 2026 has 31 days, 4 of them Sundays. 500 Wh every half-hour are 744 kWh: off-peak
31 x 6 = 186, peak 27 x 5 = 135, normal 27 x 13 + 4 x 18 = 423 (tariffs 2.1 A).
"""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

import world_meters as world
from congto.office.control.queries import Scope
from congto.office.losses.operations import derive_again
from congto.office.meterdata import determinants, determinants_again
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.operations import (
    aggregate_day,
    check_period,
    determine_points,
    determine_usage,
)
from congto.office.meterdata.queries import aggregate_load, determinants_of_point
from congto.office.meterdata.vee_dirty import mark, marked
from congto.office.storage.bulk import bulk, read
from congto.vocabulary.intervals import Channel
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality, UsageFlag
from congto.vocabulary.usage import Level, Source
from world_meters import AT, LATER, OCTOBER
from world_validated import FLAT, validated

if TYPE_CHECKING:
    from pathlib import Path

BANDS = (423_000, 135_000, 186_000)
ALL = Scope.everything()
WEDNESDAY = date(2026, 10, 7)
M, E, X = Quality.MEASURED.value, Quality.ESTIMATED.value, Quality.EDITED.value


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books: str, tmp_path: Path, settings: object) -> None:
    """Let customer 1 produce at three prices behind a meter with one register."""
    settings.DATA = tmp_path
    with bulk() as open_books:
        open_books.execute(
            "UPDATE customers_priceassignment SET time_of_use = true, \"group\" = 'production'"
            " WHERE agreement_id = (SELECT id FROM customers_agreement WHERE code = 'A1')"
        )


def point_id(code: str) -> int:
    return int(read("SELECT id FROM meters_usagepoint WHERE code = $1", (code,))["id"].item())


def element_id(code: str) -> int:
    return int(read("SELECT id FROM network_networkelement WHERE code = $1", (code,))["id"].item())


def used(code: str = "A1") -> list[tuple[int, ...]]:
    """Return the versions of an agreement's usage: normal, peak, off-peak, energy, flags."""
    return read(
        "SELECT u.normal_wh, u.peak_wh, u.off_peak_wh, u.energy_wh, u.flags FROM meterdata_usage u"
        " JOIN customers_agreement a ON a.id = u.agreement_id WHERE a.code = $1 ORDER BY u.version",
        (code,),
    ).rows()


def found(subject: str = "P1", state: str = "open") -> list[str]:
    return read(
        "SELECT rule FROM control_findingrecord WHERE subject = $1 AND state = $2 ORDER BY 1",
        (subject, state),
    )["rule"].to_list()


def deliver(kwh: float = 744) -> None:
    world.deliver(world.month_of("1", 100, 100 + kwh))


def test_three_prices_behind_one_register_are_billed_from_half_hours():
    deliver()
    validated({point_id("P1"): FLAT})
    check_period(OCTOBER, at=AT)
    determine_usage(OCTOBER, at=AT)
    assert used() == [(*BANDS, 744_000, UsageFlag.HALF_HOURS.value)]
    assert "RDG-007" not in found()


def test_without_half_hours_the_split_is_not_guessed():
    deliver()
    check_period(OCTOBER, at=AT)
    determine_usage(OCTOBER, at=AT)
    assert used() == []
    assert found() == ["RDG-007"]


def test_one_missing_half_hour_holds_the_agreement_and_says_why():
    deliver()
    point = point_id("P1")
    days = OCTOBER.each_day()
    validated({point: FLAT}, days=[day for day in days if day != WEDNESDAY])
    validated({point: [*FLAT[:47], None]}, days=[WEDNESDAY], quality=Quality.MISSING)
    check_period(OCTOBER, at=AT)
    assert determine_usage(OCTOBER, at=AT) == 0
    assert found() == ["USG-101"]
    # the half-hour comes late: a new version of the day, and the finding closes itself
    validated({point: FLAT}, days=[WEDNESDAY], version=2, at=LATER)
    check_period(OCTOBER, at=LATER)
    determine_usage(OCTOBER, at=LATER)
    assert used() == [(*BANDS, 744_000, UsageFlag.HALF_HOURS.value)]
    assert found(state="closed") == ["USG-101"]


@pytest.mark.parametrize(
    ("estimated", "rules"),
    [(2, []), (3, ["USG-102"])],  # 31 x 2 / 1488 = 4.2 %; 31 x 3 / 1488 = 6.3 %
)
def test_at_most_five_percent_are_estimated(estimated, rules):
    deliver()
    qualities = [M] * (48 - estimated) + [E] * estimated
    validated({point_id("P1"): FLAT}, quality=Quality.ESTIMATED, qualities=qualities)
    check_period(OCTOBER, at=AT)
    determine_usage(OCTOBER, at=AT)
    assert found() == rules
    assert len(used()) == (0 if rules else 1)


def test_edited_half_hours_are_listed_and_billed():
    deliver()
    validated({point_id("P1"): FLAT}, quality=Quality.EDITED, qualities=[M] * 47 + [X])
    check_period(OCTOBER, at=AT)
    determine_usage(OCTOBER, at=AT)
    assert found() == ["USG-103"]
    assert used()[0][3] == 744_000


def test_half_hours_that_nobody_judged_are_not_billed():
    deliver()
    world.deliver_half_hours("P1", FLAT)
    check_period(OCTOBER, at=AT)
    assert determine_usage(OCTOBER, at=AT) == 0
    assert {"USG-101", "USG-104"} <= set(found())


def test_a_register_that_says_otherwise_holds_the_agreement():
    deliver(754)  # 10 kWh apart; the sum check allows 3,770 Wh of 754 kWh
    validated({point_id("P1"): FLAT})
    check_period(OCTOBER, at=AT)
    assert determine_usage(OCTOBER, at=AT) == 0
    assert "USG-106" in found()


def test_without_a_closing_read_half_hours_are_not_billed():
    validated({point_id("P1"): FLAT})
    world.deliver(world.dials(("P1", "M1", OCTOBER.start, 100)))
    check_period(OCTOBER, at=AT)
    assert determine_usage(OCTOBER, at=AT) == 0
    assert "USG-105" in found()


def test_the_register_of_a_one_price_agreement_is_billed_as_before():
    world.deliver(world.month_of("2", 100, 844))
    validated({point_id("P2"): FLAT})
    determine_usage(OCTOBER, at=AT)
    assert used("A2") == [(0, 0, 0, 744_000, 0)]


# --- determinants of everybody ------------------------------------------------------------------


def test_determinants_of_every_point_from_half_hours_or_registers():
    deliver()
    world.deliver(world.month_of("2", 10, 30))
    validated({point_id("P1"): FLAT})
    validated({point_id("P1"): [240] * 48}, channel=Channel.REACTIVE_IMPORT)
    assert determine_points(OCTOBER) == 1
    one = determinants_of_point(point_id("P1"), OCTOBER, ALL)
    assert one is not None
    assert (one["normal_wh"], one["peak_wh"], one["off_peak_wh"]) == BANDS
    assert (one["source"], one["days"], one["half_hours"]) == (Source.HALF_HOURS.value, 31, 1488)
    assert (one["register_wh"], one["difference_wh"]) == (744_000, 0)
    assert (one["demand_w"], one["load_factor_permille"]) == (1000, 1000)
    # cos phi = 500 / sqrt(500^2 + 240^2) = 500 / 554.62 = 0.9015
    assert (one["reactive_varh"], one["power_factor_permille"]) == (1488 * 240, 902)
    two = determinants_of_point(point_id("P2"), OCTOBER, ALL)
    assert two is not None
    assert (two["source"], two["energy_wh"]) == (Source.REGISTERS.value, 20_000)
    three = determinants_of_point(point_id("P3"), OCTOBER, ALL)
    assert three is not None
    assert (three["source"], three["energy_wh"]) == (Source.NOTHING.value, None)
    assert determinants_of_point(point_id("P1"), OCTOBER, Scope.nothing()) is None


def test_a_second_run_makes_what_differs_only():
    deliver()
    validated({point_id("P1"): FLAT})
    assert determine_points(OCTOBER) == 1
    assert determine_points(OCTOBER) == 0
    world.deliver(world.month_of("2", 10, 30))
    assert determine_points(OCTOBER) == 1
    validated({point_id("P1"): [600] * 48}, days=[WEDNESDAY], version=2, at=LATER)
    assert determine_points(OCTOBER) == 1
    one = determinants_of_point(point_id("P1"), OCTOBER, ALL)
    assert one is not None
    assert (one["energy_wh"], one["difference_wh"]) == (748_800, 4_800)


class AsProcesses(ThreadPoolExecutor):
    """Hands over work as to another process, without the seconds that starting one takes."""

    def map(self, work, *given):
        return super().map(pickle.loads(pickle.dumps(work)), *given)  # noqa: S301  (made here)


def test_several_processes_make_the_same_files(monkeypatch):
    monkeypatch.setattr(determinants, "PART_POINTS", 2)
    validated({point_id(code): FLAT for code in ("P1", "P2", "P3")}, days=[WEDNESDAY])
    determine_points(OCTOBER)
    expected = determinants.determinants_of(OCTOBER)
    places = list(determinants.folder_of(OCTOBER).glob("*.parquet"))
    for place in places:
        place.unlink()
    with AsProcesses(2) as pool:
        assert determine_points(OCTOBER, pool=pool) == len(places) > 1
    assert determinants.determinants_of(OCTOBER).equals(expected)


def test_a_run_killed_between_parts_is_finished_by_the_next(monkeypatch):
    monkeypatch.setattr(determinants, "PART_POINTS", 2)
    validated({point_id(code): FLAT for code in ("P1", "P2", "P3")})
    whole = determine_points(OCTOBER)
    expected = determinants.determinants_of(OCTOBER)
    parts = sorted(determinants.folder_of(OCTOBER).glob("*.parquet"))
    assert whole == len(parts) > 1
    for place in parts:
        place.unlink()
    made: list[int] = []
    write = determinants.derived.write

    def dies_at_the_second(place, rows, *, of):
        if made:
            raise KeyboardInterrupt
        made.append(1)
        write(place, rows, of=of)

    with monkeypatch.context() as killed:
        killed.setattr(determinants.derived, "write", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            determine_points(OCTOBER)
    assert determine_points(OCTOBER) == whole - 1
    assert determinants.determinants_of(OCTOBER).equals(expected)


def test_an_agreement_that_begins_in_the_month_counts_from_its_first_day():
    first = date(2026, 10, 11)
    with bulk() as open_books:
        open_books.execute("UPDATE customers_agreement SET valid_from = $1", (first,))
    validated({point_id("P1"): FLAT})
    determine_points(OCTOBER)
    one = determinants_of_point(point_id("P1"), OCTOBER, ALL)
    assert one is not None
    assert (one["period_from"], one["days"], one["energy_wh"]) == (first, 21, 21 * 24_000)
    assert one["coverage_permille"] == 1000


# --- aggregates -----------------------------------------------------------------------------------


def load(level: Level, key: int | str | None = None, **wanted: object) -> pl.DataFrame:
    return aggregate_load(level, Period.of_day(WEDNESDAY), ALL, key=key, **wanted)


def test_a_day_is_added_up_by_the_network_the_units_and_the_classes():
    validated({point_id("P1"): FLAT, point_id("P2"): [100] * 48}, days=[WEDNESDAY])
    assert aggregate_day(WEDNESDAY)
    hours = load(Level.TRANSFORMER, element_id("T"))
    assert hours["energy_wh"].to_list() == [1200] * 24
    # three customers; the third delivered nothing: 4 of 6 half-hours of every hour
    assert hours["coverage_permille"].to_list() == [666] * 24
    for level in (Level.FEEDER, Level.DISTRICT, Level.COMPANY):
        (day,) = load(level, whole_days=True).to_dicts()
        assert (day["energy_wh"], day["points"], day["present"]) == (28_800, 3, 96)
    classes = load(Level.CUSTOMER_CLASS, whole_days=True)
    assert dict(classes.select("customer_class", "energy_wh").iter_rows()) == {
        "production": 24_000,
        "residential": 4_800,
    }


def test_a_day_without_half_hours_has_no_figure():
    aggregate_day(WEDNESDAY)
    (day,) = load(Level.DISTRICT, whole_days=True).to_dicts()
    assert (day["energy_wh"], day["coverage_permille"], day["points"]) == (None, 0, 3)


def test_a_day_added_up_again_is_left_alone_until_a_reading_changes():
    validated({point_id("P1"): FLAT}, days=[WEDNESDAY])
    assert aggregate_day(WEDNESDAY)
    assert not aggregate_day(WEDNESDAY)
    validated({point_id("P1"): [600] * 48}, days=[WEDNESDAY], version=2, at=LATER)
    assert aggregate_day(WEDNESDAY)
    assert load(Level.FEEDER, whole_days=True)["energy_wh"].to_list() == [28_800]


def test_aggregates_of_other_units_are_not_answered():
    validated({point_id("P1"): FLAT}, days=[WEDNESDAY])
    aggregate_day(WEDNESDAY)
    october = Period.of_day(WEDNESDAY)
    assert aggregate_load(Level.DISTRICT, october, Scope.nothing()).is_empty()
    district = Scope(("P/C/D/",))
    assert aggregate_load(Level.DISTRICT, october, district).height == 24
    assert aggregate_load(Level.COMPANY, october, district).is_empty()


# --- again ----------------------------------------------------------------------------------------


def dirty(code: str, day: date = WEDNESDAY) -> None:
    with bulk() as open_books:
        days = pl.DataFrame({"usage_point": [point_id(code)], "local_day": [day]})
        mark(open_books, days, DirtyStage.DEPENDENTS, at=LATER)


def test_late_half_hours_bring_new_aggregates_determinants_and_usage():
    deliver()
    point = point_id("P1")
    validated({point: FLAT})
    determine_usage(OCTOBER, at=AT)
    determine_points(OCTOBER)
    aggregate_day(WEDNESDAY)
    late = list(FLAT)
    late[20], late[0] = 1500, 0  # 1,000 Wh more at 10:00, peak; 500 Wh less at 00:00, off-peak
    validated({point: late}, days=[WEDNESDAY], version=2, at=LATER)
    dirty("P1")
    again = derive_again(at=LATER)
    assert (again.points_days, again.days, again.files, again.usages) == (1, 1, 1, 1)
    # 135 + 1 = 136 kWh peak; 185.5 kWh off-peak, halves up: 186
    assert used()[-1][:3] == (423_000, 136_000, 186_000)
    one = determinants_of_point(point, OCTOBER, ALL)
    assert one is not None
    assert (one["peak_wh"], one["off_peak_wh"]) == (136_000, 185_500)
    assert load(Level.FEEDER, whole_days=True)["energy_wh"].to_list() == [24_500]
    assert derive_again(at=LATER).points_days == 0


def test_marks_stay_when_deriving_is_killed(monkeypatch):
    validated({point_id("P1"): FLAT})
    determine_points(OCTOBER)
    dirty("P1")

    def dies(period):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(determinants_again.determinants, "determine_points", dies)
        with pytest.raises(KeyboardInterrupt):
            derive_again(at=LATER)
    with bulk() as open_books:
        assert marked(open_books, DirtyStage.DEPENDENTS).height == 1
    assert derive_again(at=LATER).points_days == 1


def test_a_month_that_was_not_determined_is_not_begun_by_a_mark():
    validated({point_id("P1"): FLAT})
    dirty("P1")
    again = derive_again(at=LATER)
    assert (again.points_days, again.days, again.files, again.usages) == (1, 0, 0, 0)
