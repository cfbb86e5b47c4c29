"""Every gate at and around its limits, which are given here; arithmetic is in the cases."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.gates import RULES, holds
from congto.reference.billing_gates import load_billing_gates
from congto.vocabulary.frames.gates import GATE_INPUT
from congto.vocabulary.gates import GateRule
from congto.vocabulary.quality import Quality, UsageFlag

PLAIN: dict[str, Any] = {
    "bill_id": 1,
    "group": "residential",
    "purpose": "",
    "household_quarters": 4,
    "period_from": date(2026, 10, 1),
    "period_to": date(2026, 10, 31),  # 30 days
    "cycles": 1,
    "starts": False,
    "ends": False,
    "energy_wh": 300_000,  # 10 kWh a day
    "top_tier": 4,
    "gross_vnd": 700_000,
    "quality": Quality.MEASURED.value,
    "flags": 0,
    "past_periods": 13,
    "past_day_wh": 10_000,
    "book_bills": 100,
    "book_day_wh": 8_000,
}
JUMP = ((3, 1), (4, 2), (6, 3), (10, 4))


def bills(*changes: dict[str, Any]) -> pl.DataFrame:
    rows = [{**PLAIN, "bill_id": number, **one} for number, one in enumerate(changes, start=1)]
    return pl.DataFrame(rows, schema=GATE_INPUT.columns)


def stopped(rule: GateRule, *changes: dict[str, Any]) -> list[tuple[int, int]]:
    """Return (bill, signer) of the bills that the rule alone stops."""
    found = holds(bills(*changes), [rule])
    assert found["rule"].unique().to_list() in ([], [rule.rule])
    return found.select("bill_id", "signer").rows()


def test_every_published_rule_is_known_and_a_plain_bill_passes_all() -> None:
    rules = [one.rule for one in load_billing_gates()]
    assert {one.rule for one in rules} == set(RULES)
    assert holds(bills({}), rules).is_empty()


def test_no_use_after_use() -> None:
    rule = GateRule("BIL-101", "", {"periods": 3, "day_wh": 1000})
    none = {"energy_wh": 0, "top_tier": None}
    assert stopped(
        rule,
        none,
        {**none, "past_day_wh": 999},
        {**none, "past_day_wh": 1000},
        {**none, "past_periods": 2},
        {**none, "past_periods": 0, "past_day_wh": None},
        {"energy_wh": 1000},
    ) == [(1, 0), (3, 0)]


def test_jump_against_own_climbs_the_ladder() -> None:
    rule = GateRule("BIL-102", "", {"periods": 3, "energy_wh": 100_000}, JUMP)
    # 30 days: 899,999 Wh are 29,999 a day, just under 3 x 10,000.
    energies = [899_999, 900_000, 1_199_999, 1_200_000, 1_800_000, 2_999_999, 3_000_000]
    found = stopped(rule, *({"energy_wh": one} for one in energies))
    assert found == [(2, 1), (3, 1), (4, 2), (5, 3), (6, 3), (7, 4)]
    # Few kWh, or too short a past: nobody is asked.
    assert stopped(rule, {"energy_wh": 99_999, "past_day_wh": 1}, {"past_periods": 2}) == []
    assert stopped(rule, {"energy_wh": 100_000, "past_day_wh": 0}) == [(1, 4)]


def test_jump_against_the_book_counts_a_household() -> None:
    rule = GateRule("BIL-103", "", {"bills": 20, "energy_wh": 1_000_000}, ((20, 1), (40, 2)))
    # 20 x 8,000 Wh a day x 30 days = 4,800,000; two households may use twice that.
    assert stopped(
        rule,
        {"energy_wh": 4_799_999},
        {"energy_wh": 4_800_000},
        {"energy_wh": 9_600_000},
        {"energy_wh": 9_599_999, "household_quarters": 8},
        {"energy_wh": 4_800_000, "book_bills": 19},
    ) == [(2, 1), (3, 2)]


def test_a_rollover_must_be_borne_out_by_the_past() -> None:
    rule = GateRule("BIL-104", "", {"times": 2})
    rolled = {"flags": UsageFlag.ROLLOVER.value}
    assert stopped(
        rule,
        {**rolled, "energy_wh": 600_000},
        {**rolled, "energy_wh": 600_030},
        {**rolled, "past_day_wh": None, "past_periods": 0},
        {"energy_wh": 600_030},
    ) == [(2, 0), (3, 0)]


def test_households_that_use_next_to_nothing() -> None:
    rule = GateRule("BIL-105", "", {"quarters": 8, "day_wh": 300})
    # Two households at 300 Wh a day: 18,000 Wh in 30 days.
    low = {"household_quarters": 8, "top_tier": 1}
    assert stopped(
        rule,
        {**low, "energy_wh": 17_999},
        {**low, "energy_wh": 18_000},
        {**low, "energy_wh": 0},
        {"household_quarters": 7, "top_tier": 1, "energy_wh": 1000},
        {"household_quarters": 8, "top_tier": 2, "energy_wh": 17_000},
    ) == [(1, 0)]


def test_price_group_against_the_contract() -> None:
    rule = GateRule("BIL-106", "", {})
    purposes = [{"purpose": word} for word in ("", "residential", "business")]
    assert stopped(rule, *purposes) == [(3, 0)]


@pytest.mark.parametrize(
    ("cycles", "last_day", "held"),
    [(1, 25, True), (1, 26, False), (2, 12, True), (2, 13, False), (2, 21, True), (3, 9, False)],
)
def test_days_outside_the_cycle(cycles: int, last_day: int, held: bool) -> None:  # noqa: FBT001  (a parameter of the case)
    limits = {"from_1": 25, "to_1": 35, "from_2": 12, "to_2": 19, "from_3": 8, "to_3": 13}
    rule = GateRule("BIL-107", "", limits)
    one = {"cycles": cycles, "period_to": date(2026, 10, last_day)}
    assert bool(stopped(rule, one)) is held
    assert stopped(rule, {**one, "starts": True}, {**one, "ends": True}) == []


def test_an_exchange_with_weak_indexes() -> None:
    rule = GateRule("BIL-108", "", {})
    changed = {"flags": UsageFlag.METER_CHANGED.value}
    weak = Quality.ESTIMATED.value
    assert stopped(rule, changed, {**changed, "quality": weak}, {"quality": weak}) == [(2, 0)]


def test_large_invoices_have_limits_by_group() -> None:
    everyone = GateRule("BIL-201", "", {}, ((1_000, 1), (2_000, 4)))
    homes = GateRule("BIL-201", "residential", {}, ((100, 2),))
    shops = [{"group": "business", "gross_vnd": amount} for amount in (999, 1_999, 2_000)]
    rows = bills({"gross_vnd": 100}, {"gross_vnd": 99}, *shops)
    found = holds(rows, [everyone, homes])
    assert sorted(found.select("bill_id", "signer").rows()) == [(1, 2), (4, 1), (5, 4)]


def test_first_last_and_worthless_invoices() -> None:
    first, last = (GateRule(rule, "", {"gross_vnd": 1}) for rule in ("BIL-202", "BIL-203"))
    rows = ({"starts": True}, {"ends": True}, {"starts": True, "gross_vnd": 0})
    assert stopped(first, *rows) == [(1, 0)]
    assert stopped(last, *rows) == [(2, 0)]
    free = ({"gross_vnd": 0}, {"gross_vnd": -1}, {"gross_vnd": 0, "energy_wh": 0})
    assert stopped(GateRule("BIL-204", "", {}), *free) == [(1, 0), (2, 0)]


@given(order=st.permutations(range(6)))
def test_the_order_of_bills_and_rules_does_not_matter(order: list[int]) -> None:
    rows = bills({}, {"energy_wh": 0}, {"energy_wh": 3_000_000}, {"starts": True}, {"ends": True},
                 {"purpose": "business"})  # fmt: skip
    rules = [one.rule for one in load_billing_gates()]
    key = ["bill_id", "rule"]
    mixed = holds(rows[list(order)], rules[::-1]).sort(key)
    assert mixed.equals(holds(rows, rules).sort(key))
