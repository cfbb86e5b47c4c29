"""The sum checks of a month: each side is counted from its own book, by a path of its own.

| Check | Left | Right |
|---|---|---|
| usage_is_readings | usage, as billing took it | dials: (closing - opening) x multiplier |
| bills_are_ledger | gross of the issued bills | debits of both receivables by their journals |
| revenue_is_ledger | net of the issued bills | credits of revenue |
| vat_is_ledger | VAT of the issued bills | credits of VAT payable |
| payments_are_statements | payments | bank credits that name the same partners and days |
| energy_closes | billed + usage without a bill + bulk + loss | received |
| ledger_sums_to_zero | all debits | all credits |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.billing.choices import owed_states
from congto.office.ledger.choices import AccountKind, JournalKind
from congto.office.meterdata.choices import RegisterKind
from congto.office.scorecard.choices import CheckName

if TYPE_CHECKING:
    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.periods import Period


@dataclass(frozen=True, slots=True)
class Check:
    """Both sides of one check in its measure (Wh or VND), and whether they agree."""

    name: CheckName
    left: int
    right: int
    measure: str
    agrees: bool


def run(books: Bulk, period: Period) -> list[Check]:
    """Run every check of the month."""
    return [
        _usage_is_readings(books, period),
        *_bills_are_ledger(books, period),
        _payments_are_statements(books, period),
        _energy_closes(books, period),
        _ledger_sums_to_zero(books),
    ]


def _check(name: CheckName, left: int | None, right: int | None, measure: str) -> Check:
    return Check(name, left or 0, right or 0, measure, (left or 0) == (right or 0))


# The usage in force of every agreement, and nothing about how it was determined.
CURRENT_USAGE = """
SELECT DISTINCT ON (agreement_id, period_from) agreement_id, period_from, period_to, energy_wh
FROM meterdata_usage WHERE period_to > $1 AND period_to <= $2
ORDER BY agreement_id, period_from, version DESC
"""

# First and last dial of each meter at each point of an agreement with a usage; a dial that ran past
# its last digit counts on from zero. A three-rate meter counts by its bands. Added up per agreement
# and register, and rounded there to whole kWh, halves up, which is the documented rounding. An
# agreement without usage (a rejected or missing reading) has a finding and is on neither side.
DIALS = f"""
WITH used AS ({CURRENT_USAGE}),
latest AS (
    SELECT DISTINCT ON (r.usage_point_id, r.register, r.read_on, r.meter_id)
        u.agreement_id, u.period_from, r.usage_point_id, r.meter_id, r.register, r.read_on,
        r.index_wh
    FROM used u JOIN meters_usagepoint p ON p.agreement_id = u.agreement_id
    JOIN meterdata_registerreading r ON r.usage_point_id = p.id
        AND r.read_on >= u.period_from AND r.read_on <= u.period_to
    WHERE r.register <> {RegisterKind.REACTIVE.value}
    ORDER BY r.usage_point_id, r.register, r.read_on, r.meter_id, r.version DESC
),
ends AS (
    SELECT agreement_id, period_from, usage_point_id, meter_id, register,
        (array_agg(index_wh ORDER BY read_on))[1] AS opening,
        (array_agg(index_wh ORDER BY read_on DESC))[1] AS closing,
        min(read_on) AS opened_on, max(read_on) AS closed_on
    FROM latest GROUP BY 1, 2, 3, 4, 5
),
sums AS (
    SELECT e.agreement_id, e.period_from, e.register, sum(i.multiplier * (
        e.closing - e.opening + CASE WHEN e.closing < e.opening
            THEN (10 ^ (m.dial_digits + 3))::bigint ELSE 0 END)) AS energy_wh
    FROM ends e JOIN meters_meter m ON m.id = e.meter_id
    JOIN meters_meterinstallation i ON i.meter_id = e.meter_id
        AND i.usage_point_id = e.usage_point_id AND i.valid_from <= e.opened_on
        AND (i.valid_to IS NULL OR i.valid_to >= e.closed_on)
    WHERE m.three_rate = (e.register <> {RegisterKind.TOTAL.value})
    GROUP BY 1, 2, 3
)
SELECT sum((energy_wh + 500)::bigint / 1000 * 1000)::bigint AS energy_wh FROM sums
"""  # noqa: S608  (constants of this file, no input)


def _usage_is_readings(books: Bulk, period: Period) -> Check:
    span = (period.start, period.end)
    used = int(books.read(CURRENT_USAGE, span)["energy_wh"].sum())
    return _check(CheckName.USAGE_IS_READINGS, used, books.read(DIALS, span).item(), "Wh")


BILLED = """
SELECT sum(gross_vnd)::bigint AS gross_vnd, sum(net_vnd)::bigint AS net_vnd,
    sum(vat_vnd)::bigint AS vat_vnd
FROM billing_bill WHERE period_to > $1 AND period_to <= $2 AND state = ANY($3)
"""

# The journals of the bills' issuances, less those that took a bill back. An issuance belongs to one
# run or correction, so all its bills lie in the period or none does.
POSTED = f"""
WITH billed AS (
    SELECT id, issuance_id FROM billing_bill
    WHERE period_to > $1 AND period_to <= $2 AND issuance_id IS NOT NULL
), journals AS (
    SELECT id FROM ledger_journal
    WHERE kind IN ({JournalKind.BILL.value}, {JournalKind.BILL_ADJUSTED.value})
        AND source IN (SELECT issuance_id FROM billed)
    UNION ALL
    SELECT id FROM ledger_journal WHERE kind = {JournalKind.BILL_CANCELLED.value}
        AND source IN (SELECT id FROM billed)
)
SELECT a.kind, sum(p.amount_vnd)::bigint AS amount_vnd
FROM journals j JOIN ledger_posting p ON p.journal_id = j.id
JOIN ledger_account a ON a.id = p.account_id GROUP BY a.kind
"""  # noqa: S608  (constants of this file, no input)


def _bills_are_ledger(books: Bulk, period: Period) -> list[Check]:
    span = (period.start, period.end)
    billed = books.read(BILLED, (*span, owed_states())).row(0, named=True)
    posted = dict(books.read(POSTED, span).iter_rows())
    owed = posted.get(AccountKind.RECEIVABLE, 0) + posted.get(AccountKind.RECEIVABLE_VAT, 0)
    revenue = -posted.get(AccountKind.REVENUE, 0)
    vat = -posted.get(AccountKind.VAT_PAYABLE, 0)
    return [
        _check(CheckName.BILLS_ARE_LEDGER, billed["gross_vnd"], owed, "VND"),
        _check(CheckName.REVENUE_IS_LEDGER, billed["net_vnd"], revenue, "VND"),
        _check(CheckName.VAT_IS_LEDGER, billed["vat_vnd"], vat, "VND"),
    ]


# Partners' days on which a bill of the period was paid; on such a day all payments count, because
# the bank credits a day as one sum.
PAID_DAYS = """
WITH days AS (
    SELECT DISTINCT p.partner_id, p.accounting_date AS day
    FROM payments_payment p JOIN billing_bill b ON b.id = p.bill_id
    WHERE b.period_to > $1 AND b.period_to <= $2
)
SELECT sum(paid)::bigint AS paid, sum(credited)::bigint AS credited,
    count(*) FILTER (WHERE paid <> credited) AS different
FROM (
    SELECT coalesce((SELECT sum(amount_vnd) FROM payments_payment p
            WHERE p.partner_id = d.partner_id AND p.accounting_date = d.day), 0) AS paid,
        coalesce((SELECT sum(amount_vnd) FROM settlement_bankstatementline s
            WHERE s.partner_id = d.partner_id AND s.day = d.day), 0) AS credited
    FROM days d
) sums
"""


def _payments_are_statements(books: Bulk, period: Period) -> Check:
    """Agrees only when every partner's day does: 5 short and 5 over do not cancel out."""
    sums = books.read(PAID_DAYS, (period.start, period.end)).row(0, named=True)
    return Check(
        CheckName.PAYMENTS_ARE_STATEMENTS,
        sums["paid"] or 0,
        sums["credited"] or 0,
        "VND",
        agrees=sums["different"] == 0,
    )


ENERGY = f"""
WITH used AS ({CURRENT_USAGE})
SELECT
    (SELECT sum(energy_wh) FROM billing_bill
        WHERE period_to > $1 AND period_to <= $2 AND state = ANY($3))::bigint AS billed,
    (SELECT sum(energy_wh) FROM used u WHERE NOT EXISTS (
        SELECT FROM billing_bill b WHERE b.agreement_id = u.agreement_id
            AND b.period_from = u.period_from AND b.state = ANY($3)))::bigint AS unbilled,
    (SELECT sum(bulk_wh + loss_wh) FROM losses_energybalance WHERE month = $1)::bigint AS other,
    (SELECT sum(received_wh - passed_on_wh) FROM losses_energybalance
        WHERE month = $1)::bigint AS received
"""  # noqa: S608  (constants of this file, no input)


def _energy_closes(books: Bulk, period: Period) -> Check:
    span = (period.start, period.end, owed_states())
    energy = books.read(ENERGY, span).row(0, named=True)
    left = sum(energy[name] or 0 for name in ("billed", "unbilled", "other"))
    return _check(CheckName.ENERGY_CLOSES, left, energy["received"], "Wh")


LEDGER = """
SELECT sum(amount_vnd) FILTER (WHERE amount_vnd > 0)::bigint AS debits,
    (-sum(amount_vnd) FILTER (WHERE amount_vnd < 0))::bigint AS credits FROM ledger_posting
"""


def _ledger_sums_to_zero(books: Bulk) -> Check:
    sums = books.read(LEDGER).row(0, named=True)
    return _check(CheckName.LEDGER_SUMS_TO_ZERO, sums["debits"], sums["credits"], "VND")
