"""Stubs: bills without lines that say an account is not billed yet, and are replaced when it is.

No models here: workers of a run import it before Django has loaded its apps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.billing.choices import BillKind, BillState

if TYPE_CHECKING:
    import polars as pl

    from congto.office.billing.orders import RunOrder
    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period

COLUMNS = """INSERT INTO billing_bill (run_id, agreement_id, unit_id, period_from, period_to,
    version, kind, state, reading_date, energy_wh, net_vnd, vat_rate_bp, vat_vnd, gross_vnd,
    past_day_wh)
"""

# The few bills that are not issued are found by their index; the books' usage names the others.
CLEAR = f"""
DELETE FROM billing_bill b USING meterdata_usage u
WHERE b.state < {BillState.HELD.value} AND u.agreement_id = b.agreement_id
    AND u.period_from = b.period_from AND u.reading_book_id = ANY($1)
"""  # noqa: S608  (constants of this file, no input)

ERRORS = f"""{COLUMNS}
SELECT $1, p.agreement_id, p.unit_id, p.period_from, p.period_to, 1, {BillKind.REGULAR.value},
    {BillState.ERROR.value}, p.period_to, 0, 0, 0, 0, 0, '{{}}'
FROM unnest($2::bigint[], $3::bigint[], $4::date[], $5::date[])
    AS p (unit_id, agreement_id, period_from, period_to)
"""  # noqa: S608  (constants of this file, no input)

INCOMPLETE = f"""{COLUMNS}
SELECT DISTINCT ON (a.id) $1, a.id, p.unit_id, greatest($2, a.valid_from),
    least($3, coalesce(a.valid_to, $3)), 1, {BillKind.REGULAR.value},
    {BillState.INCOMPLETE.value}, least($3, coalesce(a.valid_to, $3)), 0, 0, 0, 0, 0, '{{}}'
FROM meters_usagepoint p JOIN customers_agreement a ON a.id = p.agreement_id
WHERE a.valid_from < $3 AND (a.valid_to IS NULL OR a.valid_to > $2)
    AND ($4::bigint IS NULL OR p.reading_book_id IN (
        SELECT id FROM meters_readingbook WHERE session_id = $4))
    AND NOT EXISTS (SELECT FROM meterdata_usage u WHERE u.agreement_id = a.id
        AND u.period_to > $2 AND u.period_to <= $3)
    AND NOT EXISTS (SELECT FROM billing_bill b WHERE b.agreement_id = a.id
        AND b.period_from >= greatest($2, a.valid_from) AND b.period_from < $3)
ORDER BY a.id, p.id
"""  # noqa: S608  (constants of this file, no input)


def clear(books: Bulk, reading_books: list[int]) -> None:
    """Delete the stubs of accounts that have usage in these reading books."""
    books.execute(CLEAR, (reading_books,))


def keep_errors(books: Bulk, order: RunOrder, parked: pl.DataFrame) -> None:
    """Write a stub in state error for every parked account."""
    columns = ("unit_id", "agreement_id", "period_from", "period_to")
    books.execute(ERRORS, (order.run_id, *(parked[name].to_list() for name in columns)))


def keep_incomplete(books: Bulk, run_id: int, period: Period, session: int | None) -> None:
    """Write a stub in state incomplete for every agreement of the run without usage or bill."""
    books.execute(INCOMPLETE, (run_id, period.start, period.end, session))
