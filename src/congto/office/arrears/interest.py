"""Late interest: counted anew from the whole life of each bill, what is new is posted.

A charge is the interest of a bill up to a day less what was charged for it before. So a payment
that is dated back, or a bill that is cancelled, takes too much interest back with the next charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection

from congto.engines.arrears import PRINCIPAL, late_interest
from congto.office.arrears.cases import rules
from congto.office.billing.choices import BillState
from congto.office.control.audit import record
from congto.office.ledger import journals
from congto.office.ledger import rules as posting
from congto.office.ledger.accounts import LedgerUnit
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.ledger.operations import ensure_accounts
from congto.office.organisation.models import Unit
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.money import Dong


@dataclass(frozen=True, slots=True)
class Charged:
    """What a charge up to a day did: bills looked at, charges posted, and their sum."""

    until: date
    bills: int
    charges: int
    amount_vnd: Dong


# Bills that were late: something was posted on them after their due date, or is owed still. What
# was given up earns no more interest. One pass over the receivables of all units.
LATE = f"""
WITH owed AS (
    SELECT p.item, sum(p.amount_vnd) AS owed_vnd, max(j.accounting_date) AS last_on
    FROM ledger_posting p
    JOIN ledger_account a ON a.id = p.account_id AND a.unit_id = ANY($1) AND a.kind IN
        ('{AccountKind.RECEIVABLE.value}', '{AccountKind.RECEIVABLE_VAT.value}')
    JOIN ledger_journal j ON j.id = p.journal_id
    WHERE p.item IS NOT NULL GROUP BY p.item
)
SELECT b.id AS bill_id, b.agreement_id, b.unit_id, b.due_date,
    b.state = {BillState.CANCELLED.value} AS cancelled
FROM owed o JOIN billing_bill b ON b.id = o.item AND b.due_date < $2 AND b.gross_vnd > 0
WHERE (o.owed_vnd > 0 OR o.last_on > b.due_date)
    AND NOT EXISTS (SELECT FROM arrears_writeoff w WHERE w.bill_id = b.id)
"""  # noqa: S608  (constants, no input)

CHARGED = """
SELECT bill_id, sum(amount_vnd)::bigint AS charged_vnd, max(until) AS charged_to
FROM arrears_interestcharge WHERE bill_id = ANY($1) GROUP BY bill_id
"""
GIVEN_UP = "SELECT bill_id FROM arrears_writeoff WHERE bill_id = ANY($1)"
PRINCIPALS = f"""
SELECT p.item AS bill_id, j.accounting_date AS day, sum(p.amount_vnd)::bigint AS amount_vnd
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id AND a.kind IN
    ('{AccountKind.RECEIVABLE.value}', '{AccountKind.RECEIVABLE_VAT.value}')
JOIN ledger_journal j ON j.id = p.journal_id
WHERE p.item = ANY($1) GROUP BY 1, 2
"""  # noqa: S608  (constants, no input)


def charge_interest(
    until: date, *, at: datetime, user: User | None = None, units: Sequence[int] | None = None
) -> Charged:
    """Charge the interest of all bills that were late, up to a day; each unit is one transaction.

    Charging up to the same day again does nothing, nor does charging up to an earlier one.

    Raises:
        RefusedError: the day lies in the future.
    """
    today = at.astimezone(LOCAL_ZONE).date()
    if until > today:
        raise RefusedError(f"interest up to {until}", expected=f"a day not after {today}")
    rows = Unit.objects.filter(account__kind=AccountKind.RECEIVABLE).order_by("pk").distinct()
    if units is not None:
        rows = rows.filter(pk__in=units)
    chosen = list(rows)
    ensure_accounts(LedgerUnit(unit.pk, unit.code, unit.name) for unit in chosen)
    with bulk() as books:
        late = books.read(LATE, ([unit.pk for unit in chosen], until))
    charges = amount = 0
    for unit in chosen:
        with bulk() as books:
            made = _charge_unit(books, unit.pk, late.filter(unit_id=unit.pk), until, today)
        charges += made.height
        amount += int(made["amount_vnd"].sum())
    record(
        user, "arrears.interest", "arrears", until.isoformat(), unit=None, at=at,
        after={"charges": charges, "amount_vnd": amount},
    )  # fmt: skip
    return Charged(until, late.height, charges, amount)


def _charge_unit(books: Bulk, unit: int, late: pl.DataFrame, until: date, on: date) -> pl.DataFrame:
    """Post what is new for a unit's late bills; return the charges."""
    books.read("SELECT pg_advisory_xact_lock($1::int, $2::int) IS NULL AS held", (LOCK, unit))
    new = _new(books, late, until)
    made = new.with_columns(
        books.take_ids("arrears_interestcharge", new.height).alias("id"),
        pl.lit(until).alias("until"),
    )
    columns = ("id", "bill_id", "agreement_id", "unit_id", "until", "total_vnd", "amount_vnd")
    books.copy("arrears_interestcharge", made.select(columns))
    accounts = journals.accounts_of_units(journals.accounts(books)).filter(unit_id=unit)
    events = made.select(
        pl.col("id").alias("source"),
        pl.col("agreement_id").alias("party"),
        pl.col("bill_id").alias("item"),
        "amount_vnd",
        pl.lit(on).alias("accounting_date"),
        *(
            pl.lit(accounts[name].item(), dtype=pl.Int64()).alias(name)
            for name in ("late_interest", "interest_income")
        ),
    )
    journals.write(
        books,
        JournalKind.LATE_INTEREST,
        events.select("source", "accounting_date"),
        posting.late_interest(events),
    )
    return made


LOCK = 0x1A7E
"""Two charges of one unit at once would both find the same interest uncharged; and a debt that is
given up meanwhile would keep the interest that is charged after it."""


def hold_charges(unit: int) -> None:
    """Let nobody charge interest in a unit before the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, unit])


def _new(books: Bulk, late: pl.DataFrame, until: date) -> pl.DataFrame:
    """Add to late bills their interest up to the day, and keep those where something is new."""
    bills = (late["bill_id"].to_list(),)
    principal = books.read(PRINCIPALS, bills).join(
        late.filter(~pl.col("cancelled")).select("bill_id", "due_date"), on="bill_id"
    )
    totals = late_interest(PRINCIPAL.check(principal), rules().rates, until)
    charged = books.read(CHARGED, bills)
    known = late.join(totals, on="bill_id", how="left").join(charged, on="bill_id", how="left")
    new = known.with_columns(
        pl.col("interest_vnd").fill_null(0).alias("total_vnd"), pl.col("charged_vnd").fill_null(0)
    ).with_columns(amount_vnd=pl.col("total_vnd") - pl.col("charged_vnd"))
    later = (pl.col("charged_to") > until).fill_null(value=False)
    kept = new.filter((pl.col("amount_vnd") != 0) & ~later)
    # Looked at again inside the lock, which whoever gives a debt up holds too.
    given_up = books.read(GIVEN_UP, bills)
    return kept.join(given_up, on="bill_id", how="anti").sort("bill_id")
