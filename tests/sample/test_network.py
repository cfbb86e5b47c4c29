"""Topology on a net drawn by hand and on two real districts; energy balance of one day."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from congto.sample.consumption import Consumption, draw_loads
from congto.sample.metering import Metering
from congto.sample.network import Network, join_over_switches
from congto.sample.source import Tables, data_folder
from congto.vocabulary.periods import Period


def test_nodes_joined_by_closed_switches_are_one_bus() -> None:
    #  a -/- b -/- c   d -/- e   f
    nodes = pl.Series(["a", "b", "c", "d", "e", "f"])
    bus = join_over_switches(nodes, pl.Series(["b", "c", "e"]), pl.Series(["a", "b", "d"]))
    assert bus[0] == bus[1] == bus[2]
    assert bus[3] == bus[4]
    assert len({bus[0], bus[3], bus[5]}) == 3


def test_an_open_switch_leaves_a_line_hanging_at_one_end() -> None:
    # The switch between e and its auxiliary node e_1 is open, so it is not given.
    nodes = pl.Series(["d", "d_1", "e", "e_1"])
    bus = join_over_switches(nodes, pl.Series(["d"]), pl.Series(["d_1"]))
    assert bus[0] == bus[1]
    assert bus[2] != bus[3]


def test_counts_of_the_whole_data_set(tables: Tables) -> None:
    # Counted in the source tables when the data set was studied, without this program.
    loads = tables.loads
    assert loads.filter(pl.col("voltLvl") == 7).height == 32_511
    assert loads.filter(pl.col("station").is_not_null()).height == 2_399
    assert loads.filter(pl.col("voltLvl") == 5, pl.col("station").is_null()).height == 214
    assert tables.transformers.group_by("voltLvl").len().sort("voltLvl").rows() == [
        (4, 56),
        (6, 412),
    ]


def test_two_districts_have_their_elements(small_network: Network) -> None:
    kinds = dict(small_network.elements.group_by("kind").len().iter_rows())
    assert kinds == {"substation": 2, "feeder": 16, "transformer": 1, "bulk_station": 90}
    assert len(small_network.sources) == 2
    parents = small_network.elements.join(
        small_network.elements.select("code", above="kind"), left_on="parent", right_on="code"
    )
    pairs = set(parents.select("kind", "above").iter_rows())
    assert pairs == {
        ("feeder", "substation"),
        ("transformer", "feeder"),
        ("bulk_station", "feeder"),
    }


def test_no_load_feeds_twice_and_all_are_fed(small_network: Network) -> None:
    loads = small_network.loads
    assert loads.height == 13 + 90 + 12
    assert loads.null_count().select("element", "bus", "district").row(0) == (0, 0, 0)


@pytest.fixture(scope="module")
def day(small_network: Network) -> Metering:
    """One Thursday on two districts."""
    month = Period(date(2026, 10, 1), date(2026, 10, 2))
    consumption = Consumption(
        data_folder(), small_network.loads, draw_loads(small_network.loads, 7), month
    )
    customers = (
        small_network.loads.with_row_index("load")
        .filter(~pl.col("is_bulk"))
        .with_columns(metered_share=pl.lit(1.0))
    )
    metering = Metering(
        small_network, customers, small_network.loads["bus"].to_numpy(), consumption
    )
    steps = metering.run_day(0, month.start)
    assert steps.shape == (48, customers.height + small_network.elements.height)
    assert steps.sum() == metering.customers.counted.sum() + metering.elements.counted.sum()
    assert (steps >= 0).all()
    metering.given = customers  # type: ignore[attr-defined]  # handed to the tests below
    return metering


def test_what_is_fed_in_is_used_or_lost(day: Metering) -> None:
    loss = day.line_loss_wh.sum() + day.transformer_loss_wh.sum()
    assert day.worst_imbalance < 1e-9
    assert day.fed_wh == pytest.approx(day.load_wh + loss, rel=1e-9)
    assert 0.005 < loss / day.fed_wh < 0.06


def test_meters_of_every_element_close_on_the_losses_below_them(
    day: Metering, small_network: Network
) -> None:
    """Received = what the elements below received + customers + loss of the element's branches."""
    elements, tolerance = small_network.elements, 200  # Wh: each meter is rounded to whole Wh
    meter = dict(zip(elements["code"], day.elements.counted.tolist(), strict=True))
    sold = dict.fromkeys(meter, 0)
    customers = day.given["element"]  # type: ignore[attr-defined]  # set by the fixture
    for code, wh in zip(customers, day.customers.counted.tolist(), strict=True):
        sold[code] += wh
    parent = dict(zip(elements["code"], elements["parent"], strict=True))
    loss = dict.fromkeys(meter, 0.0)
    for code, wh in zip(small_network.lines["element"], day.line_loss_wh, strict=True):
        loss[code] += wh
    small = small_network.transformers["voltLvl"] == 6
    codes = small_network.transformers["element"]
    for code, below, wh in zip(codes, small, day.transformer_loss_wh, strict=True):
        loss[parent[code] if below else code] += wh
    kinds = dict(zip(elements["code"], elements["kind"], strict=True))
    for code, received in meter.items():
        if kinds[code] != "bulk_station":
            below = sum(meter[child] for child, above in parent.items() if above == code)
            assert received == pytest.approx(below + sold[code] + loss[code], abs=tolerance), code


def test_customers_use_what_their_profile_says(small_network: Network) -> None:
    month = Period.month(2026, 10)
    loads = small_network.loads
    consumption = Consumption(data_folder(), loads, draw_loads(loads, 7), month)
    by_day = np.zeros(loads.height)
    for number in range(month.days):
        by_day += consumption.day(number)[0].sum(axis=0) * 0.5
    assert consumption.month_wh() == pytest.approx(by_day)
    assert (by_day > 0).all()


def test_copies_of_a_profile_differ(small_network: Network) -> None:
    many = pl.concat([small_network.loads] * 40)
    drawn = draw_loads(many, 7)
    single = drawn.households == 1
    assert np.all((drawn.scale[single] >= 0.5) & (drawn.scale[single] <= 2.0))
    assert set(drawn.households) <= {1, 2, 3, 4, 5, 6}
    home = many["profile"].str.starts_with("H0").to_numpy()
    assert len(set(drawn.shift[home])) == 21, "7 hours of the day x 3 weeks"
    assert abs(drawn.shift[~home]).max() <= 3
    weeks = timedelta(minutes=30) * int(np.abs(drawn.shift).max())
    assert weeks <= timedelta(days=7, hours=2)
