"""What holds for the rules together: order, rows apart, dated limits, findings as rows."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.intervals.block import DayBlock, Hits
from congto.engines.intervals.day import figures
from congto.engines.intervals.findings import day_findings, explain
from congto.engines.intervals.limits import IntervalRules
from congto.engines.intervals.periods import MonthSums, validate_months
from congto.engines.intervals.rules import (
    FIRST,
    LAST,
    ORDER,
    OTHERS,
    UNPROVEN,
    VALUES,
    register_sum,
)
from congto.engines.intervals.rules import RULES as BY_ID
from congto.engines.intervals.validation import validate
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.frames.intervals import DAY_FINDINGS
from congto.vocabulary.interval_rules import DatedIntervalRule, IntervalRule
from congto.vocabulary.intervals import ABSENT, Action, CustomerClass, SourceRole
from congto.vocabulary.prices import Confidence
from world_half_hours import DAY, RULES, block, check, day_with, history, plain, told

ALL_IDS = [f"V-{number:02}" for number in range(1, 27)]

half_hour = st.one_of(
    st.integers(0, 3),
    st.integers(-5, 9_500),
    st.sampled_from([ABSENT, 150, 150, 150, 2**31 - 1]),
)
day_values = st.one_of(
    st.lists(half_hour, min_size=48, max_size=48),
    st.builds(lambda value: [value] * 48, half_hour),
    st.builds(
        lambda value, start, length: day_with(start, *[value] * min(length, 48 - start)).tolist(),
        half_hour,
        st.integers(0, 47),
        st.integers(1, 30),
    ),
)
many_days = st.lists(day_values, min_size=1, max_size=8)


def test_every_rule_has_its_file_and_its_limits() -> None:
    assert list(BY_ID) == ALL_IDS
    assert sorted({row.rule.rule for row in load_interval_rules()}) == ALL_IDS


def test_the_order_is_that_of_the_specification() -> None:
    def ids(rules: tuple[Any, ...]) -> set[str]:
        return {rule.RULE for rule in rules}

    assert {"V-01", "V-02", "V-03", "V-20"} <= ids(FIRST)
    assert ids(VALUES) == {"V-04", "V-05", "V-06", "V-07", "V-25"}
    assert ids(UNPROVEN) == {"V-09", "V-19"}
    assert (*FIRST, *VALUES, register_sum, *UNPROVEN, *OTHERS, *LAST) == ORDER


def test_the_gravest_action_is_that_of_the_specification() -> None:
    # Its column "result": missing values and later registers are asked for again, cases are orders.
    expected = {
        "drop": {"V-02", "V-23"},
        "reject": {"V-01", "V-03", "V-05", "V-06", "V-07", "V-08", "V-10", "V-20"},
        "suspect": {"V-09", "V-11", "V-12", "V-13", "V-14", "V-17", "V-18", "V-24"},
        "warn": {"V-19"},
        "order": {"V-04", "V-15", "V-16", "V-21", "V-22", "V-25", "V-26"},
    }
    found: dict[str, set[str]] = {action: set() for action in expected}
    for rule in BY_ID.values():
        found[rule.ACTION.value].add(rule.RULE)
    assert found == expected


def take(one: DayBlock, rows: list[int]) -> DayBlock:
    """Return some rows of a block, as a block."""

    def part(columns: Any) -> Any:
        taken = {
            field.name: None if (column := getattr(columns, field.name)) is None else column[rows]
            for field in fields(columns)
        }
        return type(columns)(**taken)

    return replace(
        one,
        points=one.points[rows],
        values=one.values[rows],
        facts=part(one.facts),
        history=part(one.history),
        delivery=None if one.delivery is None else part(one.delivery),
        status=None if one.status is None else one.status[rows],
        outage=None if one.outage is None else one.outage[rows],
    )


def drawn_block(days: list[list[int]], seed: int) -> DayBlock:
    """Return a block whose facts, history, status and claims vary by row."""
    count, draw = len(days), np.random.default_rng(seed)
    values = np.array(days, np.int32)
    sums = np.where(values == ABSENT, 0, values).sum(axis=1, dtype=np.int64)
    opening = draw.integers(0, 10**6, count) * 10
    return block(
        values,
        facts={
            "customer_class": draw.integers(0, 4, count).astype(np.int8),
            "opening_wh": opening,
            "closing_wh": opening + sums * draw.integers(1, 3, count),
            "active": draw.random(count) < 0.8,
            "earlier_wh": opening - draw.integers(-20, 1_000, count),
        },
        history={
            "zero_permille": draw.integers(0, 100, count).astype(np.int16),
            "zero_days": draw.integers(0, 9, count).astype(np.int16),
            "estimated_days": draw.integers(0, 5, count).astype(np.int16),
        },
        status=(draw.integers(0, 32, (count, 48)) * (draw.random((count, 48)) < 0.02)).astype(
            np.uint8
        ),
        outage=draw.random((count, 48)) < 0.02,
        delivery={
            "role": draw.integers(0, 4, count).astype(np.int8),
            "multiplier": draw.integers(1, 3, count) * (draw.random(count) < 0.2),
            "clock_seconds": draw.integers(-1_000, 1_000, count).astype(np.int32),
            "clock_jump_seconds": draw.integers(-1_000, 1_000, count).astype(np.int32),
        },
    )


def by_point(one: DayBlock) -> dict[int, list[tuple[Any, ...]]]:
    """Return each point's findings and final marks."""
    checked = validate(one, RULES)
    said: dict[int, list[tuple[Any, ...]]] = {int(point): [] for point in one.points}
    for row in day_findings(one, checked).rows():
        said[row[2]].append(row)
    for row, point in enumerate(one.points):
        said[int(point)].append(
            (
                checked.reasons[row].tolist(),
                checked.rejected[row].tolist(),
                checked.suspect[row].tolist(),
                checked.temporary[row].tolist(),
                bool(checked.proven[row]),
            )
        )
    return said


@given(many_days, st.integers(0, 2**32 - 1), st.randoms())
def test_the_order_of_rows_and_the_size_of_blocks_change_nothing(
    days: list[list[int]], seed: int, chance: Any
) -> None:
    one = drawn_block(days, seed)
    together = by_point(one)
    order = list(range(len(days)))
    chance.shuffle(order)
    assert by_point(take(one, order)) == together
    half = len(days) // 2
    assert {**by_point(take(one, order[:half])), **by_point(take(one, order[half:]))} == together


@given(many_days, st.integers(0, 2**32 - 1))
def test_marks_agree_with_findings_and_touch_no_missing_value(
    days: list[list[int]], seed: int
) -> None:
    one = drawn_block(days, seed)
    checked = validate(one, RULES)
    missing = one.values == ABSENT
    marks = (checked.rejected, checked.suspect, checked.temporary)
    assert not any((mark & missing).any() for mark in marks)
    assert (np.sum([mark.astype(int) for mark in marks], axis=0) <= 1).all()
    # Every half-hour that a rule rejected and no other is rejected: counted one by one.
    rejected = np.zeros(one.values.shape, np.bool_)
    for _, action, hits in checked.found:
        if action is Action.REJECT:
            for row, first, last in zip(hits.rows, hits.first, hits.last, strict=True):
                rejected[row, first : last + 1] = True
    assert (checked.rejected == (rejected & ~missing)).all()
    spoke = np.flatnonzero(checked.reasons.any(axis=1))
    assert spoke.tolist() == checked.rows.tolist()


@given(
    st.lists(st.integers(101, 140), min_size=48, max_size=48).filter(
        lambda day: all(len(set(day[at : at + 12])) > 1 for at in range(37))
    ),
    st.integers(1, 40),
)
def test_a_clean_day_gives_no_hit(day: list[int], multiplier: int) -> None:
    # Between 101 and 140 Wh and proven by the register: no rule of the specification is broken.
    opening = 123_450
    values = np.array(day) * multiplier
    facts = {
        "multiplier": multiplier,
        "opening_wh": opening,
        "closing_wh": opening + sum(day),
        "contract_w": 5_000 * multiplier,
        "limit_wh": 8_800 * multiplier,
    }
    past = {"mean_wh": values.sum(), "highest_wh": 140 * multiplier}
    checked = check(values, facts=facts, history=past)
    assert checked.found == ()
    assert checked.proven.all()


def dated(
    valid_from: str,
    percent: int,
    *,
    customer_class: CustomerClass | None = None,
    enabled: bool = True,
    roles: tuple[SourceRole, ...] = tuple(SourceRole),
) -> DatedIntervalRule:
    rule = IntervalRule("V-08", customer_class, roles, {"contract_percent": percent})
    begins = date.fromisoformat(valid_from)
    return DatedIntervalRule(rule, begins, enabled, "test", Confidence.INFERENCE)


def test_limits_are_dated_and_a_class_has_its_own() -> None:
    rows = [
        dated("2026-01-01", 150),
        dated("2026-11-18", 200),
        dated("2026-11-19", 100),
        dated("2026-06-01", 120, customer_class=CustomerClass.NETWORK),
    ]
    in_force = IntervalRules.on(rows, DAY).rules["V-08"]
    assert in_force.limits["contract_percent"].tolist() == [200, 200, 200, 120]
    assert IntervalRules.on(rows, date(2025, 12, 31)).rules == {}


def test_a_rule_switched_off_and_a_delivery_it_does_not_look_at() -> None:
    day = day_with(5, 5_000)  # 5 kW: over 2,500 Wh at 100 %
    off = [dated("2026-01-01", 100), dated("2026-10-01", 100, enabled=False)]
    assert validate(block(day), IntervalRules.on(off, DAY)).found == ()
    pushed = [dated("2026-01-01", 100, roles=(SourceRole.PUSH,))]
    days = np.tile(day, (2, 1))
    roles = {"role": np.array([SourceRole.MANUAL, SourceRole.PUSH], np.int8)}
    checked = validate(block(days, delivery=roles), IntervalRules.on(pushed, DAY))
    assert told(checked, "V-08") == [("suspect", 1, 5, 5, 5_000, 2_500)]


def test_months_of_a_class_without_a_rule_are_not_judged() -> None:
    rule = IntervalRule(
        "V-13", CustomerClass.NETWORK, tuple(SourceRole), {"high_percent": 200, "low_percent": 50}
    )
    row = DatedIntervalRule(rule, date(2026, 1, 1), True, "test", Confidence.INFERENCE)
    days = np.full(2, 30, np.int16)
    usual = np.full(2, 300_000, np.int64)
    months = MonthSums(
        customer_class=np.array([CustomerClass.RESIDENTIAL, CustomerClass.NETWORK], np.int8),
        energy_wh=usual * 3,
        days=days,
        before_wh=usual,
        before_days=days,
        year_ago_wh=usual,
        year_ago_days=days,
    )
    ((_, _, hits),) = validate_months(months, IntervalRules.on([row], DAY))
    assert hits.rows.tolist() == [1]
    assert validate_months(months, IntervalRules.on([], DAY)) == ()


def test_the_largest_sums_are_exact() -> None:
    most = 2**31 - 1
    days = np.array([[most] * 48, [100] * 48, [-most] * 48, [most] * 47 + [ABSENT]], np.int32)
    assert figures(days).sums.tolist() == [48 * most, 4_800, -48 * most, 47 * most]
    assert figures(days[:2]).sums.tolist() == [48 * most, 4_800]
    assert figures(days[1:3]).sums.tolist() == [4_800, -48 * most]


def test_an_empty_block() -> None:
    empty = take(block(plain(1)), [])
    checked = validate(empty, RULES)
    assert checked.found == ()
    assert day_findings(empty, checked).height == 0


def test_findings_are_rows_and_what_brings_nothing_new_is_not_told() -> None:
    days = plain(2)
    days[1, 7] = -4
    current = days.copy()
    current[1, 0] = 99
    one = block(days, delivery={"current": current})
    checked = validate(one, RULES)
    assert checked.dropped.tolist() == [True, False]
    assert day_findings(one, checked).rows() == [
        ("V-07", "reject", 2, 1, DAY, 7, 7, -4, 0),
    ]


WORDED = {
    ("V-04", "order", 13, 20, 0, 8): (
        "Điểm đo PE01, ngày 18/11/2026, 06:30-10:30: thiếu 8 giá trị nửa giờ."
        " Cần thu thập lại từ công tơ."
    ),
    ("V-06", "reject", 0, 1, 2 | 4, 0): (
        "Điểm đo PE01, ngày 18/11/2026, 00:00-01:00: công tơ báo số liệu không hợp lệ, mất điện."
        " Giá trị không được dùng, cần thu thập lại."
    ),
    ("V-07", "reject", 46, 47, -1_500, 0): (
        "Điểm đo PE01, ngày 18/11/2026, 23:00-24:00: có giá trị âm, thấp nhất -1,5 kWh,"
        " không được dùng. Cần kiểm tra kênh đo và đấu dây."
    ),
    ("V-10", "reject", 0, 47, 1_234_500, 1_000_000): (
        "Điểm đo PE01, ngày 18/11/2026: tổng giá trị nửa giờ 1.234,5 kWh, theo chỉ số 1.000 kWh,"
        " không được dùng. Cần thu thập lại một lần."
    ),
    ("V-17", "suspect", 3, 19, 17, 12): (
        "Điểm đo PE01, ngày 18/11/2026, 01:30-10:00: 8,5 giờ liền một giá trị không đổi."
        " Cần kiểm tra công tơ có bị treo số liệu không."
    ),
    ("V-13", "suspect", 0, 47, 24_001, 20_000): (
        "Điểm đo PE01, kỳ đến hết ngày 18/11/2026: mỗi ngày dùng 24,001 kWh, cao hơn mức 20 kWh"
        " mỗi ngày so với kỳ trước và cùng kỳ năm trước. Cần kiểm tra trước khi lập hóa đơn."
    ),
}


@pytest.mark.parametrize("finding", WORDED)
def test_a_finding_in_words(finding: tuple[Any, ...]) -> None:
    assert explain(worded(finding))["text"].to_list() == [WORDED[finding]]


TELLING = [
    ("V-03", "reject", 900, 1_800, "mỗi giá trị dài 900 giây thay vì 1.800 giây"),
    ("V-03", "reject", 60, 0, "lệch 60 giây so với mốc nửa giờ"),
    ("V-05", "warn", 200, 180, "lệch 200 giây (cho phép 180 giây)"),
    ("V-05", "reject", -901, 900, "lệch -901 giây (quá 900 giây), số liệu không được dùng"),
    (
        "V-05",
        "temporary",
        901,
        900,
        "bị chỉnh 901 giây (quá 900 giây), các giá trị này là tạm tính",
    ),
    ("V-06", "warn", 4, 0, "mất điện. Cần đối chiếu với nhật ký sự kiện"),
    ("V-06", "suspect", 1, 0, "đồng hồ không đúng. Cần kiểm tra cài đặt công tơ"),
    ("V-07", "order", 499, 500, "chỉ số cuối ngày 0,499 kWh nhỏ hơn chỉ số đầu ngày 0,5 kWh"),
    ("V-08", "reject", 9_000, 8_800, "9 kWh, vượt khả năng đo của công tơ (8,8 kWh)"),
    ("V-08", "suspect", 3_751, 3_750, "3,751 kWh, vượt mức 3,75 kWh tính theo công suất đăng ký"),
    ("V-10", "suspect", 5_928, 9_000, "đã thu thập lại, tổng giá trị nửa giờ vẫn là 5,928 kWh"),
    ("V-12", "suspect", 10_301, 10_300, "10,301 kWh, cao hơn mức thường thấy (tối đa 10,3 kWh)"),
    ("V-12", "suspect", 699, 700, "0,699 kWh, thấp hơn mức thường thấy (tối thiểu 0,7 kWh)"),
    ("V-13", "suspect", 4_999, 5_000, "mỗi ngày dùng 4,999 kWh, thấp hơn mức 5 kWh"),
    ("V-18", "suspect", 725, 723, "điện năng phản kháng 0,725 kvarh quá lớn"),
    ("V-18", "suspect", 10, 0, "vừa nhận vừa phát 0,01 kWh"),
    ("V-23", "drop", 1, 2, "hạng thấp hơn số liệu đang dùng"),
    ("V-23", "order", 5_928, 5_869, "số liệu mới 5,928 kWh khác số đã lập hóa đơn 5,869 kWh"),
]


@pytest.mark.parametrize(("rule", "action", "observed", "expected", "words"), TELLING)
def test_a_sentence_tells_what_happens_to_the_value(
    rule: str, action: str, observed: int, expected: int, words: str
) -> None:
    (text,) = explain(worded((rule, action, 0, 47, observed, expected)))["text"]
    assert words in text


def worded(finding: tuple[Any, ...], channel: int = 1) -> pl.DataFrame:
    rule, action, first, last, observed, expected = finding
    row = (rule, action, 7, channel, DAY, first, last, observed, expected)
    frame = pl.DataFrame([row], schema=DAY_FINDINGS.columns, orient="row")
    return frame.with_columns(subject=pl.lit("PE01"))


@pytest.mark.parametrize("action", [one.value for one in Action])
def test_every_rule_has_a_sentence_for_each_action(action: str) -> None:
    rows = pl.concat([worded((rule, action, 4, 9, 1_500, 0)) for rule in reversed(ALL_IDS)])
    said = explain(rows)
    assert said["rule"].to_list() == ALL_IDS[::-1]  # the order is kept
    for text in said["text"]:
        assert "PE01" in text
        assert "18/11/2026" in text
        assert text.endswith(".")


def test_a_reactive_channel_is_in_kvarh() -> None:
    (text,) = explain(worded(("V-07", "reject", 0, 0, -1_500, 0), channel=3))["text"]
    assert "-1,5 kvarh" in text
    assert "PE01 (vô công nhận)" in text


def test_history_of_one_point_does_not_leak_into_another() -> None:
    past = history(2)
    past.mean_wh[1] = 100
    one = replace(block(plain(2)), history=past)
    assert told(validate(one, RULES), "V-12") == [("suspect", 1, 0, 47, 5_928, 550)]


def test_hits_of_a_whole_day() -> None:
    hits = Hits.whole_days(np.array([3], np.int32), np.array([1]), np.array([2]))
    assert (hits.first.tolist(), hits.last.tolist()) == ([0], [47])
