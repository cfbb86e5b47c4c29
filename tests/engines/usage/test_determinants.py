"""Determinants of a point, figures worked by hand in the comments; rules: meterdata c.2 to c.5."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.usage import Month, ValidDay, bands_of, point_determinants
from congto.engines.usage.ratios import permille_cut, permille_up, power_factor_permille
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.usage import POINT_REGISTERS
from congto.vocabulary.groups import Register
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality
from congto.vocabulary.usage import Source
from world_usage import IN_FORCE, SUNDAY, WEDNESDAY, day, determined, month, points, row

ONE_DAY = Period(WEDNESDAY, date(2026, 10, 8))
TWO_DAYS = Period(WEDNESDAY, date(2026, 10, 9))
THURSDAY = date(2026, 10, 8)
M, S, E, X = (
    Quality.MEASURED.value,
    Quality.MEASURED_SUSPECT.value,
    Quality.ESTIMATED.value,
    Quality.EDITED.value,
)


def clock(*local: int) -> datetime:
    """Return the instant at which a clock in Viet Nam shows this."""
    return datetime(*local, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def peak_at(slot: int, value: int) -> list[int]:
    values = [100] * 48
    values[slot] = value
    return values


def test_the_highest_half_hour_is_the_demand_with_its_time():
    # 1,500 Wh in half an hour is a mean power of 3,000 W; slot 37 begins at 18:30
    found = determined(month(ONE_DAY, day(WEDNESDAY, row(peak_at(37, 1500)))))
    assert (found["demand_w"], found["demand_at"]) == (3000, clock(2026, 10, 7, 18, 30))


def test_of_equal_half_hours_the_first_is_named_in_whatever_order_the_days_come():
    first = day(WEDNESDAY, row(peak_at(40, 1500)))
    second = day(THURSDAY, row(peak_at(2, 1500)))
    for days in ([first, second], [second, first]):
        assert determined(month(TWO_DAYS, *days))["demand_at"] == clock(2026, 10, 7, 20, 0)


@pytest.mark.parametrize("weak", [Quality.ESTIMATED, Quality.TEMPORARY, Quality.EDITED])
def test_an_estimate_or_a_persons_figure_makes_no_peak(weak):
    qualities = [M] * 48
    qualities[37] = weak.value
    mixed = row(peak_at(37, 1500), quality=weak, qualities=qualities)
    found = determined(month(ONE_DAY, day(WEDNESDAY, mixed)))
    assert (found["demand_w"], found["demand_at"]) == (200, clock(2026, 10, 7))
    assert found["energy_wh"] == 47 * 100 + 1500


def test_a_day_that_is_estimated_whole_makes_no_peak():
    whole = day(WEDNESDAY, row(peak_at(37, 1500), quality=Quality.ESTIMATED))
    found = determined(month(ONE_DAY, whole))
    assert (found["demand_w"], found["demand_at"]) == (None, None)
    assert (found["estimated"], found["measured"]) == (48, 0)


def test_load_factor_is_mean_over_highest_power():
    # 47 x 100 + 1,500 = 6,200 Wh; mean 129.17 of 1,500: 6,200 / 72,000 = 0.0861
    found = determined(month(ONE_DAY, day(WEDNESDAY, row(peak_at(37, 1500)))))
    assert found["load_factor_permille"] == 86
    flat = determined(month(ONE_DAY, day(WEDNESDAY, row([7] * 48))))
    assert flat["load_factor_permille"] == 1000
    unused = determined(month(ONE_DAY, day(WEDNESDAY, row([0] * 48))))
    assert (unused["energy_wh"], unused["load_factor_permille"]) == (0, None)


@pytest.mark.parametrize(
    ("active", "reactive", "permille"),
    [
        (3, 4, 600),  # 3 / 5
        (4, 3, 800),
        (9, 0, 1000),
        (0, 9, 0),
        (1, 1, 707),  # 0.70710
        (85, 53, 849),  # 85 / 100.169 = 0.84857
    ],
)
def test_power_factor(active, reactive, permille):
    found = month(ONE_DAY, day(WEDNESDAY, row([active * 1000] * 48)))
    found.add_reactive(day(WEDNESDAY, row([reactive * 1000] * 48)))
    one = determined(found)
    assert one["reactive_varh"] == reactive * 48_000
    assert one["power_factor_permille"] == permille


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_power_factor_is_that_of_exact_decimals(active, reactive):
    expr = power_factor_permille(
        pl.lit(active, dtype=pl.Int64()), pl.lit(reactive, dtype=pl.Int64())
    )
    with localcontext(prec=60):
        a, r = Decimal(active), Decimal(reactive)
        exact = None
        if active or reactive:
            cos_phi = 1000 * a / (a * a + r * r).sqrt()
            exact = int(cos_phi.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert pl.select(expr).item() == exact


def test_reactive_energy_of_some_half_hours_gives_no_power_factor():
    found = month(TWO_DAYS, *(day(one, row([10] * 48)) for one in (WEDNESDAY, THURSDAY)))
    found.add_reactive(day(WEDNESDAY, row([5] * 48)))
    one = determined(found)
    assert (one["reactive_varh"], one["power_factor_permille"]) == (None, None)


def test_missing_half_hours_are_counted_and_not_taken_for_zero():
    values: list[int | None] = [500] * 48
    values[20] = None  # 10:00, peak
    found = determined(month(ONE_DAY, day(WEDNESDAY, row(values))))
    assert found["source"] == Source.PART.value
    assert (found["peak_wh"], found["energy_wh"], found["present"]) == (4500, 23_500, 47)
    assert found["coverage_permille"] == 979  # 47 / 48 = 0.97916, cut
    assert found["quality"] == Quality.MISSING.value
    assert found["load_factor_permille"] is None


def test_a_rejected_value_is_as_good_as_none():
    qualities = [M] * 48
    qualities[20] = Quality.REJECTED.value
    weak = row([500] * 48, quality=Quality.REJECTED, qualities=qualities)
    found = determined(month(ONE_DAY, day(WEDNESDAY, weak)))
    assert (found["present"], found["peak_wh"]) == (47, 4500)
    whole = determined(month(ONE_DAY, day(WEDNESDAY, row([500] * 48, quality=Quality.REJECTED))))
    assert (whole["source"], whole["energy_wh"]) == (Source.NOTHING.value, None)


def test_the_weakest_quality_wins_and_shares_are_counted():
    qualities = [M] * 44 + [S, E, E, X]
    days = [
        day(WEDNESDAY, row([10] * 48)),
        day(THURSDAY, row([10] * 48, quality=Quality.ESTIMATED, qualities=qualities)),
    ]
    found = determined(month(TWO_DAYS, *days))
    assert (found["present"], found["measured"]) == (96, 48 + 45)
    assert (found["estimated"], found["edited"]) == (2, 1)
    assert found["estimated_permille"] == 21  # 2 / 96 = 0.02083, up
    assert found["quality"] == E


def test_without_half_hours_the_registers_tell():
    found = determined(
        month(ONE_DAY),
        normal_wh=13_000,
        peak_wh=5000,
        off_peak_wh=6000,
        total_wh=24_010,
        reactive_varh=0,
        bands_tolerance_wh=40,
    )
    assert found["source"] == Source.REGISTERS.value
    assert (found["normal_wh"], found["peak_wh"], found["off_peak_wh"]) == (13_000, 5000, 6000)
    assert (found["energy_wh"], found["bands_difference_wh"]) == (24_010, 10)
    assert (found["demand_w"], found["load_factor_permille"]) == (None, None)
    assert (found["power_factor_permille"], found["difference_wh"]) == (1000, None)


def test_a_register_of_one_price_has_no_bands():
    found = determined(month(ONE_DAY), total_wh=24_000)
    assert (found["energy_wh"], found["peak_wh"], found["reactive_varh"]) == (24_000, None, None)
    assert found["bands_difference_wh"] is None


def test_a_meter_that_reports_bands_alone_has_their_sum_and_no_difference():
    found = determined(month(ONE_DAY), normal_wh=13, peak_wh=5, off_peak_wh=6)
    assert (found["energy_wh"], found["bands_difference_wh"]) == (24, None)


def test_nothing_known_is_null_not_zero():
    found = determined(month(ONE_DAY))
    assert (found["source"], found["energy_wh"], found["peak_wh"]) == (0, None, None)
    assert (found["coverage_permille"], found["estimated_permille"]) == (0, None)


def test_half_hours_and_register_are_laid_side_by_side():
    found = determined(
        month(ONE_DAY, day(WEDNESDAY, row([500] * 48))), total_wh=23_990, sum_tolerance_wh=240
    )
    assert (found["source"], found["energy_wh"]) == (Source.HALF_HOURS.value, 24_000)
    assert (found["register_wh"], found["difference_wh"]) == (23_990, 10)


def test_a_part_is_not_compared_and_gives_way_to_the_register():
    values: list[int | None] = [500] * 47 + [None]
    found = determined(month(ONE_DAY, day(WEDNESDAY, row(values))), total_wh=24_000)
    assert (found["source"], found["energy_wh"]) == (Source.REGISTERS.value, 24_000)
    assert (found["half_hours_wh"], found["difference_wh"]) == (23_500, None)


def test_days_before_and_after_the_points_part_do_not_count():
    # the agreement begins on Thursday; the point's Wednesday belongs to somebody else
    given = points(TWO_DAYS, 1).with_columns(period_from=pl.lit(THURSDAY))
    found = Month(given, IN_FORCE)
    found.add(day(WEDNESDAY, row(peak_at(5, 9999))))
    found.add(day(THURSDAY, row([500] * 48)))
    one = determined(found)
    assert (one["days"], one["half_hours"], one["present"]) == (1, 48, 48)
    assert (one["energy_wh"], one["demand_w"]) == (24_000, 1000)


def test_some_of_the_points_are_added_where_they_belong():
    found = month(ONE_DAY, day(WEDNESDAY, row([1] * 48, point=2)), keys=(1, 2, 3))
    assert found.frame()["present"].to_list() == [0, 48, 0]


def test_a_point_that_was_not_asked_for_does_not_count():
    rows = [row([1] * 48, point=point) for point in (1, 4, 9)]
    assert month(ONE_DAY, day(WEDNESDAY, *rows), keys=(1, 2)).frame()["present"].to_list() == [
        48,
        0,
    ]


def test_a_day_of_49_values_is_refused():
    with pytest.raises(InvalidInputError, match="49 values"):
        day(WEDNESDAY, row([1] * 49))


def test_days_that_wait_for_validation_are_counted():
    found = month(TWO_DAYS, day(WEDNESDAY, row([1] * 48)))
    found.add_waiting(THURSDAY, np.array([1]))
    assert determined(found)["not_validated"] == 48


@pytest.mark.parametrize(
    ("part", "whole", "cut", "up"),
    [(1487, 1488, 999, 1000), (1488, 1488, 1000, 1000), (1, 1488, 0, 1), (0, 9, 0, 0)],
)
def test_a_share_is_whole_only_where_it_is(part, whole, cut, up):
    shown = pl.select(
        cut=permille_cut(pl.lit(part), pl.lit(whole)), up=permille_up(pl.lit(part), pl.lit(whole))
    )
    assert shown.row(0) == (cut, up)


def test_half_hours_of_a_power_station_do_not_overflow():
    # 48 x 2,000,000,000 Wh = 96 GWh, more than 32 bits hold
    found = determined(month(ONE_DAY, day(WEDNESDAY, row([2_000_000_000] * 48))))
    assert found["energy_wh"] == 96_000_000_000
    assert found["demand_w"] == 4_000_000_000


# --- laws -------------------------------------------------------------------------------------

VALUES = st.binary(min_size=48, max_size=48).map(
    lambda drawn: [None if byte % 8 == 7 else 251 * byte for byte in drawn]
)
QUALITIES = st.none() | st.binary(min_size=48, max_size=48).map(
    lambda drawn: [b % 8 for b in drawn]
)
KEYS = (3, 5, 8)


@st.composite
def some_days(draw):
    """Draw days of a week, each with some of the points."""
    days = []
    for offset in range(draw(st.integers(1, 4))):
        keys = draw(st.sets(st.sampled_from(KEYS)))
        rows = [
            row(
                draw(VALUES),
                point=key,
                quality=Quality(draw(st.integers(0, 7))),
                qualities=draw(QUALITIES),
            )
            for key in sorted(keys)
        ]
        days.append((SUNDAY + timedelta(days=offset), rows))
    return days


WEEK = Period(SUNDAY, date(2026, 10, 11))


def naive(days, key: int) -> dict[str, int]:
    """Add up one half-hour after the other, as the words of the specification say."""
    sums = dict.fromkeys(Register, 0) | {"present": 0, "estimated": 0}
    for local_day, rows in days:
        bands = bands_of(IN_FORCE, local_day)
        for one in (one for one in rows if one["usage_point"] == key):
            qualities = one["qualities"] or [one["quality"]] * 48
            for value, quality, band in zip(one["values"], qualities, bands, strict=True):
                if value is not None and quality >= Quality.TEMPORARY:
                    sums[band] += value
                    sums["present"] += 1
                    sums["estimated"] += quality <= Quality.FINAL_ESTIMATED
    return sums


@given(some_days())
def test_columns_add_up_what_a_loop_adds_up(days):
    frame = month(WEEK, *(day(one, *rows) for one, rows in days if rows), keys=KEYS).frame()
    for key, found in zip(KEYS, frame.to_dicts(), strict=True):
        expected = naive(days, key)
        assert found["normal_wh"] == expected[Register.NORMAL]
        assert found["peak_wh"] == expected[Register.PEAK]
        assert found["off_peak_wh"] == expected[Register.OFF_PEAK]
        assert found["present"] == expected["present"]
        assert found["estimated"] == expected["estimated"]
        assert found["present"] == found["measured"] + found["estimated"] + found["edited"]


@given(some_days(), st.randoms(use_true_random=False))
def test_the_order_of_days_and_points_does_not_matter(days, random):
    in_order = month(WEEK, *(day(one, *rows) for one, rows in days if rows), keys=KEYS).frame()
    pieces = [day(one, single) for one, rows in days for single in rows]
    random.shuffle(pieces)
    assert month(WEEK, *pieces, keys=KEYS).frame().equals(in_order)


@given(some_days())
def test_bands_add_up_to_the_total_and_days_to_the_week(days):
    halves = month(WEEK, *(day(one, *rows) for one, rows in days if rows), keys=KEYS).frame()
    none = POINT_REGISTERS.empty()
    week = point_determinants(halves, none)
    bands = pl.sum_horizontal("normal_wh", "peak_wh", "off_peak_wh")
    known = week.filter(pl.col("energy_wh").is_not_null())
    assert known.select((bands == pl.col("energy_wh")).all()).item()
    singles = [
        point_determinants(month(WEEK, day(one, *rows), keys=KEYS).frame(), none)
        for one, rows in days
        if rows
    ]
    for name in ("energy_wh", "present", "estimated", "peak_wh"):
        total = sum((one[name].fill_null(0) for one in singles), pl.Series([0] * 3))
        assert total.to_list() == week[name].fill_null(0).to_list()


@given(some_days())
def test_half_the_points_at_a_time_give_the_same(days):
    together = month(WEEK, *(day(one, *rows) for one, rows in days if rows), keys=KEYS).frame()
    apart = []
    for keys in (KEYS[:2], KEYS[2:]):
        own = [(one, [r for r in rows if r["usage_point"] in keys]) for one, rows in days]
        apart.append(
            month(WEEK, *(day(one, *rows) for one, rows in own if rows), keys=keys).frame()
        )
    assert pl.concat(apart).equals(together)


def test_taking_some_points_keeps_their_own_qualities():
    rows = [row([key] * 48, point=key, qualities=[key] * 48 if key != 5 else None) for key in KEYS]
    taken = day(WEDNESDAY, *rows).take(np.array([False, True, True]))
    assert isinstance(taken, ValidDay)
    assert taken.points.tolist() == [5, 8]
    assert taken.mixed.tolist() == [1]
    assert taken.qualities[0].tolist() == [8] * 48
