"""Rules V-11 to V-26 at, below and above their limits, and what each says.

Expected values come from the specification's exact tests; sums are worked in the comments. A plain
day has 100, 101, ... 147 Wh: 5,928 Wh.
"""

from __future__ import annotations

import numpy as np
import pytest

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.periods import (
    AreaDay,
    MonthSums,
    validate_areas,
    validate_bills,
    validate_months,
)
from congto.vocabulary.intervals import ABSENT, Channel, CustomerClass
from world_half_hours import RULES, check, day_with, plain, rules_that_spoke, told

WHOLE = (0, 47)


def test_v11_bands_against_the_total() -> None:
    # Three registers of two decimals times 1: 30 Wh. Times 20: 600 Wh, sums times 20.
    bands = np.array([5_958, 5_959, 5_898, 5_897, 5_958, ABSENT_WH], np.int64)
    changes = {"multiplier": [1, 1, 1, 1, 20, 1], "opening_wh": 0, "closing_wh": 5_928}
    days = plain(6)
    days[4] *= 20  # 118,560 Wh, as its register says
    claims = {"bands_wh": bands, "band_registers": np.full(6, 3, np.int8)}
    checked = check(days, facts=changes, history={"days": 0}, delivery=claims)
    assert told(checked, "V-11") == [
        ("suspect", 1, *WHOLE, 5_959, 5_928),
        ("suspect", 3, *WHOLE, 5_897, 5_928),
    ]


@pytest.mark.parametrize(
    ("day_wh", "bound"),
    [
        # Mean 4,000, deviation 100: 2.5 x 4,000 + 300 = 10,300 and 0.25 x 4,000 - 300 = 700.
        (10_300, None),
        (10_301, 10_300),
        (700, None),
        (699, 700),
    ],
)
def test_v12_day_against_days_of_its_type(day_wh: int, bound: int | None) -> None:
    day = np.full(48, day_wh // 48)
    day[0] += day_wh % 48
    business = {"customer_class": 1}
    past = {"mean_wh": 4_000, "deviation_wh": 100}
    found = told(check(day, facts=business, history=past), "V-12")
    assert found == ([] if bound is None else [("suspect", 0, *WHOLE, day_wh, bound)])
    for days in (4, 5):
        fewer = {**past, "days": days}
        assert bool(told(check(day, facts=business, history=fewer), "V-12")) is bool(
            bound and days == 5
        )


def test_v12_only_days_of_the_same_type_count_and_only_complete_days() -> None:
    low = {"mean_wh": 1_000, "deviation_wh": 0}
    assert told(check(history=low), "V-12") == [("suspect", 0, *WHOLE, 5_928, 2_500)]
    other_type = {**low, "days": np.array([[4, 28, 28, 28]], np.int16)}  # few working days
    assert told(check(history=other_type), "V-12") == []
    assert told(check(day_with(0, ABSENT), history=low), "V-12") == []


def test_v13_month_against_the_month_before_and_a_year_ago() -> None:
    def months(now: list[int], before: list[int], year_ago: list[int]) -> MonthSums:
        count = len(now)
        return MonthSums(
            customer_class=np.zeros(count, np.int8),
            energy_wh=np.array(now, np.int64),
            days=np.full(count, 30, np.int16),
            before_wh=np.array(before, np.int64),
            before_days=np.full(count, 31, np.int16),
            year_ago_wh=np.array(year_ago, np.int64),
            year_ago_days=np.full(count, 30, np.int16),
        )

    # Wh a day: 310,000 / 31 = 10,000 before; a year ago 360,000 / 30 = 12,000 and 9,000.
    now = [720_000, 720_030, 600_030, 149_970, 150_000, 30_000, 720_030]
    year_ago = [360_000] * 3 + [360_000, 360_000, ABSENT_WH, 270_000]
    found = validate_months(months(now, [310_000] * 7, year_ago), RULES)
    (rule, action, hits), *_ = found
    assert (rule, action.value) == ("V-13", "suspect")
    assert hits.rows.tolist() == [1, 3, 6]
    assert hits.observed.tolist() == [24_001, 4_999, 24_001]
    assert hits.expected.tolist() == [24_000, 5_000, 20_000]


def test_v14_zeros_where_there_are_hardly_any() -> None:
    fifteen, sixteen = day_with(3, *[0] * 15), day_with(3, *[0] * 16)
    assert told(check(fifteen), "V-14") == []
    assert told(check(sixteen), "V-14") == [("suspect", 0, 3, 18, 16, 16)]
    for often in ({"zero_permille": 50}, {"days": 1}):
        assert told(check(sixteen, history=often), "V-14") == []
    assert told(check(sixteen, history={"zero_permille": 49}), "V-14") != []
    for days, spoken in ((4, False), (5, True)):
        few = {"days": np.array([[days, 0, 0, 0]], np.int16)}
        assert bool(told(check(sixteen, history=few), "V-14")) is spoken
    for idle in ({"active": False}, {"relay_open": True}):
        assert told(check(sixteen, facts=idle), "V-14") == []


def test_v14_an_outage_explains_zeros_and_a_gap_breaks_them() -> None:
    outage = np.zeros((1, 48), np.bool_)
    outage[0, 5] = True
    sixteen = day_with(3, *[0] * 16)
    assert told(check(sixteen, outage=outage), "V-14") == []
    longer = day_with(3, *[0] * 20)  # 3 to 22; 17 remain after half-hour 5
    assert told(check(longer, outage=outage), "V-14") == [("suspect", 0, 6, 22, 17, 16)]
    longer[10] = ABSENT
    assert told(check(longer), "V-14") == []


def test_v15_days_without_use() -> None:
    nothing = np.zeros((3, 48), np.int32)
    checked = check(nothing, history={"zero_days": [5, 6, 40], "zero_permille": 1000})
    assert told(checked, "V-15") == [
        ("order", 1, *WHOLE, 7, 7),
        ("order", 2, *WHOLE, 41, 7),
    ]
    for idle in ({"active": False}, {"relay_open": True}):
        assert told(check(nothing, history={"zero_days": 6}, facts=idle), "V-15") == []
    assert told(check(day_with(0, *[0] * 47), history={"zero_days": 6}), "V-15") == []


def test_v15_a_register_that_stands_still_proves_a_day_with_gaps() -> None:
    gap = np.zeros(48, np.int32)
    gap[4] = ABSENT
    assert told(check(gap, history={"zero_days": 6}), "V-15") == []
    still = {"opening_wh": 700, "closing_wh": 700}
    assert told(check(gap, history={"zero_days": 6}, facts=still), "V-15") != []
    moved = {"opening_wh": 700, "closing_wh": 710}
    assert told(check(gap, history={"zero_days": 6}, facts=moved), "V-15") == []


def test_v16_use_while_inactive() -> None:
    days = np.zeros((4, 48), np.int32)
    days[:, 20] = [100, 101, 101, 101]
    changes = {"active": [False, False, True, True], "relay_open": [False, False, True, False]}
    checked = check(days, facts=changes, history={"days": 0})
    assert told(checked, "V-16") == [
        ("order", 1, *WHOLE, 101, 100),
        ("order", 2, *WHOLE, 101, 100),
    ]


def test_v17_the_same_value_again_and_again() -> None:
    for start in range(37):
        assert told(check(day_with(start, *[180] * 11)), "V-17") == []
    for start in range(36):
        found = told(check(day_with(start, *[180] * 12)), "V-17")
        assert found == [("suspect", 0, start, start + 11, 12, 12)]
    assert told(check(day_with(3, *[0] * 12)), "V-17") == []  # zeros are V-14's
    assert told(check(np.full(48, 180)), "V-17") == [("suspect", 0, *WHOLE, 48, 12)]
    idle = day_with(3, *[0] * 12)
    idle[20:31] = 180  # 11 equal values beside 12 zeros
    assert told(check(idle), "V-17") == []
    broken = day_with(3, *[180] * 14)
    broken[9] = ABSENT
    assert told(check(broken), "V-17") == []


def test_v17_a_coarsely_counted_value_has_to_repeat_longer() -> None:
    """Counted in 50 Wh, 99 units are few: 20 half-hours. 100 units are not: 12."""

    def coarse(units: int, half_hours: int, customer_class: int = 2) -> list[tuple[object, ...]]:
        values = day_with(3, *[units] * half_hours) * 50
        return told(
            check(values, facts={"customer_class": customer_class, "contract_w": 0}), "V-17"
        )

    assert coarse(99, 19) == []
    assert coarse(99, 20) == [("suspect", 0, 3, 22, 20, 20)]
    assert coarse(100, 12) == [("suspect", 0, 3, 14, 12, 12)]
    assert coarse(99, 12, customer_class=0) == [("suspect", 0, 3, 14, 12, 12)]  # households
    # All day the same value: the unit is the value itself, and 48 half-hours are enough.
    whole = check(np.full(48, 9_000), facts={"customer_class": 2, "contract_w": 0})
    assert told(whole, "V-17") == [("suspect", 0, *WHOLE, 48, 20)]


def test_v18_reactive_out_of_proportion() -> None:
    reactive = np.zeros((1, 48), np.int32)
    reactive[0, [4, 5]] = [312, 316]  # 104 x 3 = 312, 105 x 3 = 315
    reactive[0, 20:22] = [361, 364]  # 120 x 3 = 360, 121 x 3 = 363
    siblings = {Channel.REACTIVE_IMPORT: reactive}
    assert told(check(siblings=siblings), "V-18") == [
        ("suspect", 0, 5, 5, 316, 315),
        ("suspect", 0, 20, 21, 725, 723),
    ]
    # Three times these do not fit into 32 bits, nor does what would be too much.
    largest = np.full((1, 48), 1_500_000_000, np.int32)
    assert told(check(largest, siblings={Channel.REACTIVE_IMPORT: largest}), "V-18") == []
    # Without active energy nothing is out of proportion.
    assert told(check(np.zeros(48), siblings=siblings), "V-18") == []


def test_v18_both_directions_on_one_phase() -> None:
    export = np.zeros((2, 48), np.int32)
    export[:, 10:12] = 5
    checked = check(
        plain(2), siblings={Channel.ACTIVE_EXPORT: export}, facts={"single_phase": [True, False]}
    )
    assert told(checked, "V-18") == [("suspect", 0, 10, 11, 10, 0)]
    # Only giving back is what the sun does.
    giving = {Channel.ACTIVE_EXPORT: export[:1]}
    assert told(check(day_with(10, 0, 0), siblings=giving), "V-18") == []


def test_v19_steps_of_others_than_households() -> None:
    # After 110 Wh: 11 times is 1,210.
    for customer_class in (1, 2, 3):
        at = check(day_with(11, 1_210, 1_210, 1_210), facts={"customer_class": customer_class})
        assert told(at, "V-19") == []
        over = check(day_with(11, 1_211, 1_211, 1_211), facts={"customer_class": customer_class})
        assert told(over, "V-19") == [("warn", 0, 11, 11, 1_211, 1_210)]
    assert told(check(day_with(11, 1_211, 1_211, 1_211)), "V-19") == []


def test_v19_the_last_valid_value_counts() -> None:
    business = {"customer_class": 1}
    gap = day_with(11, ABSENT, ABSENT, 1_211)
    assert told(check(gap, facts=business), "V-19") == [("warn", 0, 13, 13, 1_211, 1_210)]
    after_zero = day_with(11, 0, 90_000)
    assert told(check(after_zero, facts=business), "V-19") == []  # no share of nothing
    second = day_with(1, 1_101)  # after 100 Wh, the first
    assert told(check(second, facts=business), "V-19") == [("warn", 0, 1, 1, 1_101, 1_100)]
    first = day_with(0, 90_000)
    assert told(check(first, facts=business), "V-19") == []
    # Values above 2^31 / 11 are compared as exactly: 2,000,000,000 is under 11 x 190,000,000.
    largest = np.full(48, 190_000_000)
    largest[9] = 2_000_000_000
    assert told(check(largest, facts=business), "V-19") == []
    largest[9] = 2_100_000_000
    assert told(check(largest, facts=business), "V-19") == [
        ("warn", 0, 9, 9, 2_100_000_000, 2_090_000_000)
    ]


def test_v21_a_sibling_lags_behind() -> None:
    export, reactive = (np.zeros((3, 48), np.int32) for _ in range(2))
    export[0, 4:6] = ABSENT
    reactive[0, 5:8] = ABSENT
    export[1], reactive[2] = ABSENT, ABSENT
    siblings = {Channel.ACTIVE_EXPORT: export, Channel.REACTIVE_IMPORT: reactive}
    found = told(check(plain(3), siblings=siblings), "V-21")
    assert found == [("order", 0, 4, 7, 0, 4)]  # of rows 1 and 2 nobody knows that they export
    records = np.array([0, 1 << 2, 1 << 2], np.uint8)  # A- of points 1 and 2
    found = told(check(plain(3), siblings=siblings, delivery={"channels": records}), "V-21")
    assert found == [("order", 1, *WHOLE, 0, 48)]
    missing_itself = day_with(4, ABSENT, ABSENT)
    both = {Channel.ACTIVE_EXPORT: export[:1]}
    assert told(check(missing_itself, siblings=both), "V-21") == []


def test_v22_a_fourth_day_in_a_row() -> None:
    gaps = plain(3)
    gaps[:2, 7] = ABSENT
    checked = check(gaps, history={"estimated_days": [2, 3, 9]})
    assert told(checked, "V-22") == [("order", 1, *WHOLE, 4, 3)]
    rejected = check(day_with(7, -5), history={"estimated_days": 3})
    assert told(rejected, "V-22") == [("order", 0, *WHOLE, 4, 3)]
    by_register = check(facts={"opening_wh": 0, "closing_wh": 9_000}, history={"estimated_days": 3})
    assert told(by_register, "V-22") == [("order", 0, *WHOLE, 4, 3)]


def test_v22_a_third_bill_in_a_row() -> None:
    counts = np.array([2, 3], np.int16)
    ((rule, action, hits),) = validate_bills(counts, np.zeros(2, np.int8), RULES)
    assert (rule, action.value) == ("V-22", "order")
    assert (hits.rows.tolist(), hits.observed.tolist()) == ([1], [3])


def test_v24_check_meter() -> None:
    # 1 % of 5,928 is 59.28: 59 apart is within, 60 is not.
    other = plain(4)
    other[0, 0] += 59
    other[1, 0] += 60
    other[2, 0] -= 60
    other[3] = ABSENT
    checked = check(plain(4), delivery={"check_meter": other})
    assert told(checked, "V-24") == [
        ("suspect", 1, *WHOLE, 5_928, 5_988),
        ("suspect", 2, *WHOLE, 5_928, 5_868),
    ]
    # Exactly 1 % is within: 125 x 48 is 6,000, and 60 more.
    even = np.full((1, 48), 125)
    exact = even.astype(np.int32)
    exact[0, 0] += 60
    assert told(check(even, delivery={"check_meter": exact}), "V-24") == []
    # Only half-hours that both have: of 5,928 - 147, 60 apart.
    other[1, 47] = ABSENT
    assert told(check(plain(4), delivery={"check_meter": other}), "V-24")[0][4:] == (5_781, 5_841)


def test_v26_customers_against_their_transformer() -> None:
    areas = AreaDay(
        transformer_wh=np.array([1_000_000, 1_000_000, ABSENT_WH, 0], np.int64),
        customers_wh=np.array([1_020_000, 1_020_001, 5, 1], np.int64),
    )
    ((rule, action, hits),) = validate_areas(areas, RULES)
    assert (rule, action.value) == ("V-26", "order")
    assert hits.rows.tolist() == [1, 3]
    assert hits.expected.tolist() == [1_020_000, 0]


def test_a_register_that_agrees_dispels_a_step_but_not_a_stuck_value() -> None:
    day = day_with(11, 1_300, *[150] * 13)
    energy = int(day.sum())
    facts = {
        "customer_class": CustomerClass.LOW_VOLTAGE.value,
        "contract_w": 0,
        "opening_wh": 0,
        "closing_wh": energy,
    }
    assert rules_that_spoke(check(day, facts=facts)) == ["V-17"]
    unread = {**facts, "closing_wh": ABSENT_WH}
    assert rules_that_spoke(check(day, facts=unread)) == ["V-09", "V-19", "V-17"]


def test_later_rules_do_not_see_what_was_rejected() -> None:
    status = np.zeros((1, 48), np.uint8)
    status[0, 10] = 2  # data invalid
    assert rules_that_spoke(check(day_with(10, 8_000), status=status)) == ["V-06"]
