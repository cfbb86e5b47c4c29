"""What a simulated meter has measured: registers against half-hours added one by one."""

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.simulator.calendars import Calendar
from congto.headend.simulator.load import HOME, WORKSHOP, Load
from congto.vocabulary.errors import InvalidInputError
from world_simulator import DAY, HALF_HOUR, World

NORMAL, PEAK, OFF_PEAK = 0, 1, 2
MONDAY = date(2024, 1, 1)


def rate_by_law(half_hour):
    """TT 16/2014/TT-BCT, article 5(1), written out again by hand."""
    day, place = divmod(half_hour, 48)
    hour = place / 2
    if hour < 4 or hour >= 22:
        return OFF_PEAK
    sunday = (MONDAY + timedelta(days=day)).isoweekday() == 7
    if not sunday and (9.5 <= hour < 11.5 or 17 <= hour < 20):
        return PEAK
    return NORMAL


def added_up(meter, half_hours, rate_of=rate_by_law):
    """Return the Wh by rate of the first half-hours since the installation, one by one."""
    sums = [0, 0, 0]
    for place, energy in enumerate(meter.half_hours(0, half_hours).import_wh.tolist()):
        sums[rate_of(place)] += energy
    return sums


@settings(max_examples=25, deadline=None)
@given(number=st.integers(1, 20), half_hours=st.integers(1, 48 * 200))
def test_registers_are_the_half_hours_added_up_to_the_last_wh(number, half_hours):
    meter = World().meter(number)
    assert list(meter.energies(half_hours * HALF_HOUR).rates) == added_up(meter, half_hours)


@settings(max_examples=25, deadline=None)
@given(
    number=st.integers(1, 20),
    dark=st.lists(st.integers(0, 20 * DAY), min_size=2, max_size=6, unique=True),
)
def test_dark_times_are_missing_from_registers_and_half_hours_alike(number, dark):
    meter = World().meter(number)
    full = meter.half_hours(0, 48 * 21)
    ends = sorted(dark[: len(dark) // 2 * 2])
    meter.dark = list(zip(ends[::2], ends[1::2], strict=True))
    meter.changed()
    cut = meter.half_hours(0, 48 * 21)
    assert list(meter.energies(21 * DAY).rates) == added_up(meter, 48 * 21)
    assert (cut.import_wh <= full.import_wh).all()
    assert (cut.import_wh >= 0).all()
    lit = np.flatnonzero(~cut.dark)
    assert (cut.import_wh[lit] == full.import_wh[lit]).all()
    assert meter.energies(21 * DAY).reactive_varh == int(cut.reactive_varh.sum())


@settings(max_examples=20, deadline=None)
@given(number=st.integers(1, 20), ages=st.lists(st.integers(0, 900 * DAY), min_size=2))
def test_registers_never_run_backwards(number, ages):
    meter = World().meter(number)
    read = [meter.energies(age) for age in sorted(ages)]
    for before, after in itertools.pairwise(read):
        assert all(low <= high for low, high in zip(before.rates, after.rates, strict=True))
        assert before.export_wh <= after.export_wh
        assert before.reactive_varh <= after.reactive_varh


def test_a_new_calendar_counts_from_its_activation_and_changes_nothing_before():
    meter = World().meter(2)
    half_hours = 48 * 30 + 17
    since = 12 * DAY + 5 * HALF_HOUR
    meter.calendars.append((since, Calendar([[PEAK] * 48] * 7)))

    def rate(place):
        return rate_by_law(place) if place * HALF_HOUR < since else PEAK

    assert list(meter.energies(half_hours * HALF_HOUR).rates) == added_up(meter, half_hours, rate)


def test_a_special_day_counts_by_its_own_rates():
    load = Load(HOME, 10_000, 5)
    week = [[rate_by_law(day * 48 + place) for place in range(48)] for day in range(7)]
    special = Calendar(week, {3: [OFF_PEAK] * 48, 40: [PEAK] * 48})
    ordinary = Calendar(week)
    day = load.half_hours(3 * 48, 48)
    moved = load.energy(5 * DAY, special) - load.energy(5 * DAY, ordinary)
    peak_of_day = sum(int(day[place]) for place in range(48) if week[3][place] == PEAK)
    normal_of_day = sum(int(day[place]) for place in range(48) if week[3][place] == NORMAL)
    assert moved.tolist() == [-normal_of_day, -peak_of_day, normal_of_day + peak_of_day]


def test_meters_differ_and_are_the_same_again():
    days = [World().meter(number).half_hours(0, 48).import_wh.tolist() for number in range(1, 21)]
    assert len({tuple(day) for day in days}) == 20
    assert days[4] == World().meter(5).half_hours(0, 48).import_wh.tolist()


def test_a_mean_day_has_about_the_energy_it_is_meant_to_have():
    load = Load(WORKSHOP, 100_000, 0)
    days = load.half_hours(0, 48 * 700).reshape(-1, 48).sum(axis=1)
    working = days.reshape(-1, 7)[:, :6]
    assert 95_000 < working.mean() < 105_000


def test_a_day_beyond_the_calendar_is_refused_by_a_sentence():
    with pytest.raises(InvalidInputError, match="until the end of 2035"):
        World().meter(1).energies(5_000 * DAY)
