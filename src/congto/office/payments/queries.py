"""Reading payments: what can be paid, partners with their quota."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.billing.choices import owed_states
from congto.office.payments.models import (
    Attempt,
    Partner,
    PartnerKey,
    PartnerTerms,
    Payment,
    QuotaEntry,
    RefusedRequest,
)
from congto.office.payments.quota import Standing, standing
from congto.office.storage.bulk import read

if TYPE_CHECKING:
    import polars as pl
    from django.db.models import QuerySet

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


def payments_kept() -> int:
    """Return how many payments the books hold, reversals among them."""
    return Payment.objects.count()


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """A partner as a page shows it; newest entries first."""

    partner: Partner
    standing: Standing
    terms: QuerySet[PartnerTerms]
    keys: QuerySet[PartnerKey]
    entries: QuerySet[QuotaEntry]
    attempts: QuerySet[Attempt]
    refused: QuerySet[RefusedRequest]


def partners_with_quota() -> list[tuple[Partner, Standing]]:
    """Return every partner with its quota now, by code."""
    return [(one, standing(one.pk)) for one in Partner.objects.order_by("code")]


def partner_page(code: str, *, most: int) -> PartnerPage | None:
    """Return a partner with at most so many of its latest rows; None where there is none."""
    partner = Partner.objects.filter(code=code).first()
    if partner is None:
        return None
    return PartnerPage(
        partner,
        standing(partner.pk),
        partner.terms.order_by("-valid_from"),
        partner.keys.defer("sealed").order_by("-valid_from"),
        QuotaEntry.objects.filter(partner=partner).order_by("-id")[:most],
        Attempt.objects.filter(partner=partner).order_by("-id")[:most],
        RefusedRequest.objects.filter(partner_code=code).order_by("-id")[:most],
    )
