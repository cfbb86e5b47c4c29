"""Figures and dates of a frame in Vietnamese form, for the sentences that engines write."""

from __future__ import annotations

import polars as pl


def grouped(whole: pl.Expr) -> pl.Expr:
    """Group the thousands of a whole number with dots: 1234567 -> "1.234.567"."""
    digits = whole.abs().cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1}.")
    sign = pl.when(whole < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return sign + digits.str.reverse().str.strip_chars_start(".")


def kwh(energy_wh: pl.Expr, unit: pl.Expr | None = None) -> pl.Expr:
    """Write Wh as kWh (or varh as kvarh): 1234500 -> "1.234,5 kWh"."""
    sign = pl.when(energy_wh < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = grouped(energy_wh.abs() // 1000)
    thousandths = (energy_wh.abs() % 1000).cast(pl.String).str.zfill(3).str.strip_chars_end("0")
    comma = pl.when(thousandths == "").then(pl.lit("")).otherwise("," + thousandths)
    return sign + whole + comma + " " + (pl.lit("kWh") if unit is None else unit)


def day(date: str) -> pl.Expr:
    """Write a date: "01/11/2026"."""
    return pl.col(date).dt.strftime("%d/%m/%Y")
