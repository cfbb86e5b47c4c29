"""Interest on money paid late: simple, by the day, at dated rates, rounded once for a bill."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from congto.vocabulary.errors import NotInForceError
from congto.vocabulary.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.vocabulary.dunning import LateRate

PRINCIPAL = Frame(
    "principal",
    "one row per bill and day on which what it owes changed",
    {
        "bill_id": pl.Int64(),
        "due_date": pl.Date(),
        "day": pl.Date(),
        "amount_vnd": pl.Int64(),  # positive: owed more from this day on; negative: less
    },
)

YEAR_DAYS, BP = 365, 10_000
"""A year of interest has 365 days, whatever the calendar says."""


def late_interest(principal: pl.DataFrame, rates: Sequence[LateRate], until: date) -> pl.DataFrame:
    """Return the interest of each bill for the days that it was late, up to `until`.

    One row per bill: bill_id, interest_vnd. Days late are the local days between the due date and
    the payment: a bill paid on its due date costs nothing, one paid on the next day a day of what
    was owed x the rate of the due date / 365. The days of a bill are added up exactly and rounded
    once, halves up.

    Args:
        principal: PRINCIPAL, all days of a bill's life.
        rates: in the order of their days.
        until: the local day on which it is counted.

    Raises:
        NotInForceError: a bill was owed late before the first rate.
    """
    changes = PRINCIPAL.check(principal).with_columns(start=pl.max_horizontal("day", "due_date"))
    changes = changes.filter(pl.col("start") < until)
    early = changes.filter(pl.col("start") < rates[0].valid_from)
    if not early.is_empty():
        raise NotInForceError(
            f"bill {early['bill_id'][0]} was owed late on {early['start'][0]}",
            expected=f"a rate of interest from that day on; the first begins {rates[0].valid_from}",
        )
    weighed = changes.with_columns(weight=_rate_days(rates, until))
    # 128 bits: 10^12 đồng for ten years at 20 % is 7.3 x 10^18, and legs are added up.
    exact = weighed.group_by("bill_id", maintain_order=True).agg(
        (pl.col("amount_vnd").cast(pl.Int128) * pl.col("weight").cast(pl.Int128)).sum().alias("sum")
    )
    return exact.select("bill_id", interest_vnd=_halves_up(pl.col("sum"), YEAR_DAYS * BP))


def _rate_days(rates: Sequence[LateRate], until: date) -> pl.Expr:
    """Return the sum of the rates of the days from `start` to the day before `until`."""
    ends = [*(rate.valid_from for rate in rates), until + timedelta(days=1)]
    total = pl.lit(0, dtype=pl.Int64())
    for rate, (first, end) in zip(rates, pairwise(ends), strict=True):
        last = min(end, until)
        days = pl.lit(last) - pl.max_horizontal(pl.col("start"), pl.lit(first))
        total = total + pl.max_horizontal(days.dt.total_days(), pl.lit(0)) * rate.rate_bp
    return total


def _halves_up(value: pl.Expr, by: int) -> pl.Expr:
    """Divide and round to whole đồng, halves up (vocabulary.money.round_half_up on columns)."""
    size = ((2 * value.abs() + by) // (2 * by)).cast(pl.Int64())
    return pl.when(value < 0).then(-size).otherwise(size)
