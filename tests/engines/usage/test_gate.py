"""The gate before billing from half-hours (meterdata c.5): each rule at and beyond its limit."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from congto.engines.usage import check_gate
from congto.engines.usage.gate import RULES
from congto.reference.billing_gates import load_usage_gate
from congto.vocabulary.frames.usage import GATED_POINTS
from congto.vocabulary.gates import GateRule
from congto.vocabulary.quality import Quality

IN_FORCE = [one.rule for one in load_usage_gate()]
GOOD = {
    "subject": "P1",
    "group": "production",
    "period_from": date(2026, 10, 1),
    "period_to": date(2026, 11, 1),
    "half_hours": 1488,
    "present": 1488,
    "estimated": 0,
    "edited": 0,
    "not_validated": 0,
    "half_hours_wh": 1_000_000,
    "register_wh": 1_000_000,
    "register_quality": Quality.MEASURED.value,
    "difference_wh": 0,
    "sum_tolerance_wh": 5000,
}


def found(**change: object) -> list[tuple[str, str]]:
    points = pl.DataFrame([{**GOOD, **change}], schema=GATED_POINTS.columns)
    return list(check_gate(points, IN_FORCE).select("rule", "severity").iter_rows())


def test_every_rule_has_a_limit_in_force():
    assert sorted(one.rule for one in IN_FORCE) == sorted(RULES)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"present": 1487}, [("USG-101", "reject")]),
        ({"estimated": 74}, []),  # 74 / 1488 = 4.97 %
        ({"estimated": 75}, [("USG-102", "reject")]),  # 5.04 %
        ({"half_hours": 1440, "present": 1440, "estimated": 72}, []),  # exactly 5 %
        ({"edited": 1}, [("USG-103", "info")]),
        ({"not_validated": 48}, [("USG-104", "reject")]),
        ({"register_quality": Quality.MEASURED_SUSPECT.value}, []),
        ({"register_quality": Quality.EDITED.value}, []),  # agreed with the customer
        ({"register_quality": Quality.FINAL_ESTIMATED.value}, [("USG-105", "reject")]),
        (
            {"register_quality": None, "register_wh": None, "difference_wh": None},
            [("USG-105", "reject")],
        ),
        ({"difference_wh": -5000}, []),
        ({"difference_wh": 5001}, [("USG-106", "reject")]),
        ({"difference_wh": -5001}, [("USG-106", "reject")]),
    ],
)
def test_a_rule_speaks_beyond_its_limit_and_not_at_it(change, expected):
    assert found(**change) == expected


def test_all_reasons_are_given_at_once():
    rules = [rule for rule, _ in found(present=1487, estimated=75, edited=2, not_validated=48)]
    assert rules == ["USG-101", "USG-102", "USG-103", "USG-104"]


def test_a_clerk_reads_what_is_wrong_and_what_to_do():
    points = pl.DataFrame([{**GOOD, "estimated": 75}], schema=GATED_POINTS.columns)
    (one,) = check_gate(points, IN_FORCE).to_dicts()
    assert one["observed"] == "ước lượng 75 nửa giờ (5,04 %)"
    assert one["text"] == (
        "Điểm đo P1: 75 nửa giờ (5,04 %) là giá trị ước lượng, quá 5,0 %."
        " Cần thu thập lại số liệu đo trước khi tính hóa đơn."
    )


def test_a_limit_of_a_price_group_stands_for_the_general_one():
    stricter = [*IN_FORCE, GateRule("USG-102", "production", {"permille": 10})]
    points = pl.DataFrame(
        [
            {**GOOD, "estimated": 20},
            {**GOOD, "subject": "P2", "group": "business", "estimated": 20},
        ],
        schema=GATED_POINTS.columns,
    )
    assert check_gate(points, stricter)["subject"].to_list() == ["P1"]  # 20 / 1488 = 1.3 %
