"""Reading settlement: days that do not agree, bank lines, and what those in suspense may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from congto.office.settlement.choices import DayState, LineState, ProposalState
from congto.office.settlement.models import BankStatementLine, MatchProposal, SettlementDay

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from congto.vocabulary.money import Dong


def days_that_differ(first: date, end: date) -> QuerySet[SettlementDay]:
    """Return the partner days in [first, end) whose bank credits are not what was collected."""
    days = SettlementDay.objects.filter(day__gte=first, day__lt=end, state=DayState.DIFFERENCE)
    return days.select_related("partner").order_by("day", "partner__code")


def bank_lines(state: str = "") -> QuerySet[BankStatementLine]:
    """Return bank lines, in suspense the oldest first, else the newest first."""
    lines = BankStatementLine.objects.select_related("partner")
    if state == LineState.SUSPENSE:
        return lines.filter(state=state).order_by("booking_date", "id")
    return (lines.filter(state=state) if state else lines).order_by("-booking_date", "-id")


def proposals_of(line: int) -> QuerySet[MatchProposal]:
    """Return the open proposals for a line, the likeliest first."""
    found = MatchProposal.objects.filter(lines__contains=[line], state=ProposalState.OPEN)
    return found.select_related("partner").order_by("rank", "id")


def with_proposals(lines: list[int]) -> dict[int, int]:
    """Return how many open proposals each of these lines has; those without are absent."""
    found: dict[int, int] = {}
    open_ = MatchProposal.objects.filter(lines__overlap=lines, state=ProposalState.OPEN)
    for numbers in open_.values_list("lines", flat=True):
        for line in set(numbers) & set(lines):
            found[line] = found.get(line, 0) + 1
    return found


INVOICES = """
SELECT s.symbol || '-' || b.invoice_no, c.code, c.name, o.net + o.vat
FROM billing_bill b JOIN billing_invoiceseries s ON s.id = b.series_id
JOIN customers_agreement a ON a.id = b.agreement_id JOIN customers_customer c
    ON c.id = a.customer_id
CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o WHERE b.id = ANY(%s) ORDER BY b.due_date, b.id
"""


class Owed(NamedTuple):
    """A bill of a proposal with what is owed on it now, whole đồng."""

    invoice: str
    customer: str
    name: str
    owed_vnd: Dong


def bills_of(proposal: MatchProposal) -> list[Owed]:
    """Return the bills of a proposal, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(INVOICES, [proposal.bills])
        return [Owed(*row) for row in cursor.fetchall()]
