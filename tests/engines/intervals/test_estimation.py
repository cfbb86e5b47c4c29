"""Each method of estimation by hand. Sources: meterdata c.4 (E-01 to E-13, E-99) and c.1.

Every expected value is worked out beside it.
"""

from dataclasses import replace

import numpy as np
import pytest

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import Sources, estimate, estimate_span, incomplete
from congto.engines.intervals.estimation.register_average import (
    average_daily_wh,
    expected_closing_wh,
)
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, DayType, Method
from congto.vocabulary.quality import Quality
from world_estimation import block, day, span, without

LIKE = np.arange(HALF_HOURS, dtype=np.int32)


def like_days(*days, of=1):
    """Return like days for one point: one row of 48 or one number for each."""
    out = np.full((1, of, 4, HALF_HOURS), ABSENT, np.int32)
    for rank, one in enumerate(days):
        out[0, :, rank] = one
    return out


def complete(values, sources=None, **known):
    made = block(values, **known)
    return estimate(made, np.zeros(values.shape, np.bool_), sources)


def at(done, *half_hours):
    return [int(done.values[0, one]) for one in half_hours]


def method(done, half_hour):
    return Method(int(done.methods[0, half_hour]))


def quality(done, half_hour):
    return Quality(int(done.qualities[0, half_hour]))


def registers(advance_wh):
    return {"opening_wh": 5_000_000, "closing_wh": 5_000_000 + advance_wh}


# ---- E-01


def test_a_check_meter_stands_in_at_the_level_of_the_main_meter():
    # the main meter measured 102 where the check meter measured 100: 250 x 102 / 100 = 255
    sources = Sources(check=day(250), main_wh=np.array([10_200]), check_wh=np.array([10_000]))
    done = complete(without(day(), 10, 30), sources)
    assert at(done, 9, 10, 30, 31) == [100, 255, 255, 100]
    assert method(done, 10) is Method.CHECK_METER
    assert quality(done, 10) is Quality.ESTIMATED


def test_a_check_meter_that_stood_still_tells_nothing():
    sources = Sources(check=day(0), main_wh=np.array([10_200]), check_wh=np.array([0]))
    done = complete(without(day(), 10, 30), sources)
    assert at(done, 10) == [ABSENT]


def test_a_check_meter_without_a_value_for_a_half_hour_leaves_it_to_the_next_method():
    sources = Sources(check=day(250, h11=None), main_wh=np.array([100]), check_wh=np.array([100]))
    done = complete(day(h10=None, h11=None), sources)
    # half-hour 11 alone is open then; its left neighbour is an estimate, its right one measured
    assert at(done, 10, 11) == [250, 100]
    assert method(done, 11) is Method.FLAT_NEIGHBOUR


# ---- E-02, E-03


def outage(*half_hours):
    mask = np.zeros((1, HALF_HOURS), np.bool_)
    mask[0, list(half_hours)] = True
    return mask


def test_no_power_no_energy():
    done = complete(without(day(), 10, 20), outage=outage(*range(10, 21)))
    assert at(done, 9, 10, 20, 21) == [100, 0, 0, 100]
    assert method(done, 15) is Method.ZERO
    assert quality(done, 15) is Quality.ESTIMATED


def test_a_measured_value_stands_although_an_outage_is_reported():
    done = complete(day(), outage=outage(3))
    assert at(done, 3) == [100]
    assert method(done, 3) is Method.NONE


def test_an_outage_is_no_end_point_of_a_line():
    # 10 and 11 open, 12 measured during an outage: only 9 may be used, so no line from 100 to 0
    done = complete(day(h10=None, h11=None, h12=0), outage=outage(12))
    assert at(done, 10, 11, 12) == [100, 100, 0]
    assert method(done, 10) is Method.FLAT_NEIGHBOUR


def test_a_zero_put_in_for_an_outage_is_no_end_point_either():
    done = complete(without(day(), 10, 13), outage=outage(12, 13))
    assert at(done, 10, 11, 12, 13) == [100, 100, 0, 0]


def test_behind_an_open_relay_nothing_flows():
    done = complete(without(day(0), 0, 47), relay_open=True)
    assert done.values.tolist() == [[0] * HALF_HOURS]
    assert method(done, 0) is Method.ZERO


# ---- E-04, E-05


def test_two_hours_are_bridged_by_a_line():
    # from 100 to 200 in five steps of 20
    done = complete(day(h14=200, **{f"h{one}": None for one in range(10, 14)}))
    assert at(done, 9, 10, 11, 12, 13, 14) == [100, 120, 140, 160, 180, 200]
    assert method(done, 10) is Method.LINEAR
    assert quality(done, 10) is Quality.ESTIMATED


def test_a_line_falls_too_and_rounds_halves_up():
    # from 100 to 97: the middle is 98.5
    assert at(complete(day(h10=None, h11=97)), 10) == [99]


def test_more_than_two_hours_are_no_line():
    done = complete(without(day(), 10, 14))
    assert at(done, 10, 14) == [ABSENT, ABSENT]
    assert quality(done, 10) is Quality.MISSING


def test_the_half_hour_beside_the_day_is_a_neighbour():
    # 40 at 23:30 before, 100 at 01:30: 40 + 60 x k / 4 = 55, 70, 85
    done = complete(without(day(), 0, 2), Sources(before=np.array([40], np.int32)))
    assert at(done, 0, 1, 2) == [55, 70, 85]


def test_without_it_the_only_neighbour_is_carried_on():
    done = complete(day(h45=130, h46=None, h47=None))
    assert at(done, 46, 47) == [130, 130]
    assert method(done, 46) is Method.FLAT_NEIGHBOUR


# ---- E-06, E-07


def test_like_days_give_the_shape_and_the_register_gives_the_size():
    # open 0..9; the means of three days are 1 and 3 alternately: weights 5 x 1 + 5 x 3 = 20;
    # register 38 x 100 + 4,000: V = 4,000, so 200 and 600
    shape = np.tile([1, 3], 24)
    done = complete(
        without(day(), 0, 9),
        Sources(like_days=like_days(shape - 1, shape, shape + 1)),
        **registers(3_800 + 4_000),
    )
    assert at(done, 0, 1, 8, 9, 10) == [200, 600, 200, 600, 100]
    assert method(done, 0) is Method.SCALED_LIKE_DAYS
    assert quality(done, 0) is Quality.FINAL_ESTIMATED


def test_transformers_multiply_what_the_dial_shows():
    # dial advanced 130 Wh, CT x VT = 60: 7,800 Wh as above
    shape = np.tile([1, 3], 24)
    sources = Sources(like_days=like_days(shape, shape, shape))
    done = complete(without(day(), 0, 9), sources, multiplier=60, **registers(130))
    assert at(done, 0, 1) == [200, 600]


def test_a_register_without_history_is_spread_evenly():
    # V = 4,800 - 36 x 100 = 1,200 over 12 half-hours
    done = complete(without(day(), 0, 11), **registers(4_800))
    assert at(done, 0, 11, 12) == [100, 100, 100]
    assert method(done, 0) is Method.FLAT_REGISTER
    assert quality(done, 0) is Quality.FINAL_ESTIMATED


def test_a_short_gap_beside_a_long_one_counts_in_the_mean():
    # open 0..9 and 20: V = 37 x 100 + 1,100 - 3,700 = 1,100 over 11: 100 each; the line at 20 is
    # 100 too, so that nothing is scaled
    done = complete(without(day(h20=None), 0, 9), **registers(4_800))
    assert at(done, 0, 9, 20) == [100, 100, 100]
    assert [method(done, 0), method(done, 20)] == [Method.FLAT_REGISTER, Method.LINEAR]


def test_a_dial_that_passed_its_last_number_is_understood():
    # five digits: 99,999 kWh to 3.8 kWh: 1 + 3.8 = 4.8 kWh
    done = complete(without(day(), 0, 11), opening_wh=99_999_000, closing_wh=3_800)
    assert at(done, 0) == [100]


def test_a_register_that_went_backwards_says_nothing():
    done = complete(without(day(), 0, 11), opening_wh=50_000_000, closing_wh=49_999_000)
    assert at(done, 0) == [ABSENT]


# ---- E-08 to E-12


def test_without_a_closing_register_the_mean_of_like_days_is_temporary():
    sources = Sources(like_days=like_days(10, 20, 60, 70))
    done = complete(without(day(), 10, 20), sources, opening_wh=5_000)
    assert at(done, 10, 20) == [40, 40]  # (10 + 20 + 60 + 70) / 4
    assert method(done, 10) is Method.AVERAGE_LIKE_DAY
    assert quality(done, 10) is Quality.TEMPORARY


def test_two_like_days_are_too_few_for_a_mean():
    done = complete(without(day(), 10, 20), Sources(like_days=like_days(LIKE, LIKE + 50)))
    assert at(done, 10, 20) == [10, 20]  # the most recent one
    assert method(done, 10) is Method.LIKE_DAY
    assert quality(done, 10) is Quality.TEMPORARY


def test_the_two_sundays_of_a_holiday_are_enough():
    sources = Sources(like_days=like_days(LIKE, LIKE + 50))
    done = complete(without(day(), 10, 20), sources, day_type=DayType.HOLIDAY)
    assert at(done, 10, 20) == [35, 45]
    assert method(done, 10) is Method.AVERAGE_LIKE_DAY


def test_the_nearest_day_of_the_order_table_goes_before_the_most_recent():
    sources = Sources(like_days=like_days(7, 8), nearest=np.full((1, 1, HALF_HOURS), 9, np.int32))
    assert at(complete(without(day(), 10, 20), sources), 10) == [9]


def test_one_like_day_is_scaled_to_the_register():
    # V = 20 over 10 half-hours of weights 0 to 9 (sum 45), exactly 0, .44, .89, 1.33, 1.78, 2.22,
    # 2.67, 3.11, 3.56 and 4: whole parts 16, the four Wh left go to .89, .78, .67 and .56
    sources = Sources(like_days=like_days(LIKE))
    done = complete(without(day(), 0, 9), sources, **registers(3_820))
    assert at(done, *range(10)) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert int(done.values.sum()) == 3_820
    assert method(done, 9) is Method.LIKE_DAY
    assert quality(done, 9) is Quality.FINAL_ESTIMATED


def test_last_year_is_brought_to_the_level_of_this_year():
    # 28 days now 330 kWh, then 300 kWh: 150 x 1.1 = 165
    sources = Sources(
        last_year=np.full((1, 1, HALF_HOURS), 150, np.int32),
        recent_wh=np.array([330_000]),
        year_ago_wh=np.array([300_000]),
    )
    done = complete(without(day(), 10, 20), sources)
    assert at(done, 10) == [165]
    assert method(done, 10) is Method.PREVIOUS_YEAR
    assert quality(done, 10) is Quality.TEMPORARY


def test_a_new_customer_is_taken_for_the_mean_of_the_class():
    class_days = np.zeros((4, 4, HALF_HOURS), np.int32)
    class_days[2, DayType.SATURDAY] = LIKE * 10
    done = complete(
        without(day(), 10, 20),
        Sources(class_days=class_days),
        customer_class=2,
        day_type=DayType.SATURDAY,
    )
    assert at(done, 10, 20) == [100, 200]
    assert method(done, 10) is Method.CUSTOMER_CLASS


def test_bills_alone_give_a_flat_line():
    # 4.8 kWh a day: 100 Wh in each half-hour
    done = complete(without(day(), 10, 20), Sources(daily_wh=np.array([4_800])))
    assert at(done, 10) == [100]
    assert method(done, 10) is Method.REGISTER_AVERAGE
    assert quality(done, 10) is Quality.TEMPORARY


def test_nothing_known_nothing_invented():
    rejected = np.zeros((1, HALF_HOURS), np.bool_)
    rejected[0, 10:15] = True
    done = estimate(block(without(day(), 20, 30)), rejected)
    assert at(done, 10, 20) == [ABSENT, ABSENT]
    assert [quality(done, 10), quality(done, 20)] == [Quality.REJECTED, Quality.MISSING]
    assert method(done, 10) is Method.NONE


def test_history_goes_before_the_class_and_the_class_before_bills():
    class_days = np.full((4, 4, HALF_HOURS), 7, np.int32)
    every = Sources(class_days=class_days, daily_wh=np.array([4_800]), like_days=like_days(9))
    gap = without(day(), 10, 20)
    assert at(complete(gap, every), 10) == [9]
    assert at(complete(gap, replace(every, like_days=None)), 10) == [7]


# ---- E-13


def test_a_register_below_the_measured_sum_rejects_them():
    # measured 38 x 100 = 3,800, register 2,400: all 48 are estimated, 50 each
    done = complete(without(day(), 0, 9), **registers(2_400))
    assert done.values.tolist() == [[50] * HALF_HOURS]
    assert set(done.methods[0].tolist()) == {Method.FLAT_REGISTER}
    assert set(done.qualities[0].tolist()) == {Quality.FINAL_ESTIMATED}


def coarse(measured_wh, closing_wh, decimals, **known):
    """Complete a day whose first ten half-hours are lost, 38 of equal size measured."""
    gap = without(day(measured_wh // 38), 0, 9)
    return complete(gap, opening_wh=0, closing_wh=closing_wh, decimals=decimals, **known)


def test_less_than_a_step_of_the_dial_is_no_contradiction():
    # A dial of tenths of a kWh went from 0.0 to 3.7: between 3,601 and 3,799 Wh. Measured 3,762.
    done = coarse(38 * 99, 3_700, decimals=1)
    assert done.values.tolist() == [[0] * 10 + [99] * 38]
    assert set(done.qualities[0, :10].tolist()) == {Quality.FINAL_ESTIMATED}
    assert set(done.methods[0, 10:].tolist()) == {Method.NONE}


def test_a_whole_step_of_the_dial_is_one():
    # measured 3,800, register 3,700: 100 Wh too much, a whole step. 3,700 / 48 = 77 and 4 over.
    done = coarse(3_800, 3_700, decimals=1)
    assert sorted(done.values[0].tolist()) == [77] * 44 + [78] * 4
    assert set(done.methods[0].tolist()) == {Method.FLAT_REGISTER}


def test_the_step_is_as_large_as_the_multiplier_makes_it():
    # whole kWh x 20: 20 kWh a step. Measured 38 x 2,500 = 95,000 Wh, register 4 x 20 = 80,000.
    done = coarse(95_000, 4_000, decimals=0, multiplier=20)
    assert done.values.tolist() == [[0] * 10 + [2_500] * 38]
    # 38 x 3,000 = 114,000 is 34,000 too much.
    done = coarse(114_000, 4_000, decimals=0, multiplier=20)
    assert int(done.values.sum()) == 80_000
    assert Method.NONE not in set(done.methods[0].tolist())


def test_a_read_finer_than_the_dial_tells_the_finer_step():
    # decimals say whole kWh, but 3,790 Wh was read in tens at least: 10 too much is a whole step
    done = coarse(3_800, 3_790, decimals=0)
    assert int(done.values.sum()) == 3_790


def test_a_complete_day_is_left_alone_whatever_the_register_says():
    done = complete(day(), **registers(2_400))
    assert done.values.tolist() == [[100] * HALF_HOURS]


# ---- E-99


def test_the_remainder_goes_to_the_largest_remainder():
    # weights 1, 1, 3 for V = 7: exact 1.4, 1.4, 4.2; whole parts 6; the Wh left goes to the first
    # of the two .4
    shape = np.zeros(HALF_HOURS, np.int64)
    shape[:5] = [1, 1, 3, 0, 0]
    sources = Sources(like_days=like_days(shape, shape, shape))
    done = complete(without(day(), 0, 4), sources, **registers(4_300 + 7))
    assert at(done, 0, 1, 2, 3, 4) == [2, 1, 4, 0, 0]


def test_of_equal_remainders_the_larger_estimate_gets_the_wh():
    # weights 1, 3 of four for V = 2: exact .5 and 1.5; the larger one gets it
    shape = np.zeros(HALF_HOURS, np.int64)
    shape[:5] = [1, 3, 0, 0, 0]
    sources = Sources(like_days=like_days(shape, shape, shape))
    done = complete(without(day(), 0, 4), sources, **registers(4_300 + 2))
    assert at(done, 0, 1, 2) == [0, 2, 0]


def test_a_line_is_scaled_to_the_register():
    # the line says 120, 140, 160, 180 (600), the register leaves 660: 10 % more
    values = day(h14=200, **{f"h{one}": None for one in range(10, 14)})
    done = complete(values, **registers(43 * 100 + 200 + 660))
    assert at(done, 10, 11, 12, 13) == [132, 154, 176, 198]
    assert method(done, 10) is Method.LINEAR
    assert quality(done, 10) is Quality.FINAL_ESTIMATED


def test_zeros_of_an_outage_take_no_part_in_the_sum():
    done = complete(without(day(), 10, 13), outage=outage(12, 13), **registers(4_400 + 300))
    assert at(done, 10, 11, 12, 13) == [150, 150, 0, 0]


def test_energy_that_only_an_outage_could_hold_was_used():
    done = complete(without(day(), 12, 13), outage=outage(12, 13), **registers(4_600 + 90))
    assert at(done, 12, 13) == [45, 45]
    assert method(done, 12) is Method.FLAT_REGISTER


def test_like_days_without_use_leave_a_flat_line():
    sources = Sources(like_days=like_days(0, 0, 0))
    done = complete(without(day(), 0, 4), sources, **registers(4_300 + 50))
    assert at(done, 0, 4) == [10, 10]
    assert method(done, 0) is Method.FLAT_REGISTER


def test_a_register_that_no_half_hours_can_carry_is_not_believed():
    sources = Sources(like_days=like_days(10, 10, 10))
    done = complete(
        without(day(), 0, 4), sources, dial_digits=9, multiplier=20_000, **registers(10**11)
    )
    assert at(done, 0) == [10]
    assert quality(done, 0) is Quality.TEMPORARY


def test_the_largest_network_meter_does_not_overflow():
    # 48 x 2^31 - 48 Wh, shape of weights up to 2^31 - 1 in one half-hour: it cannot carry its share
    shape = np.zeros(HALF_HOURS, np.int64)
    shape[7] = 2**31 - 1
    sources = Sources(like_days=like_days(shape, shape, shape))
    done = complete(without(day(), 0, 47), sources, dial_digits=9, **registers(48 * (2**31 - 1)))
    assert done.values.tolist() == [[2**31 - 1] * HALF_HOURS]


# ---- spans of several days


def test_a_meter_silent_for_three_days_is_completed_as_one():
    # three days of weights 1, 2, 1 (each 48 half-hours): V = 4 x 48 x 25
    like = like_days(1, 1, 1, of=3)
    like[0, 1] = 2
    values = np.full((1, 3 * HALF_HOURS), ABSENT, np.int32)
    done = estimate_span(span(values, 4 * 48 * 25), Sources(like_days=like))
    assert done.values[0, ::48].tolist() == [25, 50, 25]
    assert int(done.values.sum()) == 4_800


def test_a_gap_across_midnight_is_one_gap():
    values = np.full((1, 2 * HALF_HOURS), 100, np.int32)
    values[0, 46:50] = ABSENT
    values[0, 50] = 200
    done = estimate_span(span(values))
    assert done.values[0, 46:50].tolist() == [120, 140, 160, 180]


# ---- whoever calls it wrongly is told


def test_rows_in_need_are_named():
    values = np.repeat(day(), 3, axis=0)
    values[1, 5] = ABSENT
    rejected = np.zeros(values.shape, np.bool_)
    rejected[2, 7] = True
    assert incomplete(block(values), rejected).tolist() == [1, 2]


def test_sources_of_other_rows_are_refused():
    sources = Sources(rows=np.array([1]))
    with pytest.raises(InvalidInputError, match="rows that `incomplete` names"):
        complete(day(h5=None), sources)


def test_sources_of_another_shape_are_refused():
    with pytest.raises(InvalidInputError, match="like_days has the shape"):
        complete(day(h5=None), Sources(like_days=np.zeros((2, 1, 4, HALF_HOURS), np.int32)))


def test_registers_not_read_are_not_known():
    done = complete(without(day(), 0, 9), opening_wh=ABSENT_WH, closing_wh=1_000)
    assert at(done, 0) == [ABSENT]


def test_registers_that_validation_found_unfit_are_not_used():
    made = block(without(day(), 0, 9), **registers(4_800))
    nothing = np.zeros((1, HALF_HOURS), np.bool_)
    done = estimate(made, nothing, register_unfit=np.array([True]))
    assert at(done, 0) == [ABSENT]


# ---- the parts of E-12 that bills use


def test_the_mean_daily_use_of_two_periods():
    # 300 kWh in 30 days, 372 kWh in 31 days: 10 and 12, so 11 kWh; one alone counts alone
    both = average_daily_wh(*(np.array([one]) for one in (300_000, 30, 372_000, 31)))
    alone = average_daily_wh(*(np.array([one]) for one in (300_000, 30, ABSENT_WH, 0)))
    none = average_daily_wh(*(np.array([one]) for one in (ABSENT_WH, 30, ABSENT_WH, 31)))
    assert [both.tolist(), alone.tolist(), none.tolist()] == [[11_000], [10_000], [ABSENT_WH]]


@pytest.mark.parametrize(
    ("opening", "daily", "expected"),
    [
        (5_000_000, 11_000, 5_016_500),  # 11 kWh x 30 / 20 = 16.5 kWh on the dial
        (99_990_000, 11_000, 6_500),  # past 100,000 kWh
        (ABSENT_WH, 11_000, ABSENT_WH),
        (5_000_000, ABSENT_WH, ABSENT_WH),
    ],
)
def test_the_closing_read_that_bills_expect(opening, daily, expected):
    told = expected_closing_wh(
        np.array([opening]), np.array([daily]), np.array([30]), np.array([20]), np.array([5])
    )
    assert told.tolist() == [expected]
