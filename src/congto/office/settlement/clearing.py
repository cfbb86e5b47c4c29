"""Taking credits out of suspense: they pay bills of customers, or are a partner's day.

A customer's transfer is a payment collected by the bank account itself: the partner TRANSFER. Its
payments and its bank lines meet in one clearing account, so that its days close like any other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.utils.translation import gettext as _

from congto.office.ledger import journals, rules
from congto.office.ledger.accounts import SUSPENSE_CODE
from congto.office.ledger.choices import JournalKind
from congto.office.payments.acceptance import REPORTED
from congto.office.payments.choices import PartnerKind
from congto.office.payments.operations import load_partners, post_within
from congto.office.payments.queries import has_partner
from congto.office.payments.quota import credit_lines
from congto.office.settlement.choices import LineState
from congto.office.settlement.operations import UNKNOWN_CREDIT, partners_with_accounts
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.frames import Frame
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import date

    from congto.office.storage.bulk import Bulk

TRANSFER = "TRANSFER"
CHANNEL = "transfer"

BILL = Frame(
    "cleared_bills",
    "one row per line in suspense and bill that it pays, whole",
    {
        "line": pl.Int64(),
        "bill_id": pl.Int64(),
        "customer_code": pl.String(),
        "bill_vnd": pl.Int64(),
    },
)


@dataclass(frozen=True, slots=True)
class Clearing:
    """What lines in suspense are.

    Attributes:
        bills: BILL. Several lines may pay one bill, or one line several bills.
        days: one row per line that is a partner's: line, partner_id, day.
    """

    bills: pl.DataFrame
    days: pl.DataFrame


def ensure_transfer_partner(bank_account: str) -> None:
    """Make the partner that stands for transfers of customers, if it is not there yet."""
    if not has_partner(TRANSFER):
        load_partners(
            [
                {
                    "code": TRANSFER,
                    "name": "Khách hàng chuyển khoản",
                    "kind": PartnerKind.BANK.value,
                    "bank_account": bank_account,
                }
            ]
        )


LINES = """
SELECT l.id, l.amount_vnd, l.booking_date, l.state,
    l.bank_account || ' ' || l.booking_date || ' ' || left(l.dedupe_key, 12) AS subject
FROM settlement_bankstatementline l WHERE l.id = ANY($1) ORDER BY l.id FOR UPDATE
"""

LAST_CLOSED = "SELECT max(month) AS month FROM ledger_closedperiod"

EXPLAINED = """
UPDATE settlement_bankstatementline l SET state = w.state, partner_id = w.partner_id, day = w.day
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::date[]) AS w (id, state, partner_id, day)
WHERE l.id = w.id
"""

FINDINGS_GONE = """
UPDATE control_findingrecord SET state = 'closed'
WHERE rule = $1 AND state = 'open' AND subject = ANY($2)
"""


def clear(books: Bulk, clearing: Clearing, *, at: datetime) -> None:
    """Post the payments, take the lines out of suspense (Dr suspense, Cr clearing), close findings.

    The caller sees to it that lines and bills have equal sums. A payment counts on the day of the
    bank's booking, or today where that month is closed; taking out of suspense counts today.

    Raises:
        RefusedError: a line is not in suspense any more, or a bill cannot be paid by it.
    """
    numbers = sorted({*clearing.bills["line"], *clearing.days["line"]})
    if not numbers:
        return
    lines = books.read(LINES, (numbers,))
    if lines.height < len(numbers) or not (lines["state"] == LineState.SUSPENSE.value).all():
        raise RefusedError(
            _("Có dòng sao kê không còn ở tài khoản chờ xử lý"),
            action=_("tải lại danh sách"),
        )
    today = at.astimezone(LOCAL_ZONE).date()
    lines = lines.with_columns(counts_on=_open_day(books, today))
    partners = partners_with_accounts(books)
    transfer = partners.filter(pl.col("partner_code") == TRANSFER)["partner_id"].item()
    _pay(books, clearing.bills.join(lines.select("counts_on", line="id"), on="line"))
    named = lines.join(clearing.days.rename({"line": "id"}), on="id", how="left").with_columns(
        state=pl.when(pl.col("partner_id").is_null())
        .then(pl.lit(LineState.CUSTOMER.value))
        .otherwise(pl.lit(LineState.PARTNER.value)),
        partner_id=pl.col("partner_id").fill_null(transfer),
        day=pl.coalesce("day", "counts_on"),
    )
    _leave_suspense(books, named, partners, today)
    columns = [named[name].to_list() for name in ("id", "state", "partner_id", "day")]
    books.execute(EXPLAINED, columns)
    books.execute(FINDINGS_GONE, (UNKNOWN_CREDIT, named["subject"].to_list()))
    credit_lines(books, named.filter(pl.col("partner_id") != transfer), at=at)


def _open_day(books: Bulk, today: date) -> pl.Expr:
    """The booking day, or today where its month is closed."""
    closed = books.read(LAST_CLOSED)["month"].item()
    if closed is None:
        return pl.col("booking_date")
    first_open = (closed.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (
        pl.when(pl.col("booking_date") >= first_open).then("booking_date").otherwise(pl.lit(today))
    )


def _pay(books: Bulk, bills: pl.DataFrame) -> None:
    """Post one payment per bill; of several lines that pay it together, the first names it."""
    first = bills.sort("line", "bill_id").unique("bill_id", keep="first", maintain_order=True)
    if first.is_empty():
        return
    noon = {day: _noon(day) for day in first["counts_on"].unique()}
    reported = first.select(
        partner_code=pl.lit(TRANSFER),
        partner_txn_id=pl.format("{}-{}", "line", "bill_id"),
        bill_id="bill_id",
        customer_code="customer_code",
        amount_vnd="bill_vnd",
        paid_at=pl.col("counts_on").replace_strict(noon, return_dtype=pl.Datetime("us", "UTC")),
        channel=pl.lit(CHANNEL),
    )
    verdict = post_within(books, REPORTED.check(reported).with_row_index("row", offset=1))
    if not verdict.rejected.is_empty():
        raise RefusedError(
            _("Không chấm nợ được: %(sentence)s") % {"sentence": verdict.rejected["sentence"][0]},
            action=_("tìm khớp lại; chưa có gì thay đổi"),
        )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), LOCAL_ZONE).astimezone(UTC)


def _leave_suspense(books: Bulk, lines: pl.DataFrame, partners: pl.DataFrame, today: date) -> None:
    chart = dict(journals.accounts(books).select("code", "account_id").iter_rows())
    to_clear = {
        partner: chart[code]
        for partner, code in partners.select("partner_id", "collecting_code").iter_rows()
    }
    events = lines.select(
        "amount_vnd",
        source="id",
        accounting_date=pl.lit(today),
        suspense=pl.lit(chart[SUSPENSE_CODE], dtype=pl.Int64()),
        counterpart=pl.col("partner_id").replace_strict(to_clear, return_dtype=pl.Int64()),
    )
    journals.write(
        books,
        JournalKind.SUSPENSE_CLEARED,
        events.select("source", "accounting_date"),
        rules.suspense_cleared(events),
    )
