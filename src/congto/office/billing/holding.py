"""Bills through the gates: which are held, by which rule, and their rows in the books.

No models here: workers of a run import it before Django has loaded its apps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines import gates
from congto.office.billing.choices import HoldState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.gates import GateRule


def stopped(bills: pl.DataFrame, lines: pl.DataFrame, rules: Iterable[GateRule]) -> pl.DataFrame:
    """Return the holds (HOLDS) of rated bills.

    Args:
        bills: one row per bill: id, what was billed, gross, the past, and what the contract says.
        lines: BILL_LINES of these bills, account_id being the bill's number.
        rules: the rules in force.
    """
    top = lines.group_by("account_id").agg(pl.col("tier").max().alias("top_tier"))
    day_wh = pl.col("energy_wh") // (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    quotas = pl.max_horizontal(pl.col("household_quarters").cast(pl.Int64()), 1)
    past = pl.col("past_day_wh").list
    alike = ("reading_book_id", "group")
    asked = bills.join(
        top, left_on="id", right_on="account_id", how="left", maintain_order="left"
    ).with_columns(
        bill_id="id",
        starts=(pl.col("agreement_from") >= pl.col("period_from")),
        ends=(pl.col("agreement_to") <= pl.col("period_to")).fill_null(value=False),
        past_periods=past.len().cast(pl.Int64()),
        past_day_wh=past.eval(pl.element().cast(pl.Int64())).list.sum()
        // past.len().cast(pl.Int64()),
        book_bills=pl.len().over(alike).cast(pl.Int64()),
        book_day_wh=(day_wh * 4 // quotas).quantile(0.5, "lower").over(alike).cast(pl.Int64()),
    )
    return gates.holds(asked, rules)


def write(books: Bulk, holds: pl.DataFrame) -> None:
    """Keep holds; they are open until somebody decides."""
    books.copy(
        "billing_billhold",
        holds.with_columns(state=pl.lit(HoldState.OPEN.value), reason=pl.lit("")),
    )
