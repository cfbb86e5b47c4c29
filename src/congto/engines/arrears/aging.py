"""The age of a debt: local days since its due date, in four classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date

NOT_DUE = "not_due"
AGES = (NOT_DUE, "to_30", "to_60", "to_90", "over_90")
"""Not due yet; 1 to 30 days late, 31 to 60, 61 to 90, more."""
BOUNDS = (0, 30, 60, 90)


def age_of(due_date: pl.Expr, on: date) -> pl.Expr:
    """Return the class of a bill's age on a day: a debt due on that day is not late yet.

    A bill without a due date is not late.
    """
    late = (pl.lit(on) - due_date).dt.total_days().fill_null(0)
    age = pl.lit(AGES[-1])
    for name, bound in zip(reversed(AGES[:-1]), reversed(BOUNDS), strict=True):
        age = pl.when(late <= bound).then(pl.lit(name)).otherwise(age)
    return age
