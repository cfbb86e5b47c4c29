"""The charge for low cos phi (see scalar.reactive_lines for the law)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from congto.vocabulary.prices import ReactiveRule


def applies(rule: ReactiveRule) -> pl.Expr:
    """Return whether a row of RATING_INPUT may be charged: group, registered kW, any kvarh."""
    return (
        pl.col("group").is_in([group.value for group in rule.groups])
        & (pl.col("registered_kw") >= rule.registered_kw_from)
        & (pl.col("period_from") >= rule.start)
        & (pl.col("energy_wh") > 0)
        & (pl.col("reactive_varh") > 0)
    )


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
