"""Completeness of a day: what was there at 07:00 of the next day, and now. Counted by hand."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

import world_meters as world
from congto.office.control.queries import Scope
from congto.office.meterdata.completeness import count_day
from congto.office.meterdata.models import DayCompleteness
from congto.office.meters.models import UsagePoint
from congto.office.overview.completeness import calendar
from congto.office.storage import intervals
from congto.vocabulary.intervals import Channel
from world_meters import AT, OCTOBER, Point

DAY = date(2026, 10, 7)
EARLY = datetime(2026, 10, 7, 23, 30, tzinfo=UTC)  # 06:30 of the 8th in Viet Nam
LATE = datetime(2026, 10, 8, 0, 1, tzinfo=UTC)  # 07:01


@pytest.fixture(autouse=True)
def utility(books, tmp_path, settings):
    settings.DATA = tmp_path
    world.build()
    world.add_customers("4", "5", more=[])
    UsagePoint.objects.filter(code__in=["P4", "P5"])
    world.add_points(
        Point("R1", "MR1", None, "T", None, remote=True),
        Point("R2", "MR2", None, "T", None, remote=True),
    )


def deliver(code, values, at):
    rows = {
        "usage_point": [UsagePoint.objects.get(code=code).pk],
        "channel": [int(Channel.ACTIVE_IMPORT)],
        "local_day": [DAY],
        "values": [values],
    }
    intervals.append(pl.DataFrame(rows, schema_overrides={"channel": pl.Int8}), at=at)


def test_what_came_after_seven_is_there_now_and_was_not_then():
    deliver("R1", [100] * 40 + [None] * 8, EARLY)
    deliver("R1", [None] * 40 + [100] * 8, LATE)
    deliver("R2", [100] * 10 + [None] * 38, LATE)
    assert count_day(DAY, at=AT) == 58
    row = DayCompleteness.objects.get()
    assert (row.points, row.early, row.present) == (2, 40, 58)
    (line,) = [one for one in calendar(Scope.everything(), OCTOBER).lines if one[0].code == "C"]
    cell = line[1][DAY.day - 1]
    assert (cell.early_permille, cell.permille, cell.tone) == (416, 604, "poor")  # of 96


def test_a_second_count_replaces_the_first():
    deliver("R1", [100] * 48, EARLY)
    count_day(DAY, at=AT)
    deliver("R2", [100] * 48, LATE)
    count_day(DAY, at=AT)
    row = DayCompleteness.objects.get()
    assert (row.early, row.present) == (48, 96)


def test_a_day_without_a_delivery_is_counted_as_nothing():
    assert count_day(DAY, at=AT) == 0
    assert DayCompleteness.objects.get().present == 0


def test_points_read_by_people_are_not_expected():
    deliver("P1", [100] * 48, EARLY)
    assert count_day(DAY, at=AT) == 0
