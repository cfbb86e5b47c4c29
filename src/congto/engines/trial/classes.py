"""Classes of change of a bill, deciles of use: whole numbers, no division that loses anything."""

from __future__ import annotations

import polars as pl

EDGES_BP = (200, 500, 1000)
"""Edges of the classes in hundredths of a percent of today's bill."""

CLASSES = tuple(range(-len(EDGES_BP) - 1, len(EDGES_BP) + 2))
"""-4: falls by more than 10 %; -1: falls by up to 2 %; 0: not a đồng; 4: rises by over 10 %."""


def change_class(before_vnd: pl.Expr, after_vnd: pl.Expr) -> pl.Expr:
    """Return the class of a bill's change, one of CLASSES; an edge belongs to the smaller change.

    100,000 -> 102,000 is class 1 (2 % exactly); 100,000 -> 102,001 is class 2.
    """
    change = after_vnd - before_vnd
    size = pl.lit(0, dtype=pl.Int8()) + (change != 0).cast(pl.Int8())
    for edge in EDGES_BP:
        size = size + (change.abs() * 10_000 > edge * before_vnd).cast(pl.Int8())
    return (size * change.sign().cast(pl.Int8())).cast(pl.Int8())


def deciles(table: pl.DataFrame) -> pl.DataFrame:
    """Add `decile`, 1 to 10 by energy within the group, to rows with group, energy_wh, accounts.

    Customers of equal use are never parted: the decile is floor(10 b / n) + 1 with b the number of
    customers of the group who use less and n all of them.
    """
    by_use = (
        table.group_by("group", "energy_wh")
        .agg(pl.col("accounts").sum())
        .sort("group", "energy_wh")
        .with_columns(
            below=pl.col("accounts").cum_sum().over("group") - pl.col("accounts"),
            total=pl.col("accounts").sum().over("group"),
        )
        .select(
            "group",
            "energy_wh",
            decile=(10 * pl.col("below") // pl.col("total") + 1).cast(pl.Int8()),
        )
    )
    return table.join(by_use, on=["group", "energy_wh"], how="left")
