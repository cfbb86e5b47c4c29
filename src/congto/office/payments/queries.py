"""Reading payments: what can be paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.billing.choices import owed_states
from congto.office.payments.models import Partner
from congto.office.storage.bulk import read

if TYPE_CHECKING:
    import polars as pl

    from congto.vocabulary.periods import Period

PAYABLE = """
SELECT b.id AS bill_id, c.code AS customer_code, u.code AS unit, b.gross_vnd, b.due_date
FROM billing_bill b JOIN customers_agreement a ON a.id = b.agreement_id
JOIN customers_customer c ON c.id = a.customer_id JOIN organisation_unit u ON u.id = b.unit_id
WHERE b.period_to > $1 AND b.period_to <= $2 AND b.state = ANY($3) AND b.gross_vnd > 0
ORDER BY c.code, a.code, b.period_from
"""


def payable_bills(period: Period) -> pl.DataFrame:
    """Return the issued bills of a period, paid or not, in the order of customer codes.

    One row per bill: bill_id, customer_code, unit (code), gross_vnd (đồng), due_date. Paid bills
    are included so that payments which are simulated again after a kill are the same payments.
    """
    return read(PAYABLE, (period.start, period.end, owed_states()))


def has_partner(code: str) -> bool:
    """Tell whether a partner of this code is in the books."""
    return Partner.objects.filter(code=code).exists()
