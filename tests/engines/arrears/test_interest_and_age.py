"""Late interest and ages of debts, worked by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from congto.engines.arrears import AGES, PRINCIPAL, age_of, late_interest
from congto.reference.arrears import load_arrears
from congto.vocabulary.dunning import LateRate
from congto.vocabulary.errors import NotInForceError
from congto.vocabulary.prices import Confidence

DUE = date(2026, 11, 10)
ISSUED = date(2026, 11, 3)
RATES = load_arrears().rates


def interest(*changes: tuple[date, int], until: date, rates=RATES) -> int:
    rows = [(1, DUE, day, amount) for day, amount in changes]
    frame = pl.DataFrame(rows, schema=PRINCIPAL.columns, orient="row")
    found = late_interest(frame, rates, until)
    return 0 if found.is_empty() else found["interest_vnd"].item()


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (date(2026, 11, 10), 0),
        (date(2026, 11, 11), 84),  # 305,230 x 10 % / 365 = 83.62
        (date(2026, 12, 10), 2_509),  # x 30 = 2,508.74
        (date(2027, 11, 10), 30_523),  # 365 days: 10 %
    ],
)
def test_a_bill_of_305230_paid_late(paid: date, expected: int) -> None:
    assert interest((ISSUED, 305_230), (paid, -305_230), until=date(2028, 1, 1)) == expected


def test_interest_up_to_a_day_is_what_it_would_be_if_it_were_paid_then() -> None:
    assert interest((ISSUED, 305_230), until=date(2026, 12, 10)) == 2_509


def test_what_is_paid_in_part_costs_less_from_then_on() -> None:
    """105,230 after 10 days: (305,230 x 10 + 200,000 x 20) x 10 % / 365 = 1,932.14."""
    parts = [(ISSUED, 305_230), (date(2026, 11, 20), -105_230)]
    assert interest(*parts, until=date(2026, 12, 10)) == 1_932


def test_halves_are_rounded_up_once() -> None:
    """Two parts of 36.5 đồng at 10 % for 50 days: each 0.5, together 1."""
    assert interest((ISSUED, 365), until=date(2026, 11, 15)) == 1  # 365 x 5 / 3,650 = 0.5
    assert interest((ISSUED, 364), until=date(2026, 11, 15)) == 0  # 0.4986


def test_each_day_has_the_rate_of_its_day() -> None:
    """10 % for 10 days, then 12 %: 1,000,000 x (10 x 10 + 20 x 12) / 36,500 = 9,315.07."""
    made = {"source": "by hand", "confidence": Confidence.INFERENCE}
    rates = (LateRate(date(2020, 1, 1), 1000, **made), LateRate(date(2026, 11, 20), 1200, **made))
    assert interest((ISSUED, 1_000_000), until=date(2026, 12, 10), rates=rates) == 9_315


def test_a_large_bill_of_many_years_is_counted_exactly() -> None:
    """9 x 10^12 đồng for 3,650 days at 10 %: as much again."""
    amount = 9 * 10**12
    assert interest((ISSUED, amount), until=date(2036, 11, 7)) == amount  # three leap days


def test_a_day_without_a_rate_is_said() -> None:
    late = (LateRate(date(2026, 12, 1), 1000, "by hand", Confidence.INFERENCE),)
    with pytest.raises(NotInForceError, match=r"bill 1 was owed late on 2026-11-10"):
        interest((ISSUED, 1), until=date(2027, 1, 1), rates=late)


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 11, 9), "not_due"),
        (date(2026, 11, 10), "not_due"),
        (date(2026, 11, 11), "to_30"),
        (date(2026, 12, 10), "to_30"),  # 30 days late
        (date(2026, 12, 11), "to_60"),
        (date(2027, 1, 9), "to_60"),  # 60
        (date(2027, 1, 10), "to_90"),
        (date(2027, 2, 8), "to_90"),  # 90
        (date(2027, 2, 9), "over_90"),
    ],
)
def test_the_age_of_a_debt(day: date, age: str) -> None:
    frame = pl.DataFrame({"due_date": [DUE]})
    assert frame.select(age_of(pl.col("due_date"), day)).item() == age
    assert age in AGES
