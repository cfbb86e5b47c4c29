"""What a customer owes, as partners may ask: open bills, oldest first, from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.money import Dong

OF_CODE = "SELECT id FROM customers_customer WHERE code = %s"
OF_INVOICE = """
SELECT a.customer_id FROM billing_bill b JOIN billing_invoiceseries s ON s.id = b.series_id
JOIN customers_agreement a ON a.id = b.agreement_id
WHERE s.symbol = %s AND b.invoice_no = %s
"""
OF_PHONE = "SELECT id FROM customers_customer WHERE phone = %s LIMIT 2"
OPEN = """
SELECT b.id, s.symbol || '-' || b.invoice_no, b.period_from, b.period_to, b.due_date, o.net, o.vat
FROM customers_agreement a JOIN billing_bill b ON b.agreement_id = a.id
JOIN billing_invoiceseries s ON s.id = b.series_id
CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o
WHERE a.customer_id = %s AND b.state IN (4, 5) AND o.net + o.vat > 0
ORDER BY b.period_from, b.id
"""


class OpenBill(NamedTuple):
    """A bill on which something is owed; amounts in whole đồng, periods half-open."""

    bill: int
    invoice: str
    period_from: date
    period_to: date
    due_date: date
    net_vnd: Dong
    vat_vnd: Dong

    @property
    def amount_vnd(self) -> Dong:
        """Return what clears it."""
        return self.net_vnd + self.vat_vnd


class Owing(NamedTuple):
    """A customer and its open bills, oldest first."""

    customer: str
    name: str
    bills: list[OpenBill]


def owing(customer: str = "", invoice: str = "", phone: str = "") -> Owing | None:
    """Return what a customer owes, found by one of three; None where exactly one is not found.

    Args:
        customer: its code.
        invoice: series and number, as C26TPB-17.
        phone: as the books keep it; two customers with one number are not told apart.
    """
    found = _found(customer, invoice, phone)
    if len(found) != 1:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, name FROM customers_customer WHERE id = %s", found[0])
        code, name = cursor.fetchone()
        cursor.execute(OPEN, found[0])
        return Owing(code, name, [OpenBill(*row) for row in cursor.fetchall()])


def _found(customer: str, invoice: str, phone: str) -> list[tuple[int]]:
    symbol, _dash, number = invoice.rpartition("-")
    with connection.cursor() as cursor:
        if customer:
            cursor.execute(OF_CODE, [customer])
        elif symbol and number.isdecimal():
            cursor.execute(OF_INVOICE, [symbol, int(number)])
        elif phone:
            cursor.execute(OF_PHONE, [phone])
        else:
            return []
        found: list[tuple[int]] = cursor.fetchall()
        return found
