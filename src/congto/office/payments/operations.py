"""Posting what partners collected: each payment once, each with its journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction

from congto.office.ledger import journals, rules
from congto.office.ledger.accounts import LedgerPartner, collecting_account_code
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.operations import ensure_accounts
from congto.office.payments.acceptance import REJECTIONS, REPORTED, Known, judge
from congto.office.payments.choices import PartnerKind
from congto.office.payments.models import Partner
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.findings import Severity
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from congto.office.payments.acceptance import Verdict
    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.money import Dong

    Progress = Callable[[str, int, int], None]
    """progress(what, done, total)"""

PAYMENTS_PER_CHUNK = 50_000
"""Payments that one transaction posts."""


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What became of the reported payments: received = posted + repeated + rejected.

    Attributes:
        received: rows handed over.
        posted / posted_vnd: payments that are in the books now and were not before, and their sum.
        repeated: rows that the books already hold, equal in content.
        rejected: one row per payment refused: row (from 1), partner_code, partner_txn_id, rule,
            sentence.
    """

    received: int
    posted: int
    posted_vnd: Dong
    repeated: int
    rejected: pl.DataFrame


@transaction.atomic
def load_partners(partners: Iterable[Mapping[str, Any]]) -> int:
    """Enter partners (code, name, kind, bank_account) and open their ledger accounts.

    Idempotent: a known code takes the new name, kind and bank account. Other keys are ignored.
    Answers how many partners there are now.
    """
    rows = [_partner(given) for given in partners]
    Partner.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind", "bank_account"],
    )
    ensure_accounts(
        partners=[
            LedgerPartner(row.code, row.name, row.kind == PartnerKind.COUNTER, row.bank_account)
            for row in rows
        ]
    )
    return Partner.objects.count()


def _partner(given: Mapping[str, Any]) -> Partner:
    missing = [key for key in ("code", "name", "kind", "bank_account") if not given.get(key)]
    if missing:
        raise InvalidInputError(
            f"partner {given.get('code')!r} lacks {', '.join(missing)}",
            expected="code, name, kind and bank_account",
        )
    if given["kind"] not in PartnerKind.values:
        raise InvalidInputError(
            f"partner {given['code']} has the kind {given['kind']!r}",
            expected=", ".join(PartnerKind.values),
        )
    return Partner(**{key: given[key] for key in ("code", "name", "kind", "bank_account")})


def post_payments(
    frame: pl.DataFrame, *, at: datetime, progress: Progress | None = None
) -> PaymentReport:
    """Post reported payments, each once, whatever is repeated and however often this is called.

    The key of a payment is its partner and the partner's own number. Good rows are posted with
    their journal (Dr collecting account, Cr receivable, Cr receivable VAT), bad rows are listed and
    kept as findings; a chunk of rows is one transaction.

    Args:
        frame: REPORTED: one row per payment: partner_code, partner_txn_id, bill_id, customer_code,
            amount_vnd (whole đồng, the whole bill), paid_at (UTC), channel.
        at: when the operation happens.
        progress: is called with (what, rows done, rows in all).
    """
    reported = REPORTED.check(frame).with_row_index("row", offset=1)
    posted = repeated = amount = 0
    rejected = [REJECTIONS.empty()]
    for start in range(0, reported.height, PAYMENTS_PER_CHUNK):
        chunk = reported.slice(start, PAYMENTS_PER_CHUNK)
        with bulk() as books:
            verdict = post_within(books, chunk)
            _keep_findings(books, verdict.rejected, at=at)
        posted += verdict.accepted.height
        amount += int(verdict.accepted["amount_vnd"].sum())
        repeated += verdict.repeated.height
        rejected.append(verdict.rejected)
        if progress:
            progress("", start + chunk.height, reported.height)
    return PaymentReport(reported.height, posted, amount, repeated, pl.concat(rejected))


def post_within(books: Bulk, reported: pl.DataFrame) -> Verdict:
    """Post reported payments inside the transaction of the caller; what is refused is only told.

    Args:
        books: the transaction.
        reported: REPORTED with `row`, a number of each row.
    """
    verdict = judge(reported, _known(books, reported))
    _write(books, verdict.accepted)
    return verdict


# Bills are locked in the order of their numbers, so that two postings of the same bills wait for
# each other and never both find them unpaid.
LOCK_BILLS = "SELECT id FROM billing_bill WHERE id = ANY($1) ORDER BY id FOR UPDATE"

# What is owed on a bill is less by what was moved to it from a bill whose place it took, by what a
# deposit paid of it, and by what was given up. Few bills have any of these: only they are summed.
MOVED = ", ".join(
    str(kind.value)
    for kind in (JournalKind.TRANSFER, JournalKind.WRITE_OFF, JournalKind.DEPOSIT_APPLIED)
)
BILLS = f"""
SELECT b.id AS bill_id, b.agreement_id, b.unit_id, b.state,
    b.net_vnd + coalesce(moved.net_vnd, 0) AS net_vnd,
    b.vat_vnd + coalesce(moved.vat_vnd, 0) AS vat_vnd,
    b.gross_vnd + coalesce(moved.net_vnd + moved.vat_vnd, 0) AS gross_vnd, c.code AS bill_customer
FROM billing_bill b
JOIN customers_agreement a ON a.id = b.agreement_id
JOIN customers_customer c ON c.id = a.customer_id
LEFT JOIN LATERAL (
    SELECT coalesce(sum(p.amount_vnd) FILTER (
            WHERE k.kind = '{AccountKind.RECEIVABLE.value}'), 0)::bigint AS net_vnd,
        coalesce(sum(p.amount_vnd) FILTER (
            WHERE k.kind = '{AccountKind.RECEIVABLE_VAT.value}'), 0)::bigint AS vat_vnd
    FROM ledger_posting p JOIN ledger_journal j ON j.id = p.journal_id
    JOIN ledger_account k ON k.id = p.account_id
    WHERE p.item = b.id AND j.kind IN ({MOVED})
) moved ON b.original_id IS NOT NULL OR b.id IN (
    SELECT p.item FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id
    WHERE j.kind IN ({MOVED}) AND p.item IS NOT NULL)
WHERE b.id = ANY($1)
"""  # noqa: S608  (constants of this file, no input)

PAID_BILLS = """
SELECT bill_id FROM payments_payment WHERE bill_id = ANY($1)
GROUP BY bill_id HAVING sum(amount_vnd) > 0
"""

HELD = """
SELECT q.code AS partner_code, p.partner_txn_id, p.bill_id, p.amount_vnd, p.paid_at, p.channel
FROM payments_payment p JOIN payments_partner q ON q.id = p.partner_id
WHERE p.partner_txn_id = ANY($1) AND p.reverses_id IS NULL
"""

PARTNERS = "SELECT id AS partner_id, code AS partner_code, kind FROM payments_partner"


def _known(books: Bulk, chunk: pl.DataFrame) -> Known:
    """Lock and read what the books hold about a chunk's bills and payments."""
    bills = chunk["bill_id"].drop_nulls().unique().sort().to_list()
    numbers = chunk["partner_txn_id"].drop_nulls().unique().to_list()
    books.execute("SET LOCAL enable_seqscan = off")  # few keys in large tables: look them up
    books.read(LOCK_BILLS, (bills,))
    chart = journals.accounts(books)
    partners = books.read(PARTNERS)
    codes = [
        collecting_account_code(code, is_counter=kind == PartnerKind.COUNTER)
        for code, kind in partners.select("partner_code", "kind").iter_rows()
    ]
    partners = partners.with_columns(pl.Series("collecting_code", codes, dtype=pl.String()))
    collecting = chart.select(collecting_code="code", collecting="account_id")
    of_units = journals.accounts_of_units(chart).select("unit_id", "receivable", "receivable_vat")
    return Known(
        partners=partners.join(collecting, on="collecting_code", how="left"),
        bills=books.read(BILLS, (bills,)).join(of_units, on="unit_id", how="left"),
        paid=books.read(PAID_BILLS, (bills,)),
        held=books.read(HELD, (numbers,)),
    )


def _write(books: Bulk, accepted: pl.DataFrame) -> None:
    """Write accepted payments and their journals."""
    ids = books.take_ids("payments_payment", accepted.height)
    local_day = pl.col("paid_at").dt.convert_time_zone(LOCAL_ZONE.key).dt.date()
    payments = accepted.with_columns(ids.alias("id"), accounting_date=local_day)
    books.copy(
        "payments_payment",
        payments.select(
            "id",
            "partner_id",
            "partner_txn_id",
            "bill_id",
            "agreement_id",
            "unit_id",
            "amount_vnd",
            "paid_at",
            "accounting_date",
            "channel",
        ),
    )
    events = payments.with_columns(source="id", party="agreement_id", item="bill_id")
    journals.write(
        books,
        JournalKind.PAYMENT,
        events.select("source", "accounting_date"),
        rules.payment(events),
    )


KEEP_FINDINGS = """
INSERT INTO control_findingrecord (rule, severity, subject_kind, subject, observed, expected, text,
    state, found_at)
SELECT f.rule, $1, 'payment', left(f.subject, 120), left(f.sentence, 240), left(f.expected, 240),
    left(f.sentence, 400), 'open', $2
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])
    AS f (rule, subject, sentence, expected)
ON CONFLICT (rule, subject, period_from, period_to) DO NOTHING
"""


def _keep_findings(books: Bulk, rejected: pl.DataFrame, *, at: datetime) -> None:
    if rejected.is_empty():
        return
    subject = pl.concat_str(pl.col("partner_code", "partner_txn_id").fill_null("-"), separator="/")
    columns = rejected.select("rule", subject, "sentence", "expected").to_dict(as_series=False)
    books.execute(KEEP_FINDINGS, (Severity.REJECT.value, at, *columns.values()))
