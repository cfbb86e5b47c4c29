"""A household rule of a trial: other quotas for the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.groups import CustomerGroup

if TYPE_CHECKING:
    from congto.vocabulary.trials import QuotaRule


def with_quota(rows: pl.DataFrame, rule: QuotaRule | None) -> pl.DataFrame:
    """Return RATING_INPUT with the quotas of residential rows by the rule.

    Quarters x percent / 100, half up: 5 quarters at 150 % are 7.5 -> 8; then at least and at most.
    """
    if rule is None:
        return rows
    quarters = pl.col("household_quarters").cast(pl.Int64())
    scaled = (2 * quarters * rule.percent + 100) // 200
    held = pl.max_horizontal(scaled, pl.lit(rule.at_least_quarters))
    if rule.at_most_quarters is not None:
        held = pl.min_horizontal(held, pl.lit(rule.at_most_quarters))
    residential = pl.col("group") == CustomerGroup.RESIDENTIAL.value
    return rows.with_columns(
        household_quarters=pl.when(residential).then(held).otherwise(quarters).cast(pl.Int32())
    )
