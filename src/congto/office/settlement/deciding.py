"""A person's word on a bank line in suspense: confirm a proposal, reject it, or name the bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.db import connection, transaction
from django.utils.translation import gettext as _

from congto.office.control.operations import record
from congto.office.settlement.choices import LineState, ProposalState
from congto.office.settlement.clearing import BILL, Clearing, clear, ensure_transfer_partner
from congto.office.settlement.explaining import key_of
from congto.office.settlement.models import BankStatementLine, MatchProposal
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.money import Dong

BY_PERSON = "PERSON"

PROPOSAL = """
SELECT lines, bills, partner_id, day, state FROM settlement_matchproposal WHERE id = $1 FOR UPDATE
"""

BILLS = """
SELECT b.id AS bill_id, c.code AS customer_code, (o.net + o.vat)::bigint AS bill_vnd
FROM billing_bill b JOIN customers_agreement a ON a.id = b.agreement_id
JOIN customers_customer c ON c.id = a.customer_id
CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o WHERE b.id = ANY($1) ORDER BY b.id
"""

LINES = "SELECT id AS line, amount_vnd FROM settlement_bankstatementline WHERE id = ANY($1)"

DECIDE = """
UPDATE settlement_matchproposal SET state = $2, decided_by_id = $3, decided_at = $4 WHERE id = $1
"""

OTHERS = """
UPDATE settlement_matchproposal SET state = 'stale'
WHERE state = 'open' AND id <> $1 AND (lines && $2::bigint[] OR bills && $3::bigint[])
"""


def confirm(proposal: int, *, user: User, at: datetime) -> None:
    """Take the lines of a proposal out of suspense as it says; others about them lapse.

    Raises:
        RefusedError: it is decided, the sums differ by now, or a bill was paid meanwhile.
    """
    account = _account_of(proposal)
    ensure_transfer_partner(account)
    with bulk() as books:
        given = books.read(PROPOSAL, (proposal,)).row(0, named=True)
        if given["state"] != ProposalState.OPEN.value:
            raise RefusedError(_("Đề xuất đã được quyết định"), action=_("tải lại danh sách"))
        lines = books.read(LINES, (given["lines"],))
        clear(books, _clearing(books, given, lines), at=at)
        books.execute(DECIDE, (proposal, ProposalState.CONFIRMED.value, user.pk, at))
        books.execute(OTHERS, (proposal, given["lines"], given["bills"]))
    record(
        user, "match.confirm", "match_proposal", str(proposal), unit=None,
        after={"lines": given["lines"], "bills": given["bills"]}, at=at,
    )  # fmt: skip


def _account_of(proposal: int) -> str:
    found = MatchProposal.objects.get(pk=proposal)
    return BankStatementLine.objects.get(pk=found.lines[0]).bank_account


def _clearing(books: Bulk, given: dict[str, object], lines: pl.DataFrame) -> Clearing:
    """Return what a proposal clears, or refuse where lines and bills are not equal."""
    no_days = pl.DataFrame(schema={"line": pl.Int64(), "partner_id": pl.Int64(), "day": pl.Date()})
    if given["partner_id"] is not None:
        days = lines.select(
            "line",
            partner_id=pl.lit(given["partner_id"], dtype=pl.Int64()),
            day=pl.lit(given["day"], dtype=pl.Date()),
        )
        return Clearing(BILL.empty(), days)
    bills = books.read(BILLS, (given["bills"],))
    _refuse_difference(int(lines["amount_vnd"].sum()), int(bills["bill_vnd"].sum()))
    return Clearing(BILL.check(lines.select("line").join(bills, how="cross")), no_days)


def _refuse_difference(lines_vnd: Dong, bills_vnd: Dong) -> None:
    if lines_vnd != bills_vnd:
        raise RefusedError(
            _("Tiền về %(lines)d đồng, hóa đơn còn nợ %(bills)d đồng")
            % {"lines": lines_vnd, "bills": bills_vnd},
            expected=_("hai số bằng nhau"),
            action=_("chọn hóa đơn khác"),
        )


@transaction.atomic
def reject(proposal: int, *, user: User, at: datetime) -> None:
    """Say that a proposal is wrong; it is not made again."""
    found = MatchProposal.objects.select_for_update().get(pk=proposal)
    if found.state != ProposalState.OPEN:
        raise RefusedError(_("Đề xuất đã được quyết định"), action=_("tải lại danh sách"))
    found.state, found.decided_by, found.decided_at = ProposalState.REJECTED, user, at
    found.save()
    record(user, "match.reject", "match_proposal", str(proposal), unit=None, at=at)


def split(line: int, invoices: list[str], *, user: User, at: datetime) -> None:
    """Pay with one line in suspense the bills of these invoice numbers, together its amount.

    Args:
        line: the statement line.
        invoices: as C26TPB-17; each once.
        user: who says so.
        at: now.

    Raises:
        RefusedError: no such invoice, or the sum of what is owed on them is not the line's amount.
    """
    found = BankStatementLine.objects.get(pk=line)
    bills = sorted(_bill_of(invoice) for invoice in dict.fromkeys(invoices))
    if found.state != LineState.SUSPENSE or not bills:
        raise RefusedError(_("Chưa chọn hóa đơn, hoặc dòng không còn chờ xử lý"))
    owed = _owed_on(bills)
    _refuse_difference(found.amount_vnd, owed)
    made, _new = MatchProposal.objects.update_or_create(
        key=key_of([line], bills, None, None),
        defaults={
            "lines": [line], "bills": bills, "rule": BY_PERSON, "rank": 1,
            "why": ", ".join(invoices)[:240], "lines_vnd": found.amount_vnd, "items_vnd": owed,
            "state": ProposalState.OPEN, "proposed_at": at,
        },
    )  # fmt: skip
    confirm(made.pk, user=user, at=at)


OF_INVOICE = """
SELECT b.id FROM billing_bill b JOIN billing_invoiceseries s ON s.id = b.series_id
WHERE s.symbol = %s AND b.invoice_no = %s
"""


def _bill_of(invoice: str) -> int:
    symbol, _dash, number = invoice.strip().upper().rpartition("-")
    with connection.cursor() as cursor:
        if number.isascii() and number.isdigit() and len(number) <= 8:
            cursor.execute(OF_INVOICE, [symbol, int(number)])
            if row := cursor.fetchone():
                return int(row[0])
    raise RefusedError(
        _("Không có hóa đơn “%(number)s”") % {"number": invoice[:24]}, expected="C26TPB-17"
    )


def _owed_on(bills: list[int]) -> Dong:
    """Return what is owed on bills together, whole đồng."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(o.net + o.vat), 0) FROM unnest(%s::bigint[]) AS b (id)"
            " CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o",
            [bills],
        )
        return int(cursor.fetchone()[0])
