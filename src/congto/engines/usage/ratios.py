"""Shares and factors in thousandths, each with its rounding in its name."""

from __future__ import annotations

import polars as pl

PERMILLE = 1000


def permille_cut(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return part of whole in thousandths, cut: 1000 only where nothing lacks; null of nothing."""
    return pl.when(whole > 0).then(part * PERMILLE // whole).cast(pl.Int32)


def permille_up(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return part of whole in thousandths, up: 0 only where there is none; null of nothing."""
    return pl.when(whole > 0).then((part * PERMILLE + whole - 1) // whole).cast(pl.Int32)


def permille_half_up(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return part of whole in thousandths, halves up; null of nothing."""
    rounded = (2 * part * PERMILLE + whole) // (2 * whole)
    return pl.when(whole > 0).then(rounded).cast(pl.Int32)


def power_factor_permille(active_wh: pl.Expr, reactive_varh: pl.Expr) -> pl.Expr:
    """Return cos phi = A / sqrt(A^2 + R^2) in thousandths, halves up; null where A and R are 0.

    3 kWh and 4 kvarh -> 600. k thousandths are reached when 2000 A >= (2 k - 1) sqrt(A^2 + R^2),
    that is 4,000,000 A^2 >= (2 k - 1)^2 (A^2 + R^2). A float only guesses k; whole numbers in 128
    bits then say whether it is k, one less or one more.
    """
    active, reactive = active_wh.cast(pl.Float64), reactive_varh.cast(pl.Float64)
    length = (active**2 + reactive**2).sqrt().clip(lower_bound=1)
    guess = (PERMILLE * active / length).round().cast(pl.Int128)
    squared = active_wh.cast(pl.Int128) ** 2
    apparent = squared + reactive_varh.cast(pl.Int128) ** 2

    def reached(k: pl.Expr) -> pl.Expr:
        return (k <= 0) | (4 * PERMILLE**2 * squared >= (2 * k - 1) ** 2 * apparent)

    exact = guess - (~reached(guess)).cast(pl.Int128) + reached(guess + 1).cast(pl.Int128)
    return pl.when(apparent > 0).then(exact).cast(pl.Int32)
