"""Bank statements into the books, and the daily close of every partner."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.engines import matching
from congto.office.ledger import journals, rules
from congto.office.ledger.accounts import (
    SUSPENSE_CODE,
    bank_account_code,
    collecting_account_code,
)
from congto.office.ledger.choices import JournalKind
from congto.office.ledger.operations import ensure_accounts
from congto.office.payments.choices import PartnerKind
from congto.office.payments.quota import credit_lines
from congto.office.settlement.choices import DayState, LineState
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.findings import Severity
from congto.vocabulary.frames import Frame

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.money import Dong

STATEMENT = Frame(
    "statement",
    "one row per line of a bank statement, in the order of the statement",
    {
        "bank_account": pl.String(),
        "booking_date": pl.Date(),
        "amount_vnd": pl.Int64(),  # positive is a credit
        "reference": pl.String(),
        "text": pl.String(),
    },
)

LENGTHS = {"bank_account": 32, "reference": 64, "text": 240}

UNKNOWN_CREDIT, CHANGED_AFTER_CLOSE = "STL-004", "STL-005"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a statement's lines: received = imported + repeated.

    `suspense` counts the imported lines that no exact reference explains; each is a finding.
    """

    received: int
    imported: int
    repeated: int
    suspense: int
    imported_vnd: Dong


@dataclass(frozen=True, slots=True)
class CloseReport:
    """Days looked at, days that closed, days with a difference, and the sum of differences."""

    days: int
    closed: int
    differences: int
    difference_vnd: Dong


def import_statement(frame: pl.DataFrame, *, at: datetime) -> ImportReport:
    """Import a bank statement; lines that are in the books already are left alone.

    A credit whose reference names a partner and a day exactly clears what the partner collected
    (Dr bank, Cr partner clearing, or cash for the counter); any other goes to suspense with the
    finding STL-004. All lines are one transaction.

    Args:
        frame: STATEMENT.
        at: when the operation happens.
    """
    lines = with_dedupe_keys(_checked(frame))
    _open_bank_accounts(lines)
    with bulk() as books:
        books.execute("LOCK TABLE settlement_bankstatementline IN SHARE ROW EXCLUSIVE MODE")
        held = books.read(
            "SELECT dedupe_key FROM settlement_bankstatementline WHERE dedupe_key = ANY($1)",
            (lines["dedupe_key"].to_list(),),
        )
        new = lines.join(held, on="dedupe_key", how="anti", maintain_order="left")
        partners = partners_with_accounts(books)
        new = matching.read_references(
            new, partners.select("partner_id", "partner_code", "bank_account")
        )
        new = new.with_columns(
            books.take_ids("settlement_bankstatementline", new.height).alias("id")
        )
        if not new.is_empty():
            _write(books, new, partners, at=at)
    return ImportReport(
        received=frame.height,
        imported=new.height,
        repeated=frame.height - new.height,
        suspense=new["partner_id"].null_count(),
        imported_vnd=int(new["amount_vnd"].sum()),
    )


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the statement's lines, or refuse a statement that cannot be what the bank wrote."""
    lines = STATEMENT.check(frame).with_row_index("line", offset=1)
    required = pl.col("bank_account", "booking_date", "amount_vnd", "reference", "text")
    too_long = pl.any_horizontal(
        pl.col(name).str.len_chars() > length for name, length in LENGTHS.items()
    )
    bad = lines.filter(
        pl.any_horizontal(required.is_null()) | too_long | (pl.col("amount_vnd") == 0)
    )
    if not bad.is_empty():
        first = bad.row(0, named=True)
        raise InvalidInputError(
            f"statement line {first.pop('line')} is {first}",
            expected=f"every column filled, an amount other than 0, at most {LENGTHS} characters",
            action="a statement is imported whole: get it from the bank again",
        )
    return lines.drop("line")


def with_dedupe_keys(lines: pl.DataFrame) -> pl.DataFrame:
    """Add dedupe_key: SHA-256 over a line's content and its place among identical lines.

    Two equal credits on one day are two credits; the same statement twice is one statement. A
    statement covers a whole day of an account, so that the nth of identical lines is the same line
    in every file that shows it.
    """
    content = ["bank_account", "booking_date", "amount_vnd", "reference", "text"]
    numbered = lines.with_columns(nth=pl.int_range(pl.len()).over(content))
    # The unit separator occurs in no field, so that "a|bc" and "ab|c" stay different.
    whole = numbered.select(
        pl.concat_str(pl.col(*content, "nth").cast(pl.String()), separator="\x1f")
    ).to_series()
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in whole]
    return lines.with_columns(pl.Series("dedupe_key", keys, dtype=pl.String()))


PARTNERS = """
SELECT id AS partner_id, code AS partner_code, kind, bank_account FROM payments_partner
"""


def partners_with_accounts(books: Bulk) -> pl.DataFrame:
    """One row per partner, with the code of the account that its credits clear."""
    partners = books.read(PARTNERS)
    codes = [
        collecting_account_code(code, is_counter=kind == PartnerKind.COUNTER)
        for code, kind in partners.select("partner_code", "kind").iter_rows()
    ]
    return partners.with_columns(pl.Series("collecting_code", codes, dtype=pl.String()))


def _open_bank_accounts(lines: pl.DataFrame) -> None:
    accounts = lines["bank_account"].unique(maintain_order=True).to_list()
    ensure_accounts(bank_accounts=accounts)


def _write(books: Bulk, new: pl.DataFrame, partners: pl.DataFrame, *, at: datetime) -> None:
    """Write new lines, their journals, and a finding for each that goes to suspense."""
    books.copy(
        "settlement_bankstatementline",
        new.select(
            "id",
            *STATEMENT.columns,
            "partner_id",
            "day",
            "dedupe_key",
            state=pl.when(pl.col("partner_id").is_null())
            .then(pl.lit(LineState.SUSPENSE.value))
            .otherwise(pl.lit(LineState.PARTNER.value)),
        ),
    )
    chart = journals.accounts(books)
    numbers = dict(chart.select("code", "account_id").iter_rows())
    to_bank = {name: numbers[bank_account_code(name)] for name in new["bank_account"].unique()}
    to_clear = {
        partner: numbers[code]
        for partner, code in partners.select("partner_id", "collecting_code").iter_rows()
    }
    events = new.with_columns(
        source="id",
        accounting_date="booking_date",
        bank=pl.col("bank_account").replace_strict(to_bank, return_dtype=pl.Int64()),
        counterpart=pl.col("partner_id").replace_strict(
            to_clear, default=numbers[SUSPENSE_CODE], return_dtype=pl.Int64()
        ),
    )
    journals.write(
        books,
        JournalKind.BANK_CREDIT,
        events.select("source", "accounting_date"),
        rules.bank_credit(events),
    )
    credit_lines(books, new.filter(pl.col("partner_id").is_not_null()), at=at)
    unknown = new.filter(pl.col("partner_id").is_null()).select(
        rule=pl.lit(UNKNOWN_CREDIT),
        subject=pl.format(
            "{} {} {}", "bank_account", "booking_date", pl.col("dedupe_key").str.head(12)
        ),
        day="booking_date",
        observed=pl.format("{} đồng, reference {}", "amount_vnd", "reference"),
        expected=pl.lit("reference PARTNER-YYYYMMDD on the partner's own account"),
        text=pl.lit("Tiền về chưa rõ nguồn, đang ở tài khoản chờ xử lý: tra soát với ngân hàng."),
    )
    _keep_findings(books, unknown, at=at)


COLLECTED = """
SELECT partner_id, accounting_date AS day, count(*) AS collected_count,
    sum(amount_vnd)::bigint AS collected_vnd,
    encode(sha256(convert_to(string_agg(partner_txn_id || ':' || amount_vnd, E'\\n'
        ORDER BY partner_txn_id), 'UTF8')), 'hex') AS payments_digest
FROM payments_payment WHERE accounting_date >= $1 AND accounting_date < $2
GROUP BY partner_id, accounting_date
"""

CREDITED = """
SELECT partner_id, day, sum(amount_vnd)::bigint AS credited_vnd,
    string_agg(dedupe_key, ',' ORDER BY dedupe_key) AS credit_keys
FROM settlement_bankstatementline
WHERE partner_id IS NOT NULL AND day >= $1 AND day < $2 GROUP BY partner_id, day
"""

HELD_DAYS = """
SELECT partner_id, day, state AS held_state, snapshot AS held_snapshot
FROM settlement_settlementday WHERE day >= $1 AND day < $2
"""

KEEP_DAYS = """
INSERT INTO settlement_settlementday (partner_id, day, state, collected_count, collected_vnd,
    credited_vnd, difference_vnd, snapshot)
SELECT * FROM unnest($1::bigint[], $2::date[], $3::text[], $4::bigint[], $5::bigint[],
    $6::bigint[], $7::bigint[], $8::text[])
ON CONFLICT (partner_id, day) DO UPDATE SET state = excluded.state,
    collected_count = excluded.collected_count, collected_vnd = excluded.collected_vnd,
    credited_vnd = excluded.credited_vnd, difference_vnd = excluded.difference_vnd,
    snapshot = excluded.snapshot
"""


DAY_COLUMNS = (
    "partner_id",
    "day",
    "state",
    "collected_count",
    "collected_vnd",
    "credited_vnd",
    "difference_vnd",
    "snapshot",
)


def close_days(first: date, end: date, *, at: datetime) -> CloseReport:
    """Settle every partner for the local days [first, end): closed, or a difference and a finding.

    A day carries the SHA-256 of its payments and bank lines. A day that was closed and whose
    payments or credits have changed since does not pass in silence: it gets the finding STL-005.
    A difference that is gone closes its finding.
    """
    with bulk() as books:
        collected = books.read(COLLECTED, (first, end))
        credited = books.read(CREDITED, (first, end))
        settled = matching.settle_days(collected, credited)
        days = _with_snapshots(settled, collected, credited).join(
            books.read(HELD_DAYS, (first, end)), on=["partner_id", "day"], how="left"
        )
        if not days.is_empty():
            books.execute(KEEP_DAYS, [days[name].to_list() for name in DAY_COLUMNS])
        found = _findings(days, partners_with_accounts(books))
        _keep_findings(books, found, at=at)
        _close_findings(books, first, end, found)
    different = days.filter(pl.col("state") == DayState.DIFFERENCE.value)
    return CloseReport(
        days=days.height,
        closed=days.height - different.height,
        differences=different.height,
        difference_vnd=int(different["difference_vnd"].sum()),
    )


def _with_snapshots(
    settled: pl.DataFrame, collected: pl.DataFrame, credited: pl.DataFrame
) -> pl.DataFrame:
    """Add the state of each day and the SHA-256 over its payments and bank lines."""
    key = ["partner_id", "day"]
    days = (
        settled.join(collected.select(*key, "payments_digest"), on=key, how="left")
        .join(credited.select(*key, "credit_keys"), on=key, how="left")
        .with_columns(
            state=pl.when(pl.col("rule").is_null())
            .then(pl.lit(DayState.CLOSED.value))
            .otherwise(pl.lit(DayState.DIFFERENCE.value))
        )
    )
    content = days.select(
        pl.concat_str(pl.col("payments_digest", "credit_keys").fill_null(""), separator="\x1f")
    ).to_series()
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in content]
    return days.with_columns(pl.Series("snapshot", digests, dtype=pl.String()))


def _findings(days: pl.DataFrame, partners: pl.DataFrame) -> pl.DataFrame:
    """One finding per day with a difference, and per closed day that changed afterwards."""
    reopened = (pl.col("held_state") == DayState.CLOSED.value) & (
        pl.col("held_snapshot") != pl.col("snapshot")
    )
    named = days.join(partners.select("partner_id", "partner_code"), on="partner_id", how="left")
    wrong = pl.concat(
        [
            named.filter(pl.col("rule").is_not_null()),
            named.filter(reopened).with_columns(rule=pl.lit(CHANGED_AFTER_CLOSE)),
        ]
    )
    return wrong.select(
        "rule",
        "day",
        subject=pl.format("{} {}", "partner_code", "day"),
        observed=pl.format("credited {} đồng", "credited_vnd"),
        expected=pl.format("collected {} đồng", "collected_vnd"),
        text=pl.col("rule").replace_strict(_TEXT, return_dtype=pl.String()),
    )


_TEXT = {
    matching.days.SHORT: "Ngân hàng báo có thiếu so với số đã thu: tra soát với đối tác.",
    matching.days.OVER: "Ngân hàng báo có thừa so với số đã thu: tra soát với đối tác.",
    matching.days.NO_CREDIT: "Chưa có báo có của ngày thu: nhắc đối tác chuyển tiền.",
    CHANGED_AFTER_CLOSE: "Ngày đã chốt có phát sinh thêm: đối soát lại ngày này.",
}

KEEP_FINDINGS = """
INSERT INTO control_findingrecord (rule, severity, subject_kind, subject, period_from, period_to,
    observed, expected, text, state, found_at)
SELECT f.rule, $1, 'settlement', f.subject, f.day, f.day + 1, f.observed, f.expected, f.text,
    'open', $2
FROM unnest($3::text[], $4::text[], $5::date[], $6::text[], $7::text[], $8::text[])
    AS f (rule, subject, day, observed, expected, text)
ON CONFLICT (rule, subject, period_from, period_to) DO UPDATE
    SET observed = excluded.observed, expected = excluded.expected, state = 'open'
"""

CLOSE_FINDINGS = """
UPDATE control_findingrecord SET state = 'closed'
WHERE subject_kind = 'settlement' AND rule = ANY($1) AND state = 'open'
    AND period_from >= $2 AND period_from < $3 AND NOT subject = ANY($4)
"""


def _keep_findings(books: Bulk, found: pl.DataFrame, *, at: datetime) -> None:
    if found.is_empty():
        return
    columns = ("rule", "subject", "day", "observed", "expected", "text")
    values = (found[name].to_list() for name in columns)
    books.execute(KEEP_FINDINGS, (Severity.WARNING.value, at, *values))


def _close_findings(books: Bulk, first: date, end: date, found: pl.DataFrame) -> None:
    """Close the findings of differences that are gone."""
    for rule in (matching.days.SHORT, matching.days.OVER, matching.days.NO_CREDIT):
        still = found.filter(pl.col("rule") == rule)["subject"].to_list()
        books.execute(CLOSE_FINDINGS, ([rule], first, end, still or [""]))
