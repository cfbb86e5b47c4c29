"""Issue in bulk: numbers without gaps, an issuance for each unit, its journal.

The number of a series is taken last and by the same transaction that writes the bills: who takes
one holds the series until the commit, and a transaction that fails gives its numbers back. So no
number is ever missing or given twice, whoever issues at the same time. Series are locked in the
order of their ids, so that two who need the same ones cannot wait for each other for ever.

No models here: workers of a run import it before Django has loaded its apps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.ledger import journals, rules
from congto.office.ledger.choices import JournalKind

if TYPE_CHECKING:
    from datetime import date

    from congto.office.storage.bulk import Bulk

TAKE_NUMBERS = """
UPDATE billing_invoiceseries SET next_no = next_no + $2 WHERE id = $1
RETURNING next_no - $2 AS first_no
"""


def with_issuances(
    books: Bulk, bills: pl.DataFrame, series: dict[int, int], issued_on: date
) -> pl.DataFrame:
    """Give each bill the series of its unit and the issuance it belongs to; write what is owed.

    Args:
        books: the transaction that writes the bills.
        bills: one row per bill, in the order of their units: id, unit_id, agreement_id, net_vnd,
            vat_vnd, gross_vnd.
        series: invoice series by unit.
        issued_on: the accounting date.
    """
    units = bills["unit_id"].unique(maintain_order=True)
    issuances = pl.DataFrame(
        {
            "unit_id": units,
            "series_id": pl.Series([series[unit] for unit in units], dtype=pl.Int64()),
            "issuance_id": books.take_ids("billing_issuance", len(units)),
        }
    )
    issued = bills.join(issuances, on="unit_id", how="left", maintain_order="left")
    accounts = journals.accounts_of_units(journals.accounts(books))
    events = issued.join(accounts, on="unit_id", how="left", maintain_order="left").with_columns(
        source="issuance_id", party="agreement_id", item="id"
    )
    dated = issuances.select(source="issuance_id", accounting_date=pl.lit(issued_on))
    journals.write(books, JournalKind.BILL, dated, rules.issuance(events))
    return issued


def with_numbers(
    books: Bulk, issued: pl.DataFrame, *, run_id: int | None, issued_on: date
) -> pl.DataFrame:
    """Take the numbers, write the issuances, and return the bills with `invoice_no`.

    Call it as late in the transaction as can be: from here to the commit nobody else issues in
    these series.
    """
    counted = issued.group_by("series_id").agg(pl.len().cast(pl.Int64()).alias("bills"))
    first = [
        (series, int(books.read(TAKE_NUMBERS, (series, count)).item()))
        for series, count in counted.sort("series_id").iter_rows()
    ]
    starts = pl.DataFrame(
        first, schema={"series_id": pl.Int64(), "start": pl.Int64()}, orient="row"
    )
    place = pl.int_range(pl.len()).over("series_id")
    numbered = issued.join(starts, on="series_id", how="left", maintain_order="left").with_columns(
        invoice_no=(pl.col("start") + place).cast(pl.Int32())
    )
    sums = numbered.group_by("issuance_id", "unit_id", "series_id", maintain_order=True).agg(
        pl.col("invoice_no").min().alias("first_no"),
        pl.len().cast(pl.Int32()).alias("bills"),
        pl.col("net_vnd", "vat_vnd").sum(),
    )
    books.copy(
        "billing_issuance",
        sums.rename({"issuance_id": "id"}).with_columns(
            run_id=pl.lit(run_id, dtype=pl.Int64()), issued_on=pl.lit(issued_on)
        ),
    )
    return numbered.drop("start")
