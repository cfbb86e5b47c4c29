"""All rows of the shared bill_examples.csv agree, and the reference data equal prices.csv."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from congto.engines.rating.scalar import Bands
from congto.reference.vn import price_book
from congto.vocabulary.groups import TimeBand
from congto.vocabulary.prices import ThreeRatePrice
from engines.rating.comparison import EXACT, fast, slow, usage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared
BOOK = price_book()


def rows_of(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def examples(shared: Path) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    return {
        row["id"]: (json.loads(row["inputs"]), json.loads(row["expected"], parse_float=Decimal))
        for row in rows_of(shared, "bill_examples.csv")
    }


def bill(inputs: dict[str, Any], decision: str) -> tuple[list, tuple]:
    """Rate an example in the second whole month of a decision, with exact rounding as published."""
    start = BOOK.decision(decision).effective_from
    start = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1, day=1)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    kwh = inputs["kwh"]
    bands = None
    if isinstance(kwh, dict):
        bands = Bands(kwh["normal"] * 1000, kwh["peak"] * 1000, kwh["off_peak"] * 1000)
    one = usage(
        group=inputs["customer_group"],
        subgroup="undeclared_tenants" if inputs.get("rule") == "undeclared tenants" else None,
        voltage=inputs.get("voltage"),
        household_quarters=int(Decimal(inputs.get("household_quotas", "1")) * 4),
        start=start,
        end=end,
        energy_wh=sum(bands) if bands else kwh * 1000,
        bands=bands,
    )
    by_slow, by_fast = slow([one], BOOK, EXACT), fast([one], BOOK, EXACT)
    assert by_slow == by_fast
    return by_slow[1]


def is_plain(inputs: dict[str, Any]) -> bool:
    return "decision" in inputs and "kwh" in inputs


def test_worked_bills_agree(shared):
    seen = 0
    for name, (inputs, expected) in examples(shared).items():
        if not is_plain(inputs):
            continue
        lines, (net, rate_bp, vat, gross) = bill(inputs, inputs["decision"])
        assert rate_bp == 800, name
        if "tiers_kwh_x_price" in expected:
            # The last four of a line are Wh, price, amount and decision.
            found = [(Decimal(line[-4]) / 1000, line[-3], line[-2]) for line in lines]
            wanted = expected["tiers_kwh_x_price"]
            assert [list(one[: len(wanted[0])]) for one in found] == wanted, name
        if "amount_before_vat" in expected:
            assert net == expected["amount_before_vat"], name
        if "vat" in expected:
            # Published before rounding in one example: 11192.4.
            assert abs(vat - Decimal(expected["vat"])) < Decimal("0.5"), name
        if "total" in expected:
            assert gross == expected["total"], name
        if "total_expression" in expected:
            kwh, price, factor = map(Decimal, expected["total_expression"].split("*"))
            assert gross == kwh * price * factor, name
        seen += 1
    assert seen >= 10


def test_price_rises_of_whole_months_agree(shared):
    seen = 0
    for name, (inputs, expected) in examples(shared).items():
        if "increase_before_vat" not in expected:
            continue
        _, (old, *_) = bill(inputs, inputs["old_decision"])
        _, (new, *_) = bill(inputs, inputs["new_decision"])
        assert new - old == expected["increase_before_vat"], name
        seen += 1
    assert seen == 6


@pytest.mark.parametrize(
    ("name", "group"), [("A01", "business"), ("A02", "production"), ("A03", "administrative")]
)
def test_average_bills_rise_within_what_the_group_s_prices_allow(shared, name, group):
    # Only the average bill and its rise are published, not the kWh: the rise must lie between the
    # smallest and the largest rise of the group's prices, give or take 2 %: both are printed
    # rounded, and A03 (4.72 %) lies a little below the smallest rise of its group (4.77 %).
    inputs, expected = examples(shared)[name]
    old, new = BOOK.decision(inputs["old_decision"]), BOOK.decision(inputs["new_decision"])
    rises = []
    for key, before in old.tariffs.items():
        if key[0] != group:
            continue
        after = new.tariffs[key]
        if isinstance(before, ThreeRatePrice):
            pairs = [
                (before.normal_vnd, after.normal_vnd),
                (before.peak_vnd, after.peak_vnd),
                (before.off_peak_vnd, after.off_peak_vnd),
            ]
        else:
            pairs = [(before.price_vnd, after.price_vnd)]
        rises += [Decimal(later) / earlier - 1 for earlier, later in pairs]
    lowest = inputs["average_bill"] * min(rises) * Decimal("0.98")
    highest = inputs["average_bill"] * max(rises) * Decimal("1.02")
    assert lowest <= expected["increase"] <= highest


def test_reactive_table_agrees(shared):
    _, table = examples(shared)["K01"]
    for cos_phi, k_percent in table.items():
        at = 59 if cos_phi == "<0.60" else int(Decimal(cos_phi) * 100)
        assert BOOK.reactive.k_bp(at) == Decimal(k_percent) * 100
    assert len(table) == len(BOOK.reactive.k_bp_by_cos_phi) + 1


def test_every_published_price_is_in_the_book_with_its_confidence(shared):
    published, averages = set(), {}
    for row in rows_of(shared, "prices.csv"):
        if row["customer_group"] == "average_retail_price":
            averages[row["decision"]] = Decimal(row["price_vnd_per_kwh"])
            continue
        values = (value or None for value in list(row.values())[2:])
        published.add((row["decision"], row["effective_from"], *values))
    held = {
        (
            decision.code,
            decision.effective_from.isoformat(),
            row.group.value,
            row.subgroup,
            row.voltage,
            TimeBand(row.band).value,
            None if row.from_kwh is None else str(row.from_kwh),
            None if row.to_kwh is None else str(row.to_kwh),
            str(row.price_vnd),
            row.confidence.value,
        )
        for decision in BOOK.decisions
        for row in decision.rows
    }
    assert held == published
    assert len(held) + len(averages) == 380
    assert {one.code: one.average_price for one in BOOK.decisions} == averages
