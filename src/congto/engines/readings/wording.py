"""Findings as a frame: one shape for every rule, numbers and dates in Vietnamese form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.frames.readings import FINDINGS
from congto.vocabulary.groups import Register
from congto.vocabulary.wording import day, grouped, kwh

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

__all__ = ["day", "findings", "grouped", "kwh", "register_name", "register_unit"]

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


def register_unit() -> pl.Expr:
    """Return the unit of the register: kvarh for the reactive one."""
    reactive = pl.col("register") == Register.REACTIVE.value
    return pl.when(reactive).then(pl.lit("kvarh")).otherwise(pl.lit("kWh"))
