"""Half-hours by time band, with the windows of TT 16/2014 Art. 5(1) (tariffs 2.1 A)."""

from datetime import date

import polars as pl

from congto.engines.usage import split_bands
from congto.vocabulary.frames.usage import BAND_WINDOWS, INTERVAL_DAYS
from congto.vocabulary.groups import Register

NORMAL, PEAK, OFF_PEAK = Register.NORMAL.value, Register.PEAK.value, Register.OFF_PEAK.value

WEEKDAY = [
    ("00:00", "04:00", OFF_PEAK),
    ("04:00", "09:30", NORMAL),
    ("09:30", "11:30", PEAK),
    ("11:30", "17:00", NORMAL),
    ("17:00", "20:00", PEAK),
    ("20:00", "22:00", NORMAL),
    ("22:00", "24:00", OFF_PEAK),
]
SUNDAY = [
    ("00:00", "04:00", OFF_PEAK),
    ("04:00", "22:00", NORMAL),
    ("22:00", "24:00", OFF_PEAK),
]


def minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


WINDOWS = pl.DataFrame(
    [
        (weekday, minute(start), minute(end), band)
        for weekday in range(1, 8)
        for start, end, band in (SUNDAY if weekday == 7 else WEEKDAY)
    ],
    schema=BAND_WINDOWS.columns,
    orient="row",
)


def day(local_day: date, values: list[int | None]) -> pl.DataFrame:
    return pl.DataFrame([(1, local_day, values)], schema=INTERVAL_DAYS.columns, orient="row")


def energies(local_day: date, values: list[int | None]) -> dict[int, int]:
    split = split_bands(day(local_day, values), WINDOWS)
    return dict(zip(split["band"], split["energy_wh"], strict=True))


def test_a_flat_weekday_has_13_5_and_6_hours():
    # Wednesday 2026-10-07, 500 Wh each half-hour = 1 kWh an hour
    assert energies(date(2026, 10, 7), [500] * 48) == {
        NORMAL: 13_000,
        PEAK: 5_000,
        OFF_PEAK: 6_000,
    }


def test_a_flat_sunday_has_no_peak():
    assert energies(date(2026, 10, 4), [500] * 48) == {NORMAL: 18_000, OFF_PEAK: 6_000}


def test_a_half_hour_belongs_to_the_window_in_which_it_starts():
    values = [0] * 48
    values[19] = 7  # 09:30
    values[23] = 11  # 11:30
    assert energies(date(2026, 10, 7), values) == {NORMAL: 11, PEAK: 7, OFF_PEAK: 0}


def test_missing_half_hours_are_counted_and_not_taken_for_zero():
    values: list[int | None] = [500] * 48
    values[20] = None
    split = split_bands(day(date(2026, 10, 7), values), WINDOWS)
    peak = split.filter(pl.col("band") == PEAK).row(0, named=True)
    assert (peak["energy_wh"], peak["missing"]) == (4_500, 1)


def test_days_are_added():
    days = pl.concat([day(date(2026, 10, 7), [500] * 48), day(date(2026, 10, 4), [500] * 48)])
    split = split_bands(days, WINDOWS)
    assert split["energy_wh"].to_list() == [31_000, 5_000, 12_000]
