"""The month in figures: derived from the other books as often as asked, never typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction

from congto.office.billing.choices import owed_states
from congto.office.payments.choices import PartnerKind
from congto.office.scorecard import checks
from congto.office.scorecard.models import MonthCheck, MonthFigure
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period

FIGURES = (
    "customers",
    "bills",
    "received_wh",
    "bulk_wh",
    "sold_wh",
    "loss_wh",
    "net_vnd",
    "vat_vnd",
    "gross_vnd",
    "collected_vnd",
    "payers",
    "payers_by_partner",
)
"""Figures of MonthFigure; all of them add up from districts to companies to the corporation."""

CUSTOMERS = """
SELECT c.unit_id, count(DISTINCT c.id) AS customers
FROM customers_customer c JOIN customers_agreement a ON a.customer_id = c.id
WHERE a.valid_from < $2 AND (a.valid_to IS NULL OR a.valid_to > $1) GROUP BY c.unit_id
"""

BILLS = """
SELECT unit_id, count(*) AS bills, sum(energy_wh)::bigint AS sold_wh,
    sum(net_vnd)::bigint AS net_vnd, sum(vat_vnd)::bigint AS vat_vnd,
    sum(gross_vnd)::bigint AS gross_vnd
FROM billing_bill WHERE period_to > $1 AND period_to <= $2 AND state = ANY($3) GROUP BY unit_id
"""

# What an element passes on is received again by the one it feeds, so that the received energy of a
# unit is what entered it: received less passed on, over all its elements.
BALANCES = """
SELECT unit_id, sum(received_wh - passed_on_wh)::bigint AS received_wh,
    sum(bulk_wh)::bigint AS bulk_wh, sum(loss_wh)::bigint AS loss_wh
FROM losses_energybalance WHERE month = $1 GROUP BY unit_id
"""

PAYMENTS = """
SELECT b.unit_id, sum(p.amount_vnd)::bigint AS collected_vnd,
    count(DISTINCT a.customer_id) AS payers,
    count(DISTINCT a.customer_id) FILTER (WHERE q.kind = ANY($3)) AS payers_by_partner
FROM payments_payment p JOIN billing_bill b ON b.id = p.bill_id
JOIN customers_agreement a ON a.id = b.agreement_id JOIN payments_partner q ON q.id = p.partner_id
WHERE b.period_to > $1 AND b.period_to <= $2 GROUP BY b.unit_id
"""


def summarise(month: Period, *, at: datetime) -> bool:
    """Work out the month's figures of every unit and its sum checks; answer whether all agree.

    Figures count bills whose closing reading lies in the month, whenever they were paid. A check
    that fails is the finding SCO-001, which closes when the check agrees again.

    Args:
        month: a calendar month.
        at: when this is done.
    """
    with bulk() as books:
        figures = _rolled_up(books, _by_unit(books, month))
        outcome = checks.run(books, month)
        _keep_findings(books, month, outcome, at=at)
    _keep(month, figures, outcome)
    return all(check.agrees for check in outcome)


def _by_unit(books: Bulk, month: Period) -> pl.DataFrame:
    """One row per unit with rows of its own: unit_id and FIGURES."""
    span = (month.start, month.end)
    parts = [
        books.read(CUSTOMERS, span),
        books.read(BILLS, (*span, owed_states())),
        books.read(BALANCES, (month.start,)),
        books.read(PAYMENTS, (*span, [PartnerKind.BANK.value, PartnerKind.INTERMEDIARY.value])),
    ]
    units = books.read("SELECT id AS unit_id FROM organisation_unit")
    for part in parts:
        units = units.join(part, on="unit_id", how="left")
    return units.select("unit_id", pl.col(FIGURES).fill_null(0).cast(pl.Int64()))


def _rolled_up(books: Bulk, own: pl.DataFrame) -> pl.DataFrame:
    """Add to every unit the figures of all units below it: one row per unit of the tree."""
    tree = books.read("SELECT id AS unit_id, code, path FROM organisation_unit")
    above = tree.select("unit_id", code=pl.col("path").str.strip_chars("/").str.split("/"))
    belongs = above.explode("code").join(tree.select("code", ancestor="unit_id"), on="code")
    return (
        belongs.join(own, on="unit_id")
        .group_by(unit_id="ancestor")
        .agg(pl.col(FIGURES).sum())
        .sort("unit_id")
    )


@transaction.atomic
def _keep(month: Period, figures: pl.DataFrame, outcome: list[checks.Check]) -> None:
    """Store figures and checks in the place of those of an earlier run."""
    MonthFigure.objects.bulk_create(
        [MonthFigure(month=month.start, **row) for row in figures.iter_rows(named=True)],
        update_conflicts=True,
        unique_fields=["month", "unit"],
        update_fields=FIGURES,
    )
    MonthCheck.objects.bulk_create(
        [
            MonthCheck(
                month=month.start,
                name=check.name,
                left=check.left,
                right=check.right,
                measure=check.measure,
                agrees=check.agrees,
            )
            for check in outcome
        ],
        update_conflicts=True,
        unique_fields=["month", "name"],
        update_fields=["left", "right", "measure", "agrees"],
    )


KEEP_FINDING = """
INSERT INTO control_findingrecord (rule, severity, subject_kind, subject, period_from, period_to,
    observed, expected, text, state, found_at)
VALUES ('SCO-001', 'warning', 'month_check', $1, $2, $3, $4, $5, $6, 'open', $7)
ON CONFLICT (rule, subject, period_from, period_to) DO UPDATE
    SET observed = excluded.observed, expected = excluded.expected, state = 'open'
"""

CLOSE_FINDING = """
UPDATE control_findingrecord SET state = 'closed' WHERE rule = 'SCO-001' AND subject = $1
    AND period_from = $2 AND period_to = $3 AND state = 'open'
"""


def _keep_findings(
    books: Bulk, month: Period, outcome: list[checks.Check], *, at: datetime
) -> None:
    for check in outcome:
        key = (check.name.value, month.start, month.end)
        if check.agrees:
            books.execute(CLOSE_FINDING, key)
            continue
        text = f"Kiểm tra cuối tháng không khớp: {check.name.label}."
        sides = (f"{check.left} {check.measure}", f"{check.right} {check.measure}")
        books.execute(KEEP_FINDING, (*key, *sides, text, at))
