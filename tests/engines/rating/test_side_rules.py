"""Notices, demand, people, mixed use and support at their edges, worked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from congto.engines.rating.demand import demand_that_counts
from congto.engines.rating.mixed_use import all_residential
from congto.engines.rating.refused_meter import first_day_of_peak_price
from congto.engines.rating.scalar import Bands
from congto.engines.rating.support import support
from congto.engines.rating.tenants import quarters_of_people
from congto.engines.rating.two_component import two_component
from congto.reference.vn import price_book, side_rules
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.side_rules import TwoComponentPrice

RULES = side_rules()


@pytest.mark.parametrize(
    ("notices", "first"),
    [
        ([(3, 1), (3, 11), (3, 21)], date(2026, 4, 5)),
        ([(3, 1), (3, 11), (3, 21), (3, 31)], date(2026, 4, 5)),
        ([(3, 1), (3, 11)], None),
        ([], None),
    ],
)
def test_the_peak_price_begins_15_days_after_the_third_notice(notices, first):
    days = [date(2026, *one) for one in notices]
    assert first_day_of_peak_price(days, RULES.refused_meter) == first


@pytest.mark.parametrize("second", [date(2026, 3, 10), date(2026, 3, 1), date(2026, 2, 1)])
def test_notices_less_than_ten_days_apart_are_refused(second):
    with pytest.raises(InvalidInputError, match="at least 10 days apart"):
        first_day_of_peak_price([date(2026, 3, 1), second], RULES.refused_meter)


@pytest.mark.parametrize(
    ("registered", "peaks", "counts"),
    [
        ("40", [], 40),
        ("39.9", [], 39),
        ("30", ["41", "44", "40"], 40),
        ("30", ["41", "39.9", "44"], 30),
        ("30", ["41", "44"], 30),
        ("30", ["1", "41", "44", "42"], 41),
        ("30", ["41", "44", "42", "1"], 30),
        ("55", ["41", "44", "42"], 55),
    ],
)
def test_which_demand_counts(registered, peaks, counts):
    assert demand_that_counts(Decimal(registered), [Decimal(one) for one in peaks], 40) == counts


def test_people_are_quarters():
    assert [quarters_of_people(people) for people in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 5]
    with pytest.raises(InvalidInputError, match="one person or more"):
        quarters_of_people(0)


def test_mixed_use_of_a_residential_contract_below_200_kwh():
    assert all_residential("residential", 199_999, RULES.mixed_use)
    assert not all_residential("residential", 200_000, RULES.mixed_use)
    assert not all_residential("business", 1_000, RULES.mixed_use)


@pytest.mark.parametrize(
    ("household", "kwh", "end", "amount"),
    [
        ("poor", 500, date(2026, 7, 1), 59_520),
        ("policy", 50, date(2026, 7, 1), 59_520),
        ("policy", 51, date(2026, 7, 1), 0),
        # 15 of 30 days: 25 kWh are 50 a month, 26 are 52.
        ("policy", 25, date(2026, 6, 16), 59_520),
        ("policy", 26, date(2026, 6, 16), 0),
    ],
)
def test_support_by_household_and_use(household, kwh, end, amount):
    (rule,) = (one for one in RULES.support if one.household == household)
    found = support(rule, price_book(), kwh * 1000, date(2026, 6, 1), end)
    assert found.amount_vnd == amount


def test_support_follows_the_price_of_the_first_day():
    # 2699/QĐ-BCT until 9 May 2025: 30 x 1893 = 56,790.
    found = support(RULES.support[0], price_book(), 0, date(2025, 5, 1), date(2025, 6, 1))
    assert (found.amount_vnd, found.decision.code) == (56_790, "2699/QĐ-BCT")
    assert support(RULES.support[0], price_book(), 0, date(2010, 5, 1), date(2010, 6, 1)) is None


def test_two_components_add_up():
    price = TwoComponentPrice(235_414, 1275, 2182, 859)
    found = two_component(price, 500_000, Bands(100_000_000, 20_000_000, 30_000_000))
    assert found.capacity_vnd == 117_707_000
    assert found.net_vnd == 117_707_000 + 127_500_000 + 43_640_000 + 25_770_000
