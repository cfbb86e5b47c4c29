"""Accounts of several rows: which rows belong together, and sums over them.

Nearly every account has one row. Where all do, there is nothing to keep and everything by row is by
account; where some do not, these few lookups carry what is per account.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

ORDER = ("segment", "period_from")
"""Order of an account's rows."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Rows of accounts that stand together.

    Attributes:
        of_row: number of the account of each row.
        first / last: number of the first and the last row of each account.
    """

    of_row: pl.Series
    first: pl.Series
    last: pl.Series

    def sums(self, values: pl.Series) -> pl.Series:
        """Return the sum of a value over the rows of each account; null counts as zero."""
        running = pl.concat(
            [pl.Series([0], dtype=pl.Int64()), values.cast(pl.Int64()).fill_null(0).cum_sum()]
        )
        return running.gather(self.last + 1) - running.gather(self.first)


def accounts_of(usage: pl.DataFrame) -> Accounts | None:
    """Return the accounts of rows that stand together; None where each row is an account."""
    begins = ~_follows(usage)
    if begins.all():
        return None
    first = begins.arg_true()
    last = pl.concat([first.slice(1), pl.Series([usage.height], dtype=first.dtype)]) - 1
    return Accounts(begins.cum_sum() - 1, first, last)


def together(usage: pl.DataFrame) -> pl.DataFrame:
    """Return RATING_INPUT with the rows of an account together, in order of segment and days.

    Accounts keep the order of their first rows. A frame that is in order already, as those of a run
    are, is returned as it is.
    """
    account = usage["account_id"]
    if account.is_sorted() or account.n_unique() == usage.height:
        follows = _follows(usage)
        if not follows.any() or _in_order(usage, follows):
            return usage
    first = usage.select(
        pl.int_range(usage.height, eager=True).alias("place"), "account_id"
    ).select(pl.col("place").min().over("account_id"))
    return usage.sort(first.to_series(), *ORDER, maintain_order=True)


def slices(usage: pl.DataFrame, rows: int) -> list[pl.DataFrame]:
    """Cut a frame into pieces of about so many rows; no account is cut."""
    follows, starts = _follows(usage), [0]
    while starts[-1] + rows < usage.height:
        start = starts[-1] + rows
        while start < usage.height and follows[start]:
            start += 1
        starts.append(start)
    ends = [*starts[1:], usage.height]
    return [usage.slice(start, end - start) for start, end in zip(starts, ends, strict=True)]


def _follows(usage: pl.DataFrame) -> pl.Series:
    """Tell of each row whether it belongs to the account of the row before it."""
    account = usage["account_id"]
    return (account == account.shift(1)).fill_null(value=False)


def _in_order(usage: pl.DataFrame, follows: pl.Series) -> bool:
    segment, start = (pl.col(name) for name in ORDER)
    rises = (segment > segment.shift(1)) | (
        (segment == segment.shift(1)) & (start >= start.shift(1))
    )
    ordered = usage.select((rises | ~pl.lit(follows)).fill_null(value=False).all()).item()
    return bool(ordered)
