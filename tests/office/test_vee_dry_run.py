"""Dry run of a rule of half-hours: what it would find of a past day; nothing is written."""

from dataclasses import replace

import pytest

import world_vee as world
from congto.office.meterdata.models import DayFinding
from congto.office.meterdata.rule_book import latest
from congto.office.meterdata.vee_dry_run import dry_run
from congto.office.organisation.models import Unit
from congto.office.storage.interval_tables import VALIDATED
from world_vee import DAY, curve


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books, tmp_path, settings, monkeypatch):
    settings.DATA = tmp_path
    world.in_parts(monkeypatch)
    world.deliver_all(but=("R2",))
    values = curve(1000)
    values[10] = 3_500  # beside P3 of about 1,000: 250 % more
    world.deliver("R2", values)


def units():
    return list(Unit.objects.values_list("pk", flat=True))


def test_a_looser_limit_finds_less_and_nothing_is_written():
    now = dry_run("V-09", DAY, units())
    assert (now.judged, now.points, now.findings) == (5, 1, 1)
    ((code, text),) = now.told
    assert code == "R2"
    assert "3,5 kWh cao đột biến" in text
    row = latest("V-09", "residential")
    looser = replace(row, rule=replace(row.rule, limits={**row.rule.limits, "percent": 400}))
    assert dry_run("V-09", DAY, units(), instead=looser).findings == 0
    off = replace(row, enabled=False)
    assert dry_run("V-09", DAY, units(), instead=off).findings == 0
    assert not DayFinding.objects.exists()
    assert VALIDATED.days() == []


def test_only_points_of_the_units_are_judged():
    assert dry_run("V-09", DAY, []).judged == 0
