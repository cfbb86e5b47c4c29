"""Balances of a small network, worked by hand; the rules of meterdata c.6."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.losses import balances, flags, received
from congto.vocabulary.frames.losses import ELEMENTS, NETWORK_POINTS, RECEIVED, SOLD

S, F1, F2, T1, T2, K = range(1, 7)

NETWORK = pl.DataFrame(
    [
        (S, None, "S", "substation"),
        (F1, S, "F1", "feeder"),
        (F2, S, "F2", "feeder"),
        (T1, F1, "T1", "transformer"),
        (T2, F1, "T2", "transformer"),
        (K, F1, "K", "bulk_station"),
    ],
    schema=ELEMENTS.columns,
    orient="row",
)
FED = {S: 10_000, F1: 6_000, F2: 3_900, T1: 2_000, T2: 1_500, K: 2_300}
SALES = {F2: (3_800, 2, 2), T1: (1_950, 10, 10), T2: (1_400, 8, 8), F1: (100, 1, 1)}


def known(**without: bool) -> pl.DataFrame:
    left_out = {globals()[name] for name in without}
    rows = [(element, wh) for element, wh in FED.items() if element not in left_out]
    return pl.DataFrame(rows, schema=RECEIVED.columns, orient="row")


def sold(**changed: tuple[int, int, int]) -> pl.DataFrame:
    sales = SALES | {globals()[name]: figures for name, figures in changed.items()}
    rows = [(element, *figures) for element, figures in sales.items()]
    return pl.DataFrame(rows, schema=SOLD.columns, orient="row")


def losses(fed: pl.DataFrame, sales: pl.DataFrame) -> dict[int, int]:
    rows = balances(NETWORK, fed, sales)
    return dict(zip(rows["element"], rows["loss_wh"], strict=True))


def flagged(fed: pl.DataFrame, sales: pl.DataFrame) -> set[tuple[str, str]]:
    rows = flags(NETWORK, fed, balances(NETWORK, fed, sales))
    return set(rows.select("rule", "subject").iter_rows())


def test_every_element_is_balanced():
    assert losses(known(), sold()) == {
        S: 100,  # 10,000 - 6,000 - 3,900
        F1: 100,  # 6,000 - 2,000 - 1,500 - bulk 2,300 - sold 100
        F2: 100,  # 3,900 - sold 3,800
        T1: 50,  # 2,000 - 1,950
        T2: 100,  # 1,500 - 1,400
    }


def test_the_parts_of_a_balance_stand_beside_the_loss():
    row = balances(NETWORK, known(), sold()).filter(element=F1).row(0, named=True)
    assert row == {
        "element": F1,
        "level": "feeder",
        "received_wh": 6_000,
        "passed_on_wh": 3_500,
        "bulk_wh": 2_300,
        "sold_wh": 100,
        "loss_wh": 100,
        "points": 1,
        "points_measured": 1,
    }


def test_losses_add_up_to_received_less_sold_and_handed_over():
    # 10,000 - (3,800 + 1,950 + 1,400 + 100) - 2,300 = 450
    assert sum(losses(known(), sold()).values()) == 450


def test_what_an_element_without_a_reading_feeds_counts_for_the_one_above():
    fed = known(T1=True)
    # F1: 6,000 - 1,500 - 2,300 - 100 - T1's customers 1,950 = 150: both losses together
    assert losses(fed, sold()) == {S: 100, F1: 150, F2: 100, T2: 100}
    row = balances(NETWORK, fed, sold()).filter(element=F1).row(0, named=True)
    assert (row["points"], row["points_measured"]) == (11, 11)
    assert ("LOS-001", "T1") in flagged(fed, sold())


def test_below_a_feeder_without_a_reading_transformers_are_still_balanced():
    # S: 10,000 - 3,900 - 2,000 - 1,500 - 2,300 - 100 = 200
    assert losses(known(F1=True), sold()) == {S: 200, F2: 100, T1: 50, T2: 100}


def test_above_a_bulk_station_without_a_reading_there_is_no_balance():
    fed = known(K=True)
    assert losses(fed, sold()) == {S: 100, F2: 100, T1: 50, T2: 100}
    assert ("LOS-002", "K") in flagged(fed, sold())


def test_without_a_reading_at_the_top_the_rest_is_balanced():
    assert S not in losses(known(S=True), sold())
    assert losses(known(S=True), sold())[F1] == 100


def test_a_sound_network_has_one_flag():
    # T2 loses 100 of 1,500 = 6.7 %: nothing is above 10 %
    assert flagged(known(), sold()) == set()


def test_more_out_than_in_is_flagged_beyond_rounding():
    # ten customers rounded to whole kWh may add 10 x 500 Wh
    assert flagged(known(), sold(T1=(2_000 + 5_000, 10, 10))) == set()
    assert flagged(known(), sold(T1=(2_000 + 5_001, 10, 10))) == {("LOS-003", "T1")}


@pytest.mark.parametrize(("measured", "rules"), [(19, set()), (18, {("LOS-004", "T1")})])
def test_coverage_below_95_percent_is_flagged(measured, rules):
    assert flagged(known(), sold(T1=(1_950, 20, measured))) == rules


@pytest.mark.parametrize(("wh", "rules"), [(1_800, set()), (1_799, {("LOS-005", "T1")})])
def test_a_transformer_that_loses_more_than_a_tenth_is_flagged(wh, rules):
    assert flagged(known(), sold(T1=(wh, 10, 10))) == rules


def test_an_element_receives_what_all_its_meters_tell():
    points = pl.DataFrame(
        [
            (S, 1, 999, 1_000),  # complete half-hours go before the register
            (S, 2, 500, None),
            (F1, 3, None, 700),
            (F2, 4, 100, None),
            (F2, 5, None, None),  # one meter is silent: nothing is known of F2
        ],
        schema=NETWORK_POINTS.columns,
        orient="row",
    )
    assert received(points).rows() == [(S, 1_500), (F1, 700)]


@st.composite
def networks(draw):
    """Draw a tree with a metered top, any elements unmetered but bulk stations, and sales."""
    kinds = ["substation"]
    parents: list[int | None] = [None]
    for element in range(2, draw(st.integers(2, 25)) + 1):
        parents.append(draw(st.integers(1, element - 1)))
        kinds.append(draw(st.sampled_from(["feeder", "transformer", "bulk_station"])))
        if kinds[parents[-1] - 1] == "bulk_station":
            parents[-1] = 1
    tree = [
        (element, parent, f"E{element}", kind)
        for element, (parent, kind) in enumerate(zip(parents, kinds, strict=True), 1)
    ]
    fed = [
        (element, draw(st.integers(0, 10**9)))
        for element, _, _, kind in tree
        if element == 1 or kind == "bulk_station" or draw(st.booleans())
    ]
    sales = [
        (element, draw(st.integers(0, 10**9)), 1, 1)
        for element, _, _, kind in tree
        if kind != "bulk_station" and draw(st.booleans())
    ]
    return tree, fed, sales


@given(networks())
def test_in_any_network_the_losses_add_up_to_the_wh(network):
    tree, fed, sales = network
    rows = balances(
        pl.DataFrame(tree, schema=ELEMENTS.columns, orient="row"),
        pl.DataFrame(fed, schema=RECEIVED.columns, orient="row"),
        pl.DataFrame(sales, schema=SOLD.columns, orient="row"),
    )
    bulk = {element for element, _, _, kind in tree if kind == "bulk_station"}
    handed_over = sum(wh for element, wh in fed if element in bulk)
    total = dict(fed)[1] - handed_over - sum(wh for _, wh, _, _ in sales)
    assert rows["loss_wh"].sum() == total
