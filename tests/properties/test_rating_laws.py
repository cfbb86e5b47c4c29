"""What holds for every bill, whatever the prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from congto.engines.rating import reactive, scalar
from congto.engines.rating.refusals import MAX_QUANTITY_WH
from congto.engines.rating.scalar import Bands, power_factor
from congto.engines.rating.vat import percent_of as fast_percent_of
from congto.engines.rating.vectorised import amount_of
from congto.reference.vn import price_book
from congto.vocabulary.money import percent_of
from congto.vocabulary.prices import TieredPrice
from engines.rating.comparison import EXACT, WHOLE, fast, usage

BOOK = price_book()
TIERED = BOOK.decisions[-1].tariffs["residential", "tiered", None]
periods = st.tuples(st.dates(date(2014, 6, 1), date(2026, 12, 1)), st.integers(1, 70)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
)
quarters = st.sampled_from([1, 2, 3, 4, 5, 8, 24])
wh = st.integers(0, 2_000_000)


def net(**changes) -> int:
    rounding = changes.pop("rounding", WHOLE)
    return scalar.rate(usage(**changes), BOOK, rounding).net_vnd


@given(period=periods, quota=quarters, kwh=st.integers(0, 2000), more=st.integers(1, 500))
@example(period=(date(2025, 5, 1), date(2025, 6, 1)), quota=4, kwh=0, more=1)
def test_a_household_never_pays_less_for_more_whole_kwh(period, quota, kwh, more):
    changes = {"start": period[0], "end": period[1], "household_quarters": quota}
    less = net(energy_wh=kwh * 1000, **changes)
    assert less < net(energy_wh=(kwh + more) * 1000, **changes)


@given(quota=quarters, energy=wh, more=wh, rounding=st.sampled_from([WHOLE, EXACT]))
def test_without_a_price_change_any_wh_more_costs_no_less(quota, energy, more, rounding):
    changes = {"household_quarters": quota, "rounding": rounding}
    assert net(energy_wh=energy, **changes) <= net(energy_wh=energy + more, **changes)


@given(quota=quarters)
def test_the_bill_is_continuous_at_the_edges_of_tiers(quota):
    # One Wh more at an edge costs one Wh of the next tier: at most its price / 1000, rounded.
    assert isinstance(TIERED, TieredPrice)
    edge = 0
    for tier, following in zip(TIERED.tiers, TIERED.tiers[1:], strict=False):
        edge += tier.width_kwh * quota * 250
        changes = {"household_quarters": quota, "rounding": EXACT}
        step = net(energy_wh=edge + 1, **changes) - net(energy_wh=edge, **changes)
        assert 0 <= step <= -(-following.price_vnd // 1000)


@given(period=periods, quota=quarters, energy=wh, rounding=st.sampled_from([WHOLE, EXACT]))
def test_no_energy_is_lost_or_made(period, quota, energy, rounding):
    one = usage(start=period[0], end=period[1], household_quarters=quota, energy_wh=energy)
    bill = scalar.rate(one, BOOK, rounding)
    assert sum(line.energy_wh for line in bill.lines) == energy
    assert all(line.energy_wh > 0 for line in bill.lines)
    assert bill.gross_vnd == bill.net_vnd + bill.vat_vnd


@given(period=periods, bands=st.builds(Bands, wh, wh, wh))
def test_no_band_loses_energy_over_a_price_change(period, bands):
    one = usage(group="business", voltage="<6kV", start=period[0], end=period[1], bands=bands)
    lines = scalar.rate(one, BOOK).lines
    for band, quantity in zip(("normal", "peak", "off_peak"), bands, strict=True):
        assert sum(line.energy_wh for line in lines if line.band == band) == quantity


@given(quota=quarters, energy=wh)
def test_more_households_never_cost_more(quota, energy):
    assert net(energy_wh=energy, household_quarters=quota + 1) <= net(
        energy_wh=energy, household_quarters=quota
    )


@settings(max_examples=25)
@given(accounts=st.permutations(range(8)), energy=st.lists(wh, min_size=8, max_size=8))
def test_a_bill_does_not_depend_on_its_neighbours(accounts, energy):
    alone = [fast([usage(energy_wh=one)], BOOK)[1] for one in energy]
    together = fast([usage(energy_wh=energy[number]) for number in accounts], BOOK)
    assert [together[place] for place in range(1, 9)] == [alone[number] for number in accounts]


quantity = st.integers(1, MAX_QUANTITY_WH)


@st.composite
def near_a_tie(draw: st.DrawFn) -> tuple[int, int]:
    """A and R whose cos phi lies as close as whole numbers allow to x.xx5."""
    odd, active = draw(st.integers(60, 90)) * 2 - 1, draw(quantity)
    with localcontext() as context:
        context.prec = 60
        ideal = Decimal(active) * (Decimal(40_000) / odd**2 - 1).sqrt()
    return active, max(int(ideal) + draw(st.integers(-1, 2)), 0)


@settings(max_examples=40)
@given(pairs=st.lists(near_a_tie() | st.tuples(quantity, quantity), min_size=1, max_size=200))
def test_cos_phi_in_integers_is_the_decimal_one(pairs):
    table = pl.DataFrame(
        pairs, schema={"energy_wh": pl.Int64(), "reactive_varh": pl.Int64()}, orient="row"
    )
    found = table.select(reactive.k_bp(BOOK.reactive)).to_series().to_list()
    assert found == [BOOK.reactive.k_bp(power_factor(*pair)) for pair in pairs]


@pytest.mark.parametrize("cos_phi", range(60, 90))
def test_k_is_what_the_formula_behind_the_table_gives(cos_phi):
    # tariffs: k = (0.90 / cos phi - 1) x 100, rounded to two decimals.
    k = (Decimal(90) / cos_phi - 1) * 10_000
    assert BOOK.reactive.k_bp(cos_phi) == int(k.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(amount=st.integers(0, 10**16), rate_bp=st.integers(0, 10_000))
def test_percentages_are_rounded_alike(amount, rate_bp):
    small = amount % 10**12
    table = pl.DataFrame({"a": [small], "r": [rate_bp]})
    found = table.select(fast_percent_of(pl.col("a"), pl.col("r"))).item()
    assert found == percent_of(small, rate_bp)


@given(energy=st.integers(0, MAX_QUANTITY_WH), price=st.integers(0, 9_000))
def test_amounts_are_the_half_up_rounded_product(energy, price):
    table = pl.DataFrame({"e": [energy], "p": [price]})
    exact = Decimal(energy) * price / 1000
    found = table.select(amount_of(pl.col("e"), pl.col("p"))).item()
    assert found == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
