"""What credits in suspense may be: reads their texts, keeps what is certain, proposes the rest.

A credit goes to suspense when it is imported. Here its text is read: the bills of customers and the
days of partners that it names are paired with it. What is certain leaves suspense at once, what is
not becomes a proposal for a person. Running it again does nothing that was done.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from congto.engines import matching
from congto.engines.matching.references import REFERENCE
from congto.office.billing.choices import owed_states
from congto.office.settlement.clearing import BILL, Clearing, clear, ensure_transfer_partner
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.storage.bulk import Bulk


@dataclass(frozen=True, slots=True)
class ExplainReport:
    """Credits that were in suspense, how many of them were certain, and open proposals now."""

    looked_at: int
    cleared: int
    proposals: int


WAITING = """
SELECT id AS line, bank_account, booking_date, amount_vnd, reference || ' ' || text AS text
FROM settlement_bankstatementline WHERE state = 'suspense' AND amount_vnd > 0 ORDER BY id
"""

BILLS = """
WITH invoice AS (
    SELECT * FROM unnest($3::text[], $4::bigint[]) AS w (symbol, number)
), customer AS (
    SELECT id FROM customers_customer WHERE code = ANY($1) OR phone = ANY($2)
    UNION
    SELECT a.customer_id FROM invoice w JOIN billing_invoiceseries s ON s.symbol = w.symbol
    JOIN billing_bill b ON b.series_id = s.id AND b.invoice_no = w.number
    JOIN customers_agreement a ON a.id = b.agreement_id
)
SELECT b.id AS item, c.id AS owner, o.net + o.vat AS amount_vnd, b.due_date AS due,
    c.code AS customer, c.phone, s.symbol || '-' || b.invoice_no AS invoice
FROM customer JOIN customers_customer c ON c.id = customer.id
JOIN customers_agreement a ON a.customer_id = c.id JOIN billing_bill b ON b.agreement_id = a.id
JOIN billing_invoiceseries s ON s.id = b.series_id
CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o
WHERE b.state = ANY($5) AND o.net + o.vat > 0
"""

PARTNER_DAYS = """
SELECT d.partner_id, d.day, d.key, (coalesce(collected.vnd, 0) - coalesce(credited.vnd, 0))::bigint
    AS amount_vnd
FROM (SELECT DISTINCT p.id AS partner_id, w.day, w.key
    FROM unnest($1::text[], $2::date[], $3::text[]) AS w (code, day, key)
    JOIN payments_partner p ON p.code = w.code) d
LEFT JOIN LATERAL (SELECT sum(amount_vnd) AS vnd FROM payments_payment
    WHERE partner_id = d.partner_id AND accounting_date = d.day) collected ON true
LEFT JOIN LATERAL (SELECT sum(amount_vnd) AS vnd FROM settlement_bankstatementline
    WHERE partner_id = d.partner_id AND day = d.day) credited ON true
"""


def explain(*, at: datetime) -> ExplainReport:
    """Clear the credits in suspense that are certain; propose what the others may be.

    One transaction. A credit is certain where its codes name one customer, or a partner in its own
    account, and the amount is what is owed on what they name; see `engines.matching.pairing`.

    Raises:
        RefusedError: a bill was paid while this ran; run it again.
    """
    with bulk() as books:
        lines = books.read(WAITING)
    if lines.is_empty():
        return ExplainReport(0, 0, 0)
    ensure_transfer_partner(lines["bank_account"][0])
    with bulk() as books:
        books.execute("LOCK TABLE settlement_bankstatementline IN SHARE ROW EXCLUSIVE MODE")
        lines = books.read(WAITING)
        codes = matching.find_codes(lines.select("line", "text"))
        codes, days = _partner_days(books, lines, codes)
        bills = _bills(books, codes)
        items = pl.concat([matching.ITEMS.check(bills), matching.ITEMS.check(days)])
        matches = matching.pair(
            lines.select("line", "amount_vnd"), codes, items, _keys(bills, days)
        )
        certain = matches.filter("certain")
        clear(books, _clearing(certain, lines, bills, days), at=at)
        proposals = _proposals(matches, lines, days)
        kept = _keep(books, proposals, at=at)
    return ExplainReport(lines.height, certain["line"].n_unique(), kept)


def _bills(books: Bulk, codes: pl.DataFrame) -> pl.DataFrame:
    """The open bills of every customer that a code names."""
    of_kind = {
        kind: codes.filter(pl.col("kind") == kind)["key"].unique()
        for kind in ("customer", "phone", "invoice")
    }
    parts = of_kind["invoice"].str.split_exact("-", 1).struct.unnest()
    symbols, numbers = parts.to_series(0), parts.to_series(1).cast(pl.Int64())
    found = books.read(
        BILLS,
        (
            of_kind["customer"].to_list() or [""],
            of_kind["phone"].to_list() or [""],
            symbols.to_list() or [""],
            numbers.to_list() or [0],
            owed_states(),
        ),
    )
    return found.cast({"amount_vnd": pl.Int64()})


def _partner_days(
    books: Bulk, lines: pl.DataFrame, codes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answer codes without days that are no partner's in the line's account, and what is to come.

    The days are numbered from -1 down, bills from 1 up, so that both are items of one table.
    """
    named = (
        codes.filter(pl.col("kind") == "partner_day")
        .with_columns(
            partner_code=pl.col("key").str.extract(REFERENCE, 1),
            day=pl.col("key").str.extract(REFERENCE, 2).str.to_date("%Y%m%d", strict=False),
        )
        .drop_nulls("day")
        .join(lines.select("line", "bank_account"), on="line")
        .join(
            books.read("SELECT code AS partner_code, bank_account FROM payments_partner"),
            on=["partner_code", "bank_account"],
        )
    )
    wanted = named.select("partner_code", "day", "key").unique().sort("key")
    columns = [wanted[name].to_list() for name in wanted.columns]
    found = books.read(PARTNER_DAYS, columns) if columns[0] else NO_DAYS
    still = found.filter(pl.col("amount_vnd") > 0).sort("key")
    days = still.with_columns(
        item=-pl.int_range(1, pl.len() + 1, dtype=pl.Int64()),
        owner=-pl.col("partner_id"),
        due=pl.col("day"),
    )
    others = codes.filter(pl.col("kind") != "partner_day")
    return pl.concat([others, named.select(codes.columns)]), days


NO_DAYS = pl.DataFrame(
    schema={
        "partner_id": pl.Int64(), "day": pl.Date(), "key": pl.String(), "amount_vnd": pl.Int64(),
    }
)  # fmt: skip


def _keys(bills: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    of_bills = [
        bills.select(kind=pl.lit(kind), key=kind, item="item")
        for kind in ("invoice", "customer", "phone")
    ]
    keys = pl.concat([*of_bills, days.select(kind=pl.lit("partner_day"), key="key", item="item")])
    return matching.KEYS.check(keys.filter(pl.col("key").fill_null("") != ""))


def _clearing(
    matches: pl.DataFrame, lines: pl.DataFrame, bills: pl.DataFrame, days: pl.DataFrame
) -> Clearing:
    """Split matched lines and items into what clearing needs."""
    found = matches.select("line", "item").join(lines, on="line")
    of_bills = (
        found.filter(pl.col("item") > 0)
        .select("line", pl.col("item").alias("bill_id"))
        .join(
            bills.select(bill_id="item", customer_code="customer", bill_vnd="amount_vnd"),
            on="bill_id",
        )
    )
    of_days = found.filter(pl.col("item") < 0).join(
        days.select("item", "partner_id", "day"), on="item"
    )
    return Clearing(BILL.check(of_bills), of_days.select("line", "partner_id", "day"))


def _proposals(matches: pl.DataFrame, lines: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """One row per proposal: lists of lines and bills, or a partner's day, and why.

    An answer with an item that a certain line takes is none.
    """
    together = pl.col("rule") == "TOGETHER"
    taken = pl.col("item").is_in(matches.filter("certain")["item"].implode())
    open_ = matches.filter(~pl.col("certain"), ~taken.any().over("line", "rank"))
    found = open_.join(lines.select("line", line_vnd="amount_vnd"), on="line").with_columns(
        group=pl.when(together)
        .then(pl.format("item {}", "item"))
        .otherwise(pl.format("line {} {}", "line", "rank"))
    )
    rows = found.group_by("group", maintain_order=True).agg(
        pl.col("line").unique().sort().alias("lines"),
        pl.col("item").filter(pl.col("item") > 0).unique().sort().alias("bills"),
        pl.col("item").filter(pl.col("item") < 0).first().alias("item"),
        pl.col("rule", "rank", "why").first(),
        lines_vnd=pl.col("line_vnd").filter(pl.col("line").is_first_distinct()).sum(),
        items_vnd=pl.col("amount_vnd").filter(pl.col("item").is_first_distinct()).sum(),
    )
    named = rows.join(days.select("item", "partner_id", "day"), on="item", how="left")
    keys = [
        key_of(lines, bills, partner, day)
        for lines, bills, partner, day in named.select(
            "lines", "bills", "partner_id", "day"
        ).iter_rows()
    ]
    return named.with_columns(pl.Series("key", keys, dtype=pl.String())).sort("key")


def key_of(lines: list[int], bills: list[int], partner: int | None, day: object) -> str:
    """Return the key of a proposal: what it says, not how it was found."""
    return hashlib.sha256(f"{lines}|{bills}|{partner}|{day}".encode()).hexdigest()


KEEP = """
INSERT INTO settlement_matchproposal (key, lines, bills, partner_id, day, rule, rank, why,
    lines_vnd, items_vnd, state, proposed_at)
SELECT p.key, string_to_array(p.lines, ',')::bigint[], string_to_array(p.bills, ',')::bigint[],
    p.partner_id, p.day, p.rule, p.rank, left(p.why, 240), p.lines_vnd, p.items_vnd, 'open', $11
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::date[], $6::text[], $7::int[],
    $8::text[], $9::bigint[], $10::bigint[])
    AS p (key, lines, bills, partner_id, day, rule, rank, why, lines_vnd, items_vnd)
ON CONFLICT (key) DO UPDATE SET state = 'open', rank = excluded.rank, why = excluded.why
WHERE settlement_matchproposal.state = 'stale'
"""

STALE = """
UPDATE settlement_matchproposal SET state = 'stale' WHERE state = 'open' AND NOT key = ANY($1)
"""


def _keep(books: Bulk, proposals: pl.DataFrame, *, at: datetime) -> int:
    """Keep proposals that are new, let go of those that hold no more; answer how many are open."""
    books.execute(STALE, (proposals["key"].to_list() or [""],))
    if not proposals.is_empty():
        joined = proposals.with_columns(
            pl.col("lines", "bills").cast(pl.List(pl.String())).list.join(",")
        )
        columns = (
            "key", "lines", "bills", "partner_id", "day", "rule", "rank", "why", "lines_vnd",
            "items_vnd",
        )  # fmt: skip
        books.execute(KEEP, (*(joined[name].to_list() for name in columns), at))
    count = books.read("SELECT count(*) FROM settlement_matchproposal WHERE state = 'open'")
    return int(count.item())
