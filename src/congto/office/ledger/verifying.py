"""Is the ledger what it was when it was written? Everything is counted and hashed anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.office.ledger import queries
from congto.office.ledger.sealing import GENESIS, Link
from congto.office.storage.bulk import bulk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.office.storage.bulk import Bulk

FOUND_MAX = 100

SEALS = """
SELECT number, last, journals, legs, debit_vnd, digest, hash FROM ledger_seal ORDER BY number
"""
JOURNALS = """
SELECT id, kind, source, accounting_date FROM ledger_journal WHERE id > $1 AND id <= $2 ORDER BY id
"""
LEGS = """
SELECT p.journal_id AS id, p.leg, a.code, p.party, p.item, p.amount_vnd
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
WHERE p.journal_id > $1 AND p.journal_id <= $2 ORDER BY p.journal_id, p.leg
"""
NOT_PERMITTED = """
SELECT min(p.journal_id) AS journal, j.kind, a.kind AS account, sign(p.amount_vnd)::int AS side
FROM ledger_posting p JOIN ledger_journal j ON j.id = p.journal_id
JOIN ledger_account a ON a.id = p.account_id
LEFT JOIN ledger_permittedleg ok
  ON ok.kind = j.kind AND ok.account_kind = a.kind AND ok.side = sign(p.amount_vnd)
WHERE ok.kind IS NULL GROUP BY j.kind, a.kind, sign(p.amount_vnd)
"""
AFTER_CLOSING = """
SELECT min(j.id) AS journal, count(*) AS count, c.month
FROM ledger_closedperiod c LEFT JOIN ledger_seal s ON s.number = c.seal_id
JOIN ledger_journal j ON j.id > coalesce(s.last, 0)
  AND j.accounting_date >= c.month AND j.accounting_date < c.month + interval '1 month'
GROUP BY c.month
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found.

    Attributes:
        seals, journals, legs: looked at; journals and legs of the sealed part.
        unsealed: journals written since the last seal.
        head: hash of the last seal.
        faults: one sentence each; empty while the ledger is sound.
    """

    seals: int
    journals: int
    legs: int
    unsealed: int
    head: str
    faults: list[str]


def verify(head: str = "") -> Verified:
    """Count and hash the whole ledger anew.

    Args:
        head: hash of a seal as it was published elsewhere. Without it nobody can tell whether the
            last seals were taken away together with what they vouched for.
    """
    faults = list(_laws())
    known, seals, journals, legs, after = GENESIS, 0, 0, 0, 0
    hashes = []
    with bulk() as books:
        for kept in books.read(SEALS).iter_rows(named=True):
            link = _link(books, after, kept["last"])
            faults += _differences(kept, link, seals + 1, known)
            seals, known, after = seals + 1, kept["hash"], kept["last"]
            journals, legs = journals + link.journals, legs + link.legs
            hashes.append(known)
        unsealed = books.read("SELECT count(*) AS n FROM ledger_journal WHERE id > $1", (after,))
    if head and head not in hashes:
        faults.append(f"no seal has the hash {head}: seals were taken away or made anew")
    return Verified(seals, journals, legs, int(unsealed["n"].item()), known, faults)


def _laws() -> Iterator[str]:
    """Yield what breaks the laws that triggers keep, in case somebody went past them."""
    if queries.total():
        yield f"all postings sum to {queries.total()} đồng, expected 0"
    for journal in queries.unbalanced_journals(FOUND_MAX):
        yield f"journal {journal}: its legs do not sum to zero"
    for journal in queries.journals_without_legs(FOUND_MAX):
        yield f"journal {journal} has no leg"
    with bulk() as books:
        for row in books.read(NOT_PERMITTED).iter_rows(named=True):
            side = "debits" if row["side"] > 0 else "credits"
            yield (
                f"journal {row['journal']} of kind {row['kind']} {side} an account of kind"
                f" {row['account']}, which is not permitted"
            )
        for row in books.read(AFTER_CLOSING).iter_rows(named=True):
            yield (
                f"journal {row['journal']} and {row['count'] - 1} more count in"
                f" {row['month']:%m/%Y}, and were written after it was closed"
            )


def _differences(kept: dict[str, Any], link: Link, number: int, before: str) -> Iterator[str]:
    """Yield in what a seal differs from the rows that it vouches for, and from the seal before."""
    if kept["number"] != number:
        yield f"seal {number} is missing; after it comes {kept['number']}"
    for name in ("journals", "legs", "debit_vnd"):
        if kept[name] != getattr(link, name):
            yield f"seal {kept['number']}: {name} {getattr(link, name)}, sealed were {kept[name]}"
    if kept["digest"] != link.digest:
        yield f"seal {kept['number']}: journals up to {link.last} are not what was sealed"
    sealed = Link(*(kept[name] for name in Link._fields))
    if kept["hash"] != sealed.hashed(kept["number"], before):
        yield f"seal {kept['number']} does not follow from the seal before it"


def _link(books: Bulk, after: int, last: int) -> Link:
    """Make a link from the rows, by other means than the database made it."""
    journals = books.read(JOURNALS, (after, last))
    legs = books.read(LEGS, (after, last))
    written = legs.group_by("id", maintain_order=True).agg(
        pl.concat_str(
            pl.col("leg"),
            pl.col("code"),
            pl.col("party").cast(pl.String).fill_null(""),
            pl.col("item").cast(pl.String).fill_null(""),
            pl.col("amount_vnd"),
            separator="|",
        ).str.join("\n")
    )
    head = pl.concat_str(
        "id", "kind", "source", pl.col("accounting_date").dt.to_string("%Y-%m-%d"), separator="|"
    )
    texts = journals.select("id", head=head).join(
        written.rename({"leg": "text"}), on="id", how="left", maintain_order="left"
    )
    lines = texts.select(pl.concat_str("head", pl.lit("\n"), pl.col("text").fill_null("")))
    hashed = [hashlib.sha256(line.encode()).hexdigest() for line in lines.to_series()]
    return Link(
        last=last,
        journals=journals.height,
        legs=legs.height,
        debit_vnd=int(legs.filter(pl.col("amount_vnd") > 0)["amount_vnd"].sum()),
        digest=hashlib.sha256("\n".join(hashed).encode()).hexdigest(),
    )
