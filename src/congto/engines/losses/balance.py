"""The balance of each element: received - passed on - bulk - sold = lost."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames.losses import BALANCES, ELEMENTS, RECEIVED, SOLD

BULK = "bulk_station"


def balances(elements: pl.DataFrame, received: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Balance every element that has a meter: ELEMENTS, RECEIVED and SOLD in, BALANCES out.

    What an element without a reading feeds (its customers, the elements below it) counts for the
    nearest element above that has one: there the energy did flow, and the loss of the two is
    measured together. So the losses of all levels add up to what the top received less what was
    sold and handed over, to the Wh. An element above a bulk station without a reading gets no
    balance: energy of unknown size left it. Customers behind a bulk station's meter are not counted
    again.
    """
    tree = ELEMENTS.check(elements).join(RECEIVED.check(received), on="element", how="left")
    homes = _homes(tree)
    placed = tree.join(homes, on="element").with_columns(bulk=pl.col("kind") == BULK)
    above = placed.join(
        homes.select(parent="element", above="home"), on="parent", how="left"
    ).filter(pl.col("above").is_not_null())
    bulk = (
        above.filter("bulk")
        .group_by(home="above")
        .agg(bulk_wh=pl.col("received_wh").sum(), unknown=pl.col("received_wh").null_count())
    )
    passed_on = (
        above.filter(~pl.col("bulk"), pl.col("received_wh").is_not_null())
        .group_by(home="above")
        .agg(passed_on_wh=pl.col("received_wh").sum())
    )
    own = placed.filter(~pl.col("bulk")).select("element", "home")
    sales = (
        SOLD.check(sold)
        .join(own, on="element")
        .group_by("home")
        .agg(pl.col("sold_wh", "points", "points_measured").sum())
    )
    rows = placed.filter(pl.col("element") == pl.col("home"))
    for part in (bulk, passed_on, sales):
        rows = rows.join(part, on="home", how="left")
    return _lost(rows.filter(pl.col("unknown").fill_null(0) == 0))


def _lost(rows: pl.DataFrame) -> pl.DataFrame:
    """Subtract what left; an element that feeds nothing of a kind gave zero of it."""
    leaving = ["passed_on_wh", "bulk_wh", "sold_wh", "points", "points_measured"]
    whole = rows.with_columns(pl.col(leaving).fill_null(0), level=pl.col("kind"))
    gone = pl.col("passed_on_wh") + pl.col("bulk_wh") + pl.col("sold_wh")
    return BALANCES.check(whole.with_columns(loss_wh=pl.col("received_wh") - gone)).sort("element")


def _homes(tree: pl.DataFrame) -> pl.DataFrame:
    """Return for each element the nearest at or above it that can be balanced (null: none).

    One row per element: element, home. One join a level of the tree.
    """
    can = pl.col("received_wh").is_not_null() & (pl.col("kind") != BULK)
    step = tree.select(at="element", up="parent", can=can)
    homes = tree.select("element", home="element")
    while True:
        looked = homes.join(step, left_on="home", right_on="at", how="left")
        climbing = pl.col("home").is_not_null() & ~pl.col("can")
        if not looked.select(climbing.any()).item():
            return homes
        homes = looked.select("element", home=pl.when(climbing).then("up").otherwise("home"))
