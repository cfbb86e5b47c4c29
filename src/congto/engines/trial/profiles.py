"""Profiles: rating rows that many accounts share, so that each is rated once and not per account.

Most customers are households with one quota, read in the same days, that use one of a few thousand
numbers of whole kWh; whoever is the same in all of that owes the same.
"""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames.rating import RATING_INPUT

KEY = tuple(name for name in RATING_INPUT.columns if name != "account_id")


def profiles(rows: pl.DataFrame, accounts: int) -> tuple[pl.DataFrame, pl.Series]:
    """Return (profiles, profile of each account).

    Args:
        rows: RATING_INPUT; `account_id` is the position 0.. of the account, every one of which has
            a row. Accounts with several rows (mixed use, measured parts) share with nobody.
        accounts: how many there are.

    Returns:
        RATING_INPUT whose `account_id` is the profile's number 0.., in order of the number; and a
        UInt32 series, one value per account.
    """
    alone = rows.filter(pl.len().over("account_id") == 1)
    several = rows.filter(pl.len().over("account_id") > 1)
    shared = alone.select(KEY).unique(maintain_order=True).with_row_index("profile")
    number = alone.select("account_id", *KEY).join(
        shared, on=KEY, how="left", nulls_equal=True, maintain_order="left"
    )
    own = several.select("account_id").unique(maintain_order=True).with_row_index("own")
    own = own.select("account_id", profile=pl.col("own") + shared.height)
    whose = pl.concat([number.select("account_id", "profile"), own.cast({"profile": pl.UInt32()})])
    of_account = whose.sort("account_id")["profile"]
    assert of_account.len() == accounts
    parts = several.join(own, on="account_id", how="left", maintain_order="left")
    every = pl.concat(
        [
            shared.select(pl.col("profile").cast(pl.Int64()).alias("account_id"), *KEY),
            parts.select(pl.col("profile").cast(pl.Int64()).alias("account_id"), *KEY),
        ]
    )
    return RATING_INPUT.check(every), of_account
