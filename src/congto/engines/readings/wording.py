"""Findings as a frame: one shape for every rule, numbers and dates in Vietnamese form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.frames.readings import FINDINGS
from congto.vocabulary.groups import Register

if TYPE_CHECKING:
    from congto.vocabulary.findings import Severity

OBSERVED_LONGEST = 240
TEXT_LONGEST = 400

REGISTER_NAMES = {
    Register.TOTAL.value: "tổng",
    Register.NORMAL.value: "giờ bình thường",
    Register.PEAK.value: "giờ cao điểm",
    Register.OFF_PEAK.value: "giờ thấp điểm",
    Register.REACTIVE.value: "vô công",
}

Words = str | pl.Expr


def findings(  # noqa: PLR0913  (rule, severity and the three words of a finding)
    rows: pl.DataFrame,
    *,
    rule: str,
    severity: Severity,
    observed: Words,
    expected: Words,
    text: Words,
) -> pl.DataFrame:
    """Turn the rows that break a rule into FINDINGS.

    Several registers of one point and period that break the same rule become one finding, so that
    rule, subject and period identify it.
    """
    parts = {"observed": observed, "expected": expected, "text": text}
    exprs = {name: pl.lit(word) if isinstance(word, str) else word for name, word in parts.items()}
    key = ["subject", "period_from", "period_to"]
    joined = (
        rows.select(*key, **exprs)
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("observed").unique(maintain_order=True).str.join("; "),
            pl.col("expected").unique(maintain_order=True).str.join("; "),
            pl.col("text").unique(maintain_order=True).str.join(" "),
        )
    )
    return joined.select(
        pl.lit(rule).alias("rule"),
        pl.lit(severity.value).alias("severity"),
        *key,
        pl.col("observed", "expected").str.slice(0, OBSERVED_LONGEST),
        pl.col("text").str.slice(0, TEXT_LONGEST),
    ).select(list(FINDINGS.columns))


def register_name() -> pl.Expr:
    """Name the register as the bill does."""
    return pl.col("register").replace_strict(REGISTER_NAMES, return_dtype=pl.String)


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


def register_unit() -> pl.Expr:
    """Return the unit of the register: kvarh for the reactive one."""
    reactive = pl.col("register") == Register.REACTIVE.value
    return pl.when(reactive).then(pl.lit("kvarh")).otherwise(pl.lit("kWh"))


def day(date: str) -> pl.Expr:
    """Write a date: "01/11/2026"."""
    return pl.col(date).dt.strftime("%d/%m/%Y")
