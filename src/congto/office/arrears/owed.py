"""What is owed, as the ledger says: open bills of everybody or of some, now or on a past day.

A bill is open when its item has a balance on the receivables. The due date is the bill's; all else
comes from postings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.arrears import AGES, age_of
from congto.office.ledger.choices import AccountKind
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.office.storage.bulk import Bulk

RECEIVABLES = f"'{AccountKind.RECEIVABLE.value}', '{AccountKind.RECEIVABLE_VAT.value}'"

# One pass over the postings of the receivables of the units; the journal is looked at only where a
# day in the past is asked for.
OPEN_BILLS = """
SELECT b.id AS bill_id, b.agreement_id, b.unit_id, b.due_date, o.net_vnd, o.vat_vnd
FROM (
    SELECT p.item, sum(p.amount_vnd) FILTER (WHERE a.kind = 'receivable')::bigint AS net_vnd,
        sum(p.amount_vnd) FILTER (WHERE a.kind = 'receivable_vat')::bigint AS vat_vnd
    FROM ledger_posting p
    JOIN ledger_account a ON a.id = p.account_id AND a.kind IN ({receivables})
        AND (a.unit_id = ANY($1::bigint[]) OR $1::bigint[] IS NULL)
    {journals}
    WHERE p.item IS NOT NULL GROUP BY p.item HAVING sum(p.amount_vnd) > 0
) o JOIN billing_bill b ON b.id = o.item {bills}
"""
UP_TO_DAY = "JOIN ledger_journal j ON j.id = p.journal_id AND j.accounting_date <= $2"

OPEN_BILLS_OF = f"""
SELECT b.id AS bill_id, b.agreement_id, b.unit_id, b.due_date,
    coalesce(o.net_vnd, 0) AS net_vnd, coalesce(o.vat_vnd, 0) AS vat_vnd
FROM billing_bill b CROSS JOIN LATERAL (
    SELECT sum(p.amount_vnd) FILTER (WHERE a.kind = 'receivable')::bigint AS net_vnd,
        sum(p.amount_vnd) FILTER (WHERE a.kind = 'receivable_vat')::bigint AS vat_vnd
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id AND a.kind IN ({RECEIVABLES})
    WHERE p.item = b.id
) o WHERE b.agreement_id = ANY($1) AND b.due_date IS NOT NULL
    AND coalesce(o.net_vnd, 0) + coalesce(o.vat_vnd, 0) > 0
"""  # noqa: S608  (constants of this file, no input)


def open_bills(
    books: Bulk, *, units: Sequence[int] | None, on: date | None = None, due_to: date | None = None
) -> pl.DataFrame:
    """Return the bills on which something is owed.

    One row per bill: bill_id, agreement_id, unit_id, due_date, net_vnd and vat_vnd as owed,
    owed_vnd.

    Args:
        books: the transaction of the caller.
        units: whose receivables; None: of all.
        on: at the end of this local day by accounting date; None: now.
        due_to: only bills due on this day or before.
    """
    given: list[object] = [None if units is None else list(units)]
    if on is not None:
        given.append(on)
    if due_to is not None:
        given.append(due_to)
    sql = OPEN_BILLS.format(
        receivables=RECEIVABLES,
        journals="" if on is None else UP_TO_DAY,
        bills="" if due_to is None else f"AND b.due_date <= ${len(given)}",
    )
    return _whole(books.read(sql, given))


def open_bills_of(books: Bulk, agreements: Sequence[int]) -> pl.DataFrame:
    """Return the open bills of some agreements, as `open_bills` does; each is looked up."""
    return _whole(books.read(OPEN_BILLS_OF, (list(agreements),)))


def _whole(bills: pl.DataFrame) -> pl.DataFrame:
    filled = bills.with_columns(pl.col("net_vnd", "vat_vnd").fill_null(0))
    return filled.with_columns(owed_vnd=pl.col("net_vnd") + pl.col("vat_vnd"))


def aging(units: Sequence[int] | None, on: date, *, today: date) -> pl.DataFrame:
    """Return what is owed by unit and age at the end of a day.

    One row per unit with a debt: unit_id, agreements, bills, and a column of đồng per age (AGES).

    Args:
        units: whose; None: all.
        on: the local day that ages are counted to.
        today: the present one: on it the postings of every day count, so that a payment dated
            tomorrow by its cut-off is not owed.
    """
    with bulk() as books:
        bills = open_bills(books, units=units, on=on if on < today else None)
    aged = bills.with_columns(age=age_of(pl.col("due_date"), on))
    owed = pl.col("owed_vnd")
    return (
        aged.group_by("unit_id")
        .agg(
            pl.col("agreement_id").n_unique().alias("agreements"),
            pl.len().cast(pl.Int64()).alias("bills"),
            *(owed.filter(pl.col("age") == age).sum().alias(age) for age in AGES),
        )
        .sort("unit_id")
    )
