"""How far a register advanced. Sources: tariffs 4.1 and 4.4; meterdata V-07."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.readings import advances, metered
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import PERIOD_READS
from congto.vocabulary.groups import Register

ONE_READ = {
    "usage_point": 1,
    "subject": "PB00010000001001",
    "meter": 1,
    "register": Register.TOTAL.value,
    "period_from": date(2026, 10, 1),
    "period_to": date(2026, 11, 1),
    "three_rate": False,
    "remote": False,
    "dial_digits": 5,
    "decimals": 0,
    "multiplier": 1,
    "opening_wh": 4_120_000,
    "closing_wh": 4_254_000,
    "quality": 7,
    "limit_kw": None,
    "households": 1,
    "time_of_use": False,
}


def reads(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{**ONE_READ, **change} for change in changes], schema=PERIOD_READS.columns)


def energy(**change: object) -> int | None:
    return advances(reads(change))["energy_wh"].item()


def test_energy_is_new_less_old():
    assert energy() == 134_000


def test_energy_is_multiplied_by_the_transformer_ratio():
    # tariffs 4.1: kWh = (new index - old index) x multiplier: (1,075 - 1,000) x 20 = 1,500
    assert energy(opening_wh=1_000_000, closing_wh=1_075_000, multiplier=20) == 1_500_000


def test_a_dial_that_passed_its_last_number_goes_on_from_zero():
    # tariffs 4.4: (10^5 - 99,800) + 220 = 420
    assert energy(opening_wh=99_800_000, closing_wh=220_000) == 420_000


@pytest.mark.parametrize(
    ("opening_kwh", "closing_kwh"),
    [
        (90_000, 100),  # not above 0.9 x 10^5
        (95_000, 10_000),  # not below 0.1 x 10^5
        (50_000, 49_999),
    ],
)
def test_other_steps_backwards_have_no_energy(opening_kwh, closing_kwh):
    assert energy(opening_wh=opening_kwh * 1000, closing_wh=closing_kwh * 1000) is None


@pytest.mark.parametrize(
    ("opening_kwh", "closing_kwh", "kwh"), [(90_001, 9_999, 19_998), (99_999, 0, 1)]
)
def test_the_limits_of_a_rollover(opening_kwh, closing_kwh, kwh):
    assert energy(opening_wh=opening_kwh * 1000, closing_wh=closing_kwh * 1000) == kwh * 1000


def test_a_missing_read_has_no_energy():
    assert energy(closing_wh=None) is None
    assert energy(opening_wh=None) is None


@given(
    digits=st.integers(3, 9),
    multiplier=st.integers(1, 20_000),
    data=st.data(),
)
def test_any_dial_turned_forward_by_less_than_a_tenth_is_read_right(digits, multiplier, data):
    """Turn a model dial and compare: the dial shows the true count modulo 10^digits kWh."""
    dial = 10**digits * 1000
    start = data.draw(st.integers(0, dial - 1))
    turned = data.draw(st.integers(0, dial // 10 - 1))
    shown = (start + turned) % dial
    assert energy(
        opening_wh=start, closing_wh=shown, dial_digits=digits, multiplier=multiplier
    ) == (turned * multiplier)


def test_a_three_rate_meter_counts_by_its_bands():
    bands = [
        {"register": Register.NORMAL.value, "opening_wh": 0, "closing_wh": 50_000},
        {"register": Register.PEAK.value, "opening_wh": 0, "closing_wh": 15_000},
        {"register": Register.OFF_PEAK.value, "opening_wh": 0, "closing_wh": 10_000},
        {"register": Register.TOTAL.value, "opening_wh": 0, "closing_wh": 99_000},
    ]
    frame = reads(*({"three_rate": True, **band} for band in bands))
    assert metered(advances(frame))["energy_wh"].to_list() == [75_000]


def test_one_unknown_band_makes_the_sum_unknown():
    frame = reads(
        {"three_rate": True, "register": Register.NORMAL.value},
        {"three_rate": True, "register": Register.PEAK.value, "closing_wh": None},
    )
    assert metered(advances(frame))["energy_wh"].to_list() == [None]


def test_a_frame_without_a_column_is_refused():
    with pytest.raises(InvalidInputError, match="period_reads lacks the columns multiplier"):
        advances(reads({}).drop("multiplier"))
