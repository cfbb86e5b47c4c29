"""The half-hours of a month: which days are validated, that a second run finds nothing to do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

import world_vee as world
from congto.office.intake.models import SourceDay
from congto.office.intake.operations import load_half_hours, measure_day
from congto.office.intake.queries import sources
from congto.office.meterdata.operations import days_to_validate, measure_days, validate_days
from congto.office.storage.bulk import connection_kept, read
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import Period
from world_meters import OCTOBER
from world_vee import DAY, MORNING, NEXT, curve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AFTER = NEXT + timedelta(days=1)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(
    books: str, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.DATA = tmp_path
    world.in_parts(monkeypatch, part_points=1000)
    with connection_kept():
        yield


def test_days_between_deliveries_are_validated_too_and_once() -> None:
    assert days_to_validate(OCTOBER) == []
    world.deliver_all(DAY)
    world.deliver_all(AFTER)
    days = days_to_validate(OCTOBER)
    assert days == [DAY, NEXT, AFTER]
    rules = load_interval_rules()
    first = validate_days(days, rules, at=MORNING)
    assert first.days == 3 * 5
    missing = read(
        "SELECT DISTINCT local_day FROM meterdata_dayfinding WHERE rule = 'V-04'", ()
    ).to_series()
    assert missing.to_list() == [NEXT]
    again = validate_days(days_to_validate(OCTOBER), rules, at=MORNING)
    assert (again.days, again.findings, again.late) == (0, 0, 0)
    assert measure_days(days, at=MORNING) == 3
    assert measure_days(days, at=MORNING) == 0


def test_days_that_do_not_follow_the_validated_ones_are_refused() -> None:
    world.deliver_all(DAY)
    validate_days([DAY], load_interval_rules(), at=MORNING)
    later, earlier = DAY + timedelta(days=40), DAY - timedelta(days=20)
    world.deliver_all(later)
    world.deliver_all(earlier)
    sentence = f"{DAY} to {DAY} are validated"
    for month in (Period.month(2026, 11), Period.month(2026, 9)):
        with pytest.raises(RefusedError, match=sentence):
            days_to_validate(month)


def test_the_source_of_a_folder_is_expected_to_deliver_its_points() -> None:
    codes = ["R1", "R2", "unknown"]
    frame = pl.DataFrame(
        {
            "line": [1, 2, 3],
            "usage_point": codes,
            "channel": ["A+"] * 3,
            "local_day": [DAY] * 3,
            "values": [curve(), [None] * 8 + curve()[8:], curve()],
        }
    )
    loaded = load_half_hours(frame, "HES", at=MORNING, file="intervals.parquet")
    assert (loaded.inserted, loaded.rejected) == (2, 1)
    measure_day("HES", DAY, at=MORNING)
    day = SourceDay.objects.get()
    # The morning of the 8th, 00:00 UTC, is 07:00 in Viet Nam.
    assert (day.points, day.expected, day.at_seven) == (2, 96, 88)
    assert sources() == ["HES"]
