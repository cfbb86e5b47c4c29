"""Issuing single bills, by people: the numbers, the issuance, the journal, in one transaction.

The same rules as a run (office.billing.issuing), on Django's connection, so that the audit row of
the operation stands or falls with the invoice.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl
from django.conf import settings
from django.db import connection, transaction

from congto.office.billing.choices import BillKind, BillState
from congto.office.billing.models import Bill, InvoiceSeries, Issuance
from congto.office.billing.series import series_of
from congto.office.ledger import rules
from congto.office.ledger.accounts import LedgerUnit
from congto.office.ledger.choices import JournalKind
from congto.office.ledger.operations import ensure_accounts, post
from congto.office.ledger.queries import accounts_of_unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

DAYS_TO_PAY = 7
"""Days from issue to the due date where BILL_DAYS_TO_PAY is not set. The law leaves it to the
contract (Law 61/2024/QH15 Art. 48(1)); the utility's practice is cited as 5 to 10 days."""

TAKE_NUMBERS = """
UPDATE billing_invoiceseries SET next_no = next_no + %s WHERE id = %s RETURNING next_no - %s
"""


def due_date(issued_on: date) -> date:
    """Return the day by which a bill issued on a day is to be paid."""
    return issued_on + timedelta(days=getattr(settings, "BILL_DAYS_TO_PAY", DAYS_TO_PAY))


@transaction.atomic
def issue(bills: Iterable[Bill], *, issued_on: date, run_id: int | None = None) -> list[Bill]:
    """Issue bills that are ready: number, dates, state, and what they owe in the ledger.

    One issuance a unit. Series are locked in the order of the units' numbers, as late as can be.

    Args:
        bills: locked by the caller, in state READY.
        issued_on: local day of issue and accounting date.
        run_id: the billing run they belong to; None for corrections.
    """
    ready = sorted(bills, key=lambda bill: (bill.unit_id, bill.pk))
    series = series_of({bill.unit_id for bill in ready}, issued_on.year)
    for unit_id, group in groupby(ready, key=lambda bill: bill.unit_id):
        own = list(group)
        ensure_accounts([LedgerUnit(unit_id, own[0].unit.code, own[0].unit.name)])
        issuance = _issuance(own, series[unit_id], issued_on, run_id)
        for number, bill in enumerate(own, start=issuance.first_no):
            bill.state, bill.invoice_no = BillState.ISSUED, number
            bill.series_id, bill.issuance = issuance.series_id, issuance
            bill.issued_on, bill.due_date = issued_on, due_date(issued_on)
        Bill.objects.bulk_update(
            own, ["state", "invoice_no", "series_id", "issuance", "issued_on", "due_date"]
        )
        legs = rules.issuance(_events(own, issuance))
        if not legs.is_empty():
            post(_journal_kind(own), legs, accounting_date=issued_on)
    return ready


def _journal_kind(bills: list[Bill]) -> JournalKind:
    """Return BILL, or BILL_ADJUSTED for adjustment invoices, which may lower what is owed."""
    adjusting = {bill.kind == BillKind.ADJUSTMENT for bill in bills}
    if len(adjusting) > 1:
        raise ValueError("adjustment invoices are issued by themselves")
    return JournalKind.BILL_ADJUSTED if adjusting == {True} else JournalKind.BILL


def _issuance(bills: list[Bill], series_id: int, issued_on: date, run_id: int | None) -> Issuance:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBERS, [len(bills), series_id, len(bills)])
        (first,) = cursor.fetchone()
    return Issuance.objects.create(
        run_id=run_id,
        unit_id=bills[0].unit_id,
        series=InvoiceSeries(pk=series_id),
        issued_on=issued_on,
        first_no=first,
        bills=len(bills),
        net_vnd=sum(bill.net_vnd for bill in bills),
        vat_vnd=sum(bill.vat_vnd for bill in bills),
    )


def _events(bills: list[Bill], issuance: Issuance) -> pl.DataFrame:
    """Return one row per bill as the posting rule reads it."""
    accounts = accounts_of_unit(issuance.unit_id)
    rows = [
        {
            "source": issuance.pk,
            "party": bill.agreement_id,
            "item": bill.pk,
            "net_vnd": bill.net_vnd,
            "vat_vnd": bill.vat_vnd,
            **accounts,
        }
        for bill in bills
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.Int64()))
