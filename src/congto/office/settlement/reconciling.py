"""A partner's day file against our books: every line of both in one class. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines import matching
from congto.office.storage.bulk import read
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import date

PARTNER = "SELECT id FROM payments_partner WHERE code = $1"

# The day and its neighbours, whatever the file numbers, and whoever pays the bills of the file.
OURS = """
WITH wanted AS (
    SELECT partner_id, partner_txn_id FROM payments_payment
    WHERE partner_id = $1 AND accounting_date BETWEEN $2::date - 1 AND $2::date + 1
    UNION SELECT partner_id, partner_txn_id FROM payments_payment
    WHERE partner_id = $1 AND partner_txn_id = ANY($3)
    UNION SELECT partner_id, partner_txn_id FROM payments_payment
    WHERE bill_id = ANY($4::bigint[])
)
SELECT p.partner_id, p.partner_txn_id, min(p.accounting_date) AS day,
    sum(p.amount_vnd)::bigint AS amount_vnd, string_agg(p.bill_id::text, '+') AS bills,
    CASE WHEN count(r.id) > 0 THEN 'reversed' ELSE 'posted' END AS state
FROM wanted JOIN payments_payment p USING (partner_id, partner_txn_id)
LEFT JOIN payments_payment r ON r.reverses_id = p.id
WHERE p.reverses_id IS NULL GROUP BY p.partner_id, p.partner_txn_id
UNION ALL
SELECT partner_id, partner_txn_id, accounting_date, amount_vnd, '', 'reserved'
FROM payments_attempt WHERE partner_id = $1 AND state = 'reserved'
"""


def reconcile_file(partner: str, day: date, lines: pl.DataFrame) -> pl.DataFrame:
    """Return CLASSED (engines.matching) of a partner's day.

    Args:
        partner: code.
        day: of the file.
        lines: line, number, bills (our numbers as text), amount_vnd, state (PAID or REVERSED).

    Raises:
        InvalidInputError: no such partner.
    """
    known = read(PARTNER, (partner,))
    if known.is_empty():
        raise InvalidInputError(
            f"the day file is of the partner {partner[:16]}",
            expected="the code of a partner in the books",
        )
    number = int(known["id"][0])
    theirs = lines.select(
        "line", "bills", "amount_vnd",
        partner_id=pl.lit(number, pl.Int64()), partner_txn_id="number",
        day=pl.lit(day), state=pl.col("state").str.to_lowercase(),
    )  # fmt: skip
    numbers = theirs["partner_txn_id"].to_list()
    bills = theirs["bills"].explode().drop_nulls().unique()
    # What is no number of ours is no bill of ours: such a line finds nobody who paid it.
    ids = bills.filter(bills.str.contains(r"^\d{1,18}$")).cast(pl.Int64).sort().to_list()
    ours = read(OURS, (number, day, numbers or [""], ids or [0])).with_columns(
        pl.col("bills").str.split("+")
    )
    due = pl.DataFrame([(number, day, day, 0, False)], schema=matching.DUE.columns, orient="row")
    return matching.classify_payments(ours, theirs, due)
