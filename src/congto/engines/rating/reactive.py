"""The charge for low cos phi (see scalar.reactive_lines for the law)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from congto.engines.rating.accounts import Accounts
    from congto.vocabulary.prices import ReactiveRule


def buyer(rule: ReactiveRule) -> pl.Expr:
    """Return whether a row of RATING_INPUT is of a buyer who may be charged: group, kW, date."""
    return (
        pl.col("group").is_in([group.value for group in rule.groups])
        & (pl.col("registered_kw") >= rule.registered_kw_from)
        & (pl.col("cycle_from") >= rule.start)
    )


def marks(usage: pl.DataFrame, accounts: Accounts | None, rule: ReactiveRule) -> pl.Series:
    """Mark the rows of RATING_INPUT that may carry a reactive line: the last one of an account.

    One buyer who may be charged is enough for the account, as the meter is common.
    """
    if accounts is None:
        used = (pl.col("energy_wh") > 0) & (pl.col("reactive_varh") > 0)
        return usage.select(reactive=buyer(rule) & used).to_series()
    charged = (
        (accounts.sums(usage.select(buyer(rule)).to_series()) > 0)
        & (accounts.sums(usage["energy_wh"]) > 0)
        & (accounts.sums(usage["reactive_varh"]) > 0)
    )
    nowhere = pl.repeat(value=False, n=usage.height, dtype=pl.Boolean(), eager=True)
    return nowhere.scatter(accounts.last, charged).alias("reactive")


def k_bp(rule: ReactiveRule) -> pl.Expr:
    """Return k in hundredths of a percent from energy_wh (A) and reactive_varh (R).

    cos phi = A / sqrt(A^2 + R^2), rounded half up to hundredths, is at least m hundredths when
    200 A >= (2 m - 1) sqrt(A^2 + R^2), that is 40,000 A^2 >= (2 m - 1)^2 (A^2 + R^2): whole
    numbers only, in 128 bits. k falls from step to step, so the steps reached are taken off.
    """
    active = pl.col("energy_wh").cast(pl.Int128()) ** 2
    apparent = active + pl.col("reactive_varh").cast(pl.Int128()) ** 2
    k = pl.lit(rule.k_bp_below, dtype=pl.Int64())
    above = rule.k_bp_below
    for cos_phi in range(min(rule.k_bp_by_cos_phi), rule.free_from_cos_phi + 1):
        reached = 40_000 * active >= (2 * cos_phi - 1) ** 2 * apparent
        k = k - reached.cast(pl.Int64()) * (above - rule.k_bp(cos_phi))
        above = rule.k_bp(cos_phi)
    return k
