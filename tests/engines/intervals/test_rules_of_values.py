"""Rules V-01 to V-10, V-20, V-23 and V-25 at, below and above their limits.

Expected values come from the specification's exact tests; sums are worked in the comments. A plain
day has 100, 101, ... 147 Wh: 5,928 Wh, highest three 147, 146 and 145.
"""

from __future__ import annotations

import numpy as np
import pytest

from congto.engines.intervals.block import ABSENT_WH
from congto.vocabulary.intervals import ABSENT, Channel, SourceRole, Status, reason_bit
from world_half_hours import block, check, day_with, plain, rules_that_spoke, told

WHOLE = (0, 47)


def test_a_plain_day_passes_every_rule() -> None:
    checked = check()
    assert checked.found == ()
    assert not checked.rows.size
    assert not checked.rejected.any()


def test_v01_another_meter() -> None:
    claims = {"meter": np.array([7, 8, 0, 8], np.int64)}
    checked = check(plain(4), facts={"meter": [7, 7, 7, 0]}, delivery=claims)
    assert told(checked, "V-01") == [("reject", 1, *WHOLE, 8, 7)]
    assert checked.rejected.sum(axis=1).tolist() == [0, 48, 0, 0]
    assert checked.register_unfit.tolist() == [False, True, False, False]


def test_v02_the_same_again_is_dropped_and_asked_no_further() -> None:
    days = plain(4)
    days[3, 5] = ABSENT
    current = days.copy()
    current[1, 40] += 1
    ranks = {"rank": np.array([1, 1, 2, 1], np.int8), "current_rank": np.ones(4, np.int8)}
    checked = check(days, delivery={"current": current, **ranks})
    # Row 2 is the same from a better source: that is news.
    assert told(checked, "V-02") == [
        ("drop", 0, *WHOLE, 5_928, 5_928),
        ("drop", 3, *WHOLE, 5_823, 5_823),  # 5,928 - 105
    ]
    assert checked.dropped.tolist() == [True, False, False, True]
    assert rules_that_spoke(checked) == ["V-02"]  # the gap of row 3 is known since


@pytest.mark.parametrize(
    ("seconds", "offset", "expected"),
    [
        (1800, 0, []),
        (900, 0, [("reject", 0, *WHOLE, 900, 1800)]),
        (1800, 1, [("reject", 0, *WHOLE, 1, 0)]),
        (3600, 60, [("reject", 0, *WHOLE, 3600, 1800)]),
    ],
)
def test_v03_half_hours_from_midnight(
    seconds: int, offset: int, expected: list[tuple[object, ...]]
) -> None:
    claims = {
        "interval_seconds": np.array([seconds], np.int32),
        "offset_seconds": np.array([offset], np.int32),
    }
    assert told(check(delivery=claims), "V-03") == expected


def test_v04_every_gap_is_listed() -> None:
    day = day_with(0, ABSENT, ABSENT)
    day[[10, 46, 47]] = ABSENT
    checked = check(day)
    assert told(checked, "V-04") == [
        ("order", 0, 0, 1, 0, 2),
        ("order", 0, 10, 10, 0, 1),
        ("order", 0, 46, 47, 0, 2),
    ]
    assert not checked.rejected.any()  # missing is not rejected
    assert np.flatnonzero(checked.reasons[0] & reason_bit("V-04")).tolist() == [0, 1, 10, 46, 47]


def test_v04_nothing_again_is_still_missing() -> None:
    nothing = np.full((1, 48), ABSENT, np.int32)
    checked = check(nothing, delivery={"current": nothing})
    assert rules_that_spoke(checked) == ["V-04"]


def test_v04_a_day_without_any_value() -> None:
    checked = check(np.full(48, ABSENT))
    assert told(checked, "V-04") == [("order", 0, *WHOLE, 0, 48)]
    assert rules_that_spoke(checked) == ["V-04"]


def test_v05_clock() -> None:
    off = np.array([180, 181, -181, 900, 901, -901, ABSENT], np.int32)
    checked = check(plain(7), delivery={"clock_seconds": off})
    assert told(checked, "V-05") == [
        ("warn", 1, *WHOLE, 181, 180),
        ("warn", 2, *WHOLE, -181, 180),
        ("warn", 3, *WHOLE, 900, 180),
        ("reject", 4, *WHOLE, 901, 900),
        ("reject", 5, *WHOLE, -901, 900),
    ]
    assert checked.rejected.all(axis=1).tolist() == [False] * 4 + [True, True, False]


def test_v05_a_jump_makes_the_touched_half_hours_temporary() -> None:
    status = np.zeros((3, 48), np.uint8)
    status[1, 20:23] = Status.CLOCK_ADJUSTED
    jumps = np.array([900, 901, -2000], np.int32)
    checked = check(plain(3), status=status, delivery={"clock_jump_seconds": jumps})
    assert told(checked, "V-05") == [
        ("temporary", 1, 20, 22, 901, 900),
        ("temporary", 2, *WHOLE, -2000, 900),
    ]
    assert checked.temporary.sum(axis=1).tolist() == [0, 3, 48]


def test_v06_each_bit_does_what_the_map_says() -> None:
    status = np.zeros((1, 48), np.uint8)
    status[0, 0:2] = Status.DATA_INVALID
    status[0, 1] |= Status.POWER_DOWN  # the graver bit counts
    status[0, 10] = Status.POWER_DOWN
    status[0, 20:22] = Status.CLOCK_INVALID
    status[0, 47] = Status.DAYLIGHT_SAVING
    checked = check(status=status)
    assert told(checked, "V-06") == [
        ("warn", 0, 10, 10, 4, 0),
        ("suspect", 0, 20, 21, 1, 0),
        ("suspect", 0, 47, 47, 16, 0),
        ("reject", 0, 0, 1, 2 | 4, 0),
    ]
    assert np.flatnonzero(checked.rejected[0]).tolist() == [0, 1]
    assert np.flatnonzero(checked.suspect[0]).tolist() == [20, 21, 47]


def test_v07_below_zero() -> None:
    checked = check(day_with(3, -1, -7, 0))
    assert told(checked, "V-07") == [("reject", 0, 3, 4, -7, 0)]
    assert np.flatnonzero(checked.rejected[0]).tolist() == [3, 4]


def test_v07_a_register_backwards_is_read_again_and_a_rollover_is_not() -> None:
    # A dial of 5 digits goes to 100,000 kWh: rollover from above 90,000 to below 10,000 kWh.
    opening = [90_000_001, 90_000_000, 90_000_001, 500, ABSENT_WH]
    closing = [9_999_999, 9_999_999, 10_000_000, 499, 0]
    changes = {"opening_wh": opening, "closing_wh": closing, "dial_digits": 5}
    checked = check(plain(5), facts=changes)
    assert told(checked, "V-07") == [
        ("order", 1, *WHOLE, 9_999_999, 90_000_000),
        ("order", 2, *WHOLE, 10_000_000, 90_000_001),
        ("order", 3, *WHOLE, 499, 500),
    ]
    assert checked.register_unfit.tolist() == [False, True, True, True, False]
    assert not checked.rejected[1:].any()  # row 0: 19,999,998 Wh by the register reject its day
    assert told(checked, "V-10") == [("reject", 0, *WHOLE, 5_928, 19_999_998)]


def test_v08_contract_and_meter() -> None:
    # 5 kW x 1.5 x half an hour = 3,750 Wh; the meter measures 8,800 Wh at most.
    day = day_with(5, 3_750, 3_751, 4_000, 8_800, 8_801)
    checked = check(day)
    assert told(checked, "V-08") == [
        ("reject", 0, 9, 9, 8_801, 8_800),
        ("suspect", 0, 6, 8, 8_800, 3_750),
    ]
    unknown = check(day, facts={"contract_w": 0, "limit_wh": 0})
    assert told(unknown, "V-08") == []


def test_v09_a_household_against_its_own_past() -> None:
    # P3 = 146 once one value is higher: 146 x 2.8 = 408.8; the floor is 3 x the highest of 28 days.
    below, above = day_with(10, 440), day_with(10, 441)
    assert told(check(below), "V-09") == []
    assert told(check(above), "V-09") == [("suspect", 0, 10, 10, 441, 408)]
    # With a highest of 136 the floor is 408 and the factor decides: 408 is not over 408.8.
    assert told(check(day_with(10, 408), history={"highest_wh": 136}), "V-09") == []
    assert told(check(day_with(10, 409), history={"highest_wh": 136}), "V-09") == [
        ("suspect", 0, 10, 10, 409, 408)
    ]


def test_v09_others_from_one_kwh_on() -> None:
    business = {"customer_class": 1}
    assert told(check(day_with(10, 999), facts=business), "V-09") == []
    found = told(check(day_with(10, 1_000, 1_200), facts=business), "V-09")
    # The third highest is 147 now: 147 x 2.8 = 411.6.
    assert found == [("suspect", 0, 10, 11, 1_200, 411)]


def test_v09_three_values_are_needed() -> None:
    day = np.full(48, ABSENT)
    day[:2] = (1_000, 300)
    business = {"customer_class": 1}
    assert told(check(day, facts=business), "V-09") == []
    day[2] = 300  # the third highest: 840 is allowed
    assert told(check(day, facts=business), "V-09") == [("suspect", 0, 0, 0, 1_000, 840)]


def test_v09_three_peaks_are_no_spike() -> None:
    business = {"customer_class": 1}
    assert told(check(day_with(10, 3_000, 3_000, 3_000), facts=business), "V-09") == []


@pytest.mark.parametrize(
    ("customer_class", "multiplier", "closing", "wrong"),
    [
        # Plain day 5,928 Wh. Two decimals: 10 Wh, twice the multiplier: 20 Wh. 1 % of 5,928: 59.
        (0, 1, 5_928 + 59, False),  # 1 % of 5,987 is 59
        (0, 1, 5_928 + 60, True),  # 1 % of 5,988 is 59
        (0, 1, 5_928 - 58, False),  # 1 % of 5,870 is 58
        (0, 1, 5_928 - 59, True),  # 1 % of 5,869 is 58
        (1, 1, 5_928 + 29, False),  # 0.5 % of 5,957 is 29
        (1, 1, 5_928 + 30, True),
        # Times 10: the last digit is 100 Wh, the tolerance 200 Wh and above 1 % of it.
        (0, 10, 612, False),  # 6,120 Wh: 192 apart
        (0, 10, 613, True),  # 6,130 Wh: 202 apart
    ],
)
def test_v10_sum_against_the_register(
    customer_class: int,
    multiplier: int,
    closing: int,
    wrong: bool,  # noqa: FBT001  (a parameter of the case)
) -> None:
    changes = {
        "customer_class": customer_class,
        "multiplier": multiplier,
        "opening_wh": 0,
        "closing_wh": closing,
    }
    checked = check(facts=changes)
    expected = [("reject", 0, *WHOLE, 5_928, closing * multiplier)]
    assert told(checked, "V-10") == (expected if wrong else [])
    assert checked.proven.tolist() == [not wrong]
    assert checked.rejected.all() == wrong


def test_v10_a_day_read_again_is_only_suspect() -> None:
    again = {"read_again": np.array([True])}
    checked = check(facts={"opening_wh": 0, "closing_wh": 9_000}, delivery=again)
    assert told(checked, "V-10") == [("suspect", 0, *WHOLE, 5_928, 9_000)]
    assert not checked.rejected.any()
    assert checked.suspect.all()
    right = check(facts={"opening_wh": 0, "closing_wh": 5_928}, delivery=again)
    assert right.found == ()


def test_v10_needs_a_complete_day() -> None:
    register = {"opening_wh": 0, "closing_wh": 9_000}
    assert told(check(day_with(0, ABSENT), facts=register), "V-10") == []
    assert told(check(day_with(0, -1), facts=register), "V-10") == []
    assert not check(day_with(0, ABSENT), facts=register).proven.any()


def test_a_register_that_agrees_dispels_a_spike() -> None:
    day = day_with(10, 2_000)  # 5,928 - 110 + 2,000 = 7,818
    assert rules_that_spoke(check(day)) == ["V-09"]
    proven = check(day, facts={"opening_wh": 0, "closing_wh": 7_818})
    assert rules_that_spoke(proven) == []
    wrong = check(day, facts={"opening_wh": 0, "closing_wh": 5_928})
    assert rules_that_spoke(wrong) == ["V-10", "V-09"]  # and tells which half-hour it may be


def test_v20_multiplier_and_unit() -> None:
    claims = {
        "multiplier": np.array([1, 20, 0, 1], np.int64),
        "unit_wh": np.array([1000, 1000, 0, 1], np.int64),
    }
    checked = check(plain(4), facts={"unit_wh": 1000}, delivery=claims)
    assert told(checked, "V-20") == [("reject", 1, *WHOLE, 20, 1), ("reject", 3, *WHOLE, 1, 1000)]
    assert checked.register_unfit.tolist() == [False, True, False, True]


def test_v23_a_lower_rank_does_not_replace() -> None:
    claims = {
        "rank": np.array([1, 2, 1], np.int8),
        "current_rank": np.array([2, 2, 2], np.int8),
        "override": np.array([False, False, True]),
    }
    checked = check(plain(3), delivery=claims)
    assert told(checked, "V-23") == [("drop", 0, *WHOLE, 1, 2)]
    assert checked.dropped.tolist() == [True, False, False]


def test_v23_a_billed_day_that_changes_orders_a_case() -> None:
    # 1 % of 5,870 is 58.7; 5,928 is 58 above it. Of 5,869 it is 59 above, and 1 % is 58.69.
    billed = np.array([5_870, 5_869, ABSENT_WH], np.int64)
    checked = check(plain(3), delivery={"billed_wh": billed})
    assert told(checked, "V-23") == [("order", 1, *WHOLE, 5_928, 5_869)]
    assert not checked.rejected.any()


def test_v23_no_case_at_one_percent_with_a_gap_or_where_nothing_is_replaced() -> None:
    days = np.full((3, 48), 125)  # 6,000 Wh
    days[0, 0] = 185  # 6,060: exactly 1 % more
    days[1, 0] = ABSENT
    claims = {
        "billed_wh": np.full(3, 6_000, np.int64),
        "rank": np.array([2, 2, 1], np.int8),
        "current_rank": np.full(3, 2, np.int8),
    }
    days[2] *= 2
    assert told(check(days, delivery=claims), "V-23") == [("drop", 2, *WHOLE, 1, 2)]
    unbilled = {"billed_wh": np.array([ABSENT_WH], np.int64)}
    assert told(check(np.zeros(48), delivery=unbilled), "V-23") == []


def test_v25_below_what_is_stored() -> None:
    changes = {
        "earlier_wh": [1_000, 1_001, ABSENT_WH, 99_000_000],
        "opening_wh": [1_000, 1_000, 1_000, 1_000],
        "dial_digits": 5,
    }
    checked = check(plain(4), facts=changes)
    assert told(checked, "V-25") == [("order", 1, *WHOLE, 1_000, 1_001)]
    assert told(check(facts={"earlier_wh": 1_000}), "V-25") == []  # the day's was not read
    assert checked.register_unfit.tolist() == [False, True, False, False]


def test_the_first_rule_that_rejects_a_day_is_the_last_that_speaks() -> None:
    day = day_with(3, -5, ABSENT)
    claims = {
        "meter": np.array([8], np.int64),
        "multiplier": np.array([20], np.int64),
        "clock_seconds": np.array([5_000], np.int32),
    }
    assert rules_that_spoke(check(day, facts={"meter": 7}, delivery=claims)) == ["V-01"]


def test_what_a_person_types_in_has_no_clock() -> None:
    claims = {
        "clock_seconds": np.array([5_000, 5_000], np.int32),
        "role": np.array([SourceRole.MANUAL, SourceRole.PUSH], np.int8),
    }
    assert [row for _, row, *_ in told(check(plain(2), delivery=claims), "V-05")] == [1]


def test_limits_of_a_channel() -> None:
    day = day_with(10, 9_000)
    assert rules_that_spoke(check(day, channel=Channel.REACTIVE_IMPORT)) == []
    assert "V-08" in rules_that_spoke(check(day))


def test_a_rejected_value_is_not_suspect_as_well() -> None:
    status = np.zeros((1, 48), np.uint8)
    status[0, 5] = Status.CLOCK_INVALID  # suspect
    checked = check(day_with(5, -3), status=status)
    assert checked.rejected[0, 5]
    assert not checked.suspect[0, 5]
    assert checked.reasons[0, 5] == reason_bit("V-06") | reason_bit("V-07")


def test_the_block_is_left_as_it_was() -> None:
    one = block(day_with(3, -5, ABSENT))
    before = one.values.copy()
    check(one.values)
    assert (one.values == before).all()
