"""Holds as a frame: one shape for every rule, figures and dates in Vietnamese form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.frames.gates import HOLDS
from congto.vocabulary.gates import SignLevel
from congto.vocabulary.wording import day, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

Words = str | pl.Expr


def found(  # noqa: PLR0913  (the columns of a hold)
    rows: pl.DataFrame,
    *,
    rule: str,
    gate: int,
    observed: Words,
    expected: Words,
    text: Words,
    signer: pl.Expr | None = None,
) -> pl.DataFrame:
    """Turn the bills that a rule stops into HOLDS; without `signer` a clerk may release them."""
    words = {"observed": observed, "expected": expected, "text": text}
    level = pl.lit(SignLevel.CLERK.value) if signer is None else signer
    return rows.select(
        "bill_id",
        rule=pl.lit(rule),
        gate=pl.lit(gate, dtype=pl.Int16()),
        signer=level.cast(pl.Int16()),
        **{name: pl.lit(one) if isinstance(one, str) else one for name, one in words.items()},
    ).select(list(HOLDS.columns))


def signer_of(value: pl.Expr, ladder: Sequence[tuple[int, int]]) -> pl.Expr:
    """Return the level of the highest step that `value` has reached; the lowest step below it."""
    level = pl.lit(ladder[0][1])
    for step, who in ladder[1:]:
        level = pl.when(value >= step).then(pl.lit(who)).otherwise(level)
    return level


def kwh_a_day(wh: pl.Expr) -> pl.Expr:
    """Write Wh a day as kWh with one decimal, cut: 4466 -> "4,4 kWh/ngày"."""
    return pl.format("{},{} kWh/ngày", grouped(wh // 1000), wh % 1000 // 100)


def times(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Write how many times `whole` goes into `part`, one decimal, cut: 45 and 10 -> "4,5"."""
    tenths = part * 10 // whole
    return pl.format("{},{}", grouped(tenths // 10), tenths % 10)


def period() -> pl.Expr:
    """Write the period with its last day: "01/10/2026-31/10/2026"."""
    last = pl.col("period_to").dt.offset_by("-1d")
    return pl.format("{}-{}", day("period_from"), last.dt.strftime("%d/%m/%Y"))
