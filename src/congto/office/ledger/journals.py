"""Writing many journals at once, inside the transaction of the run that causes them.

No models here, so that the workers of a run can use it before Django has loaded its apps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.ledger.accounts import UNIT_ACCOUNTS
from congto.office.ledger.rules import LEGS
from congto.office.ledger.writing import SHARED

if TYPE_CHECKING:
    from congto.office.ledger.choices import JournalKind
    from congto.office.storage.bulk import Bulk


def write(books: Bulk, kind: JournalKind, journals: pl.DataFrame, legs: pl.DataFrame) -> None:
    """Write journals and all their legs with one COPY each.

    Args:
        books: the transaction of the caller.
        kind: why the journals are written; with `source` it may be written once only.
        journals: one row per journal: source, accounting_date; sources are unique.
        legs: LEGS, in the order of the journals. A journal without legs (a bill of 0 đồng) moves
            nothing and is not written.
    """
    legs = LEGS.check(legs)
    books.read(SHARED)  # before numbers are drawn: sealing must see who is still writing
    with_legs = journals.join(legs, on="source", how="semi", maintain_order="left")
    numbered = with_legs.with_columns(
        books.take_ids("ledger_journal", with_legs.height).alias("id"),
        pl.lit(kind.value, dtype=pl.Int16()).alias("kind"),
    )
    books.copy("ledger_journal", numbered.select("id", "kind", "source", "accounting_date"))
    numbered_legs = legs.join(
        numbered.select("source", journal_id="id"), on="source", how="left", maintain_order="left"
    )
    books.copy("ledger_posting", numbered_legs.drop("source"))


def accounts(books: Bulk) -> pl.DataFrame:
    """Read the chart of accounts: one row per account: account_id, code, kind, unit_id."""
    return books.read("SELECT id AS account_id, code, kind, unit_id FROM ledger_account")


def accounts_of_units(chart: pl.DataFrame) -> pl.DataFrame:
    """One row per unit with a column per kind of account, holding the account's number."""
    number = pl.col("account_id")
    return (
        chart.filter(pl.col("unit_id").is_not_null())
        .group_by("unit_id")
        .agg(
            number.filter(pl.col("kind") == kind.value).first().alias(kind.value)
            for kind in UNIT_ACCOUNTS
        )
    )
