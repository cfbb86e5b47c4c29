"""Whole watt-hours, time bands, dials and multipliers, worked by hand."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from congto.sample.bands import NORMAL, OFF_PEAK, PEAK, band_of_half_hours
from congto.sample.meters import multiplier, shown_on_dial
from congto.sample.registers import Counted, register_reads
from congto.sample.rounding import WholeWattHours
from congto.vocabulary.periods import Period

OCTOBER = Period.month(2026, 10)


def test_three_parts_of_a_watt_hour_are_handed_out_as_they_fill_up() -> None:
    meter = WholeWattHours(1)
    assert meter.add(np.array([[0.4], [0.4], [0.4]])).ravel().tolist() == [0, 1, 0]
    assert meter.counted.tolist() == [1]


@given(st.lists(st.floats(0, 5_000), min_size=1, max_size=200), st.integers(1, 199))
def test_whole_watt_hours_lose_nothing_over_any_cut(energy: list[float], cut: int) -> None:
    meter = WholeWattHours(1)
    column = np.array(energy)[:, None]
    parts = [meter.add(part) for part in (column[:cut], column[cut:]) if len(part)]
    whole = np.concatenate(parts).ravel()
    assert whole.sum() == meter.counted[0]
    assert abs(whole.sum() - sum(energy)) <= 0.5 + 1e-6
    assert np.abs(whole - energy).max() < 1 + 1e-6


def test_bands_of_a_week_have_the_hours_of_the_law() -> None:
    # TT 16/2014/TT-BCT art. 5(1): peak 5 h and normal 13 h Monday to Saturday; Sunday 0 h and 18 h;
    # off-peak 6 h every day.
    monday = date(2026, 10, 5)
    for n in range(7):
        hours = Counter(band_of_half_hours(monday + timedelta(days=n)).tolist())
        expected = {PEAK: 10, NORMAL: 26, OFF_PEAK: 12} if n < 6 else {NORMAL: 36, OFF_PEAK: 12}
        assert hours == expected


def test_bands_change_at_the_half_hours_of_the_law() -> None:
    bands = band_of_half_hours(date(2026, 10, 7))
    at = {f"{half // 2:02d}:{half % 2 * 30:02d}": bands[half] for half in range(48)}
    assert [at[t] for t in ("03:30", "04:00", "09:00", "09:30", "11:00", "11:30")] == [
        OFF_PEAK, NORMAL, NORMAL, PEAK, PEAK, NORMAL,
    ]  # fmt: skip
    assert [at[t] for t in ("16:30", "17:00", "19:30", "20:00", "21:30", "22:00")] == [
        NORMAL, PEAK, PEAK, NORMAL, NORMAL, OFF_PEAK,
    ]  # fmt: skip


def test_a_dial_floors_and_rolls_over() -> None:
    frame = pl.DataFrame(
        {
            "wh": [100_012_345, 12_345_678, 999_999, 99_999_999],
            "digits": [5, 6, 5, 5],
            "decimals": [0, 2, 0, 3],
        }
    )
    shown = frame.select(shown_on_dial(pl.col("wh"), pl.col("digits"), pl.col("decimals")))
    assert shown.to_series().to_list() == [12_000, 12_345_670, 999_000, 99_999_999]
    assert shown.to_series().dtype == pl.Int64


def test_multipliers_worked_by_hand() -> None:
    # 30 kW at 0.4 kV: 57.7 A with headroom -> 100/5. 450 kW at 20 kV: 17.3 A -> 20/5 x 200.
    # 300 kW at 10 kV: 23.1 A -> 30/5 x 100. 90 kW at 0.4 kV: 173 A -> 200/5.
    low = multiplier(pl.Series([30.0, 90.0]), pl.Series([0.4, 0.4]), least_amperes=100)
    medium = multiplier(pl.Series([450.0, 300.0]), pl.Series([20.0, 10.0]))
    assert (low.to_list(), medium.to_list()) == ([20, 40], [800, 600])


def meters(**columns: list[object]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    usual = {
        "usage_point": [f"U{n}" for n in range(count)],
        "serial": [f"M{n}" for n in range(count)],
        "dial_digits": [6] * count,
        "decimals": [3] * count,
        "multiplier": [1] * count,
        "remote": [True] * count,
        "three_rate": [False] * count,
        "reactive": [False] * count,
    }
    return pl.DataFrame(usual | columns)


def moved(reads: pl.DataFrame) -> dict[tuple[str, str], int]:
    steps = reads.group_by("usage_point", "register", maintain_order=True).agg(
        pl.col("index_wh").last() - pl.col("index_wh").first()
    )
    return {(point, register): wh for point, register, wh in steps.iter_rows()}


def test_registers_move_by_the_energy_counted_to_the_watt_hour() -> None:
    counted = Counted(
        total_wh=np.array([123_457, 6_000_000]),
        bands_wh=np.array([[0, 3_000_001], [0, 1_000_002], [0, 1_999_997]]),
        varh=np.array([0, 777]),
        rolls_over=np.array([False, False]),
    )
    frame = meters(three_rate=[False, True], reactive=[False, True])
    reads = register_reads(frame, counted, OCTOBER, seed=7)
    assert moved(reads) == {
        ("U0", "total"): 123_457,
        ("U1", "total"): 6_000_000,
        ("U1", "normal"): 3_000_001,
        ("U1", "peak"): 1_000_002,
        ("U1", "off_peak"): 1_999_997,
        ("U1", "reactive"): 777,
    }
    assert reads["read_on"].unique().sort().to_list() == [date(2026, 10, 1), date(2026, 11, 1)]


def test_a_multiplier_divides_what_the_dial_shows() -> None:
    counted = Counted(
        np.array([6_000_000]), np.zeros((3, 1), int), np.array([0]), np.array([False])
    )
    reads = register_reads(meters(multiplier=[200]), counted, OCTOBER, seed=7)
    assert moved(reads) == {("U0", "total"): 30_000}


def test_a_meter_that_rolls_over_shows_less_at_the_end() -> None:
    counted = Counted(np.array([300_000]), np.zeros((3, 1), int), np.array([0]), np.array([True]))
    frame = meters(dial_digits=[5], decimals=[0], remote=[False])
    reads = register_reads(frame, counted, OCTOBER, seed=7)
    assert reads["index_wh"].to_list() == [99_850_000, 150_000]
    assert reads["source"].unique().to_list() == ["manual"]
