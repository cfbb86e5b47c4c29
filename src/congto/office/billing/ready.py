"""Issuing what a run left ready: unit by unit, slice by slice, each slice one transaction.

A slice takes its numbers, writes its issuance, journal and audit row and marks its bills, all or
nothing; a call that was killed is made again and issues what is left.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from congto.office.billing import issuing
from congto.office.billing.choices import BillState
from congto.office.billing.issue import due_date
from congto.office.billing.models import RunPartition
from congto.office.billing.series import series_of
from congto.office.control.permissions import Action, require
from congto.office.ledger.accounts import LedgerUnit
from congto.office.ledger.operations import ensure_accounts
from congto.office.organisation.models import Unit
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from datetime import date, datetime

    import polars as pl
    from django.contrib.auth.models import User

    from congto.office.storage.bulk import Bulk

SLICE = 20_000
"""Bills that one transaction issues; the series waits for it that long."""

# A unit's bills that are not issued are found by their own small index. Who issues the same run at
# the same time waits here and then finds them issued.
TAKE = f"""
SELECT id, unit_id, agreement_id, net_vnd, vat_vnd, gross_vnd FROM billing_bill
WHERE unit_id = $1 AND state < {BillState.ISSUED.value} AND state = {BillState.READY.value}
    AND run_id = $2 ORDER BY id LIMIT $3 FOR UPDATE
"""  # noqa: S608  (constants of this file, no input)

ISSUED = f"""
UPDATE billing_bill b SET state = {BillState.ISSUED.value}, issued_on = $1, due_date = $2,
    series_id = n.series_id, issuance_id = n.issuance_id, invoice_no = n.invoice_no
FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::int[])
    AS n (id, series_id, issuance_id, invoice_no) WHERE b.id = n.id
"""  # noqa: S608  (constants of this file, no input)

AUDIT = """
INSERT INTO control_auditentry (at, user_id, operation, unit_id, subject_kind, subject, after,
    reason) VALUES ($1, $2, 'bill.issue_ready', $3, 'billing_run', $4, $5::text::jsonb, '')
"""


def issue_ready(run_id: int, *, user: User | None, at: datetime, issued_on: date) -> int:
    """Issue every ready bill of a run that was billed without issue; return how many.

    Raises:
        RefusedError: the person may not run jobs in a unit of the run.
    """
    books = RunPartition.objects.filter(run=run_id)
    units = list(
        Unit.objects.filter(pk__in=books.values("reading_book__unit").distinct()).order_by("pk")
    )
    if user is not None:
        for unit in units:
            require(user, Action.RUN_JOBS, unit)
    ensure_accounts([LedgerUnit(unit.pk, unit.code, unit.name) for unit in units])
    series = series_of([unit.pk for unit in units], issued_on.year)
    who = user.pk if user else None
    issued = 0
    for unit in units:
        while count := _issue_slice(run_id, unit.pk, series, who=who, at=at, issued_on=issued_on):
            issued += count
    return issued


def _issue_slice(  # noqa: PLR0913  (whose, which, who and when)
    run_id: int,
    unit: int,
    series: dict[int, int],
    *,
    who: int | None,
    at: datetime,
    issued_on: date,
) -> int:
    with bulk() as books:
        bills = books.read(TAKE, (unit, run_id, SLICE))
        if bills.is_empty():
            return 0
        issued = issuing.with_issuances(books, bills, series, issued_on)
        numbered = issuing.with_numbers(books, issued, run_id=run_id, issued_on=issued_on)
        _mark(books, numbered, issued_on)
        after = json.dumps({"issued": bills.height, "first_no": numbered["invoice_no"].min()})
        books.execute(AUDIT, (at, who, unit, str(run_id), after))
    return bills.height


def _mark(books: Bulk, numbered: pl.DataFrame, issued_on: date) -> None:
    columns = ("id", "series_id", "issuance_id", "invoice_no")
    given = (numbered[name].to_list() for name in columns)
    books.execute(ISSUED, (issued_on, due_date(issued_on), *given))
