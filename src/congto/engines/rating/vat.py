"""Percentages of money, half up: VAT by reading date and the reactive surcharge."""

from __future__ import annotations

import polars as pl


def percent_of(amount_vnd: pl.Expr, rate_bp: pl.Expr) -> pl.Expr:
    """Return `rate_bp` hundredths of a percent of an amount in whole đồng, half up.

    floor((2 a r + 10,000) / 20,000): 282,620 at 800 -> 22,610;  139,905 at 800 -> 11,192.
    """
    return (2 * amount_vnd * rate_bp.cast(pl.Int64()) + 10_000) // 20_000
