"""The hash chain over the ledger: each seal vouches for the journals since the seal before.

A journal's text is `id|kind|source|YYYY-MM-DD`, then a line `leg|account code|party|item|amount`
for each leg in order, an absent number empty. A seal's digest is the SHA-256 of the SHA-256s (hex,
a line each) of its journals by number; its hash is the SHA-256 of
`number|last|journals|legs|debit|digest|hash of the seal before`.

PostgreSQL makes the digests when it seals; `verifying` makes them again by other means.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from congto.office.ledger.models import Seal
from congto.office.ledger.writing import LEDGER_LOCK, WRITERS
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

JOURNALS_MAX = 100_000
"""Numbers that one seal spans."""
SEALING_LOCK = 0x1ED6E5
"""One process seals at a time."""
POLL_S = 0.02
GENESIS = ""
"""The hash before the first seal."""

DRAWN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger_journal_id_seq"

DIGEST = """
WITH legs AS (
    SELECT p.journal_id, count(*) AS count, sum(greatest(p.amount_vnd, 0)) AS debit,
        string_agg(p.leg || '|' || a.code || '|' || coalesce(p.party::text, '') || '|'
            || coalesce(p.item::text, '') || '|' || p.amount_vnd, E'\\n' ORDER BY p.leg) AS text
    FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
    WHERE p.journal_id > %(after)s AND p.journal_id <= %(last)s
    GROUP BY p.journal_id
), texts AS (
    SELECT j.id, legs.count, legs.debit,
        j.id || '|' || j.kind || '|' || j.source || '|' || to_char(j.accounting_date, 'YYYY-MM-DD')
            || E'\\n' || coalesce(legs.text, '') AS text
    FROM ledger_journal j LEFT JOIN legs ON legs.journal_id = j.id
    WHERE j.id > %(after)s AND j.id <= %(last)s
)
SELECT count(*), coalesce(sum(count), 0), coalesce(sum(debit), 0), encode(sha256(convert_to(
    coalesce(string_agg(encode(sha256(convert_to(text, 'UTF8')), 'hex'), E'\\n' ORDER BY id), ''),
    'UTF8')), 'hex')
FROM texts
"""


class Link(NamedTuple):
    """What a seal vouches for: counts, sum of debits in whole đồng, digest."""

    last: int
    journals: int
    legs: int
    debit_vnd: int
    digest: str

    def hashed(self, number: int, before: str) -> str:
        """Return the hash of this link as seal `number` behind the hash of the seal before."""
        return hashlib.sha256("|".join(map(str, (number, *self, before))).encode()).hexdigest()


def seal(*, at: datetime, wait_s: float = 60.0) -> list[Seal]:
    """Seal every journal written so far and return the new seals; may be killed and repeated.

    Writers are not held up: it waits for those that have drawn numbers, not they for it.

    Args:
        at: when it is sealed.
        wait_s: how long to wait for writers.

    Raises:
        RefusedError: a writer has not ended within `wait_s`, or another process seals.
    """
    drawn = _drawn_and_settled(wait_s)
    made: list[Seal] = []
    while True:
        with transaction.atomic():
            _alone()
            before = last_seal()
            after = before.last if before else 0
            if after >= drawn:
                return made
            link = _link(after, min(after + JOURNALS_MAX, drawn))
            number, known = (before.number + 1, before.hash) if before else (1, GENESIS)
            made.append(
                Seal.objects.create(
                    number=number, hash=link.hashed(number, known), sealed_at=at, **link._asdict()
                )
            )


def last_seal() -> Seal | None:
    """Return the newest seal, None before the first."""
    return Seal.objects.order_by("-number").first()


def _drawn_and_settled(wait_s: float) -> int:
    """Return the highest number drawn, once all who may have drawn one up to it have ended."""
    until = time.monotonic() + wait_s
    with connection.cursor() as cursor:
        cursor.execute(DRAWN)
        drawn = int(cursor.fetchone()[0])
        cursor.execute(WRITERS, [LEDGER_LOCK])
        writing = set(cursor.fetchall())
        while writing:
            if time.monotonic() > until:
                raise RefusedError(
                    f"{len(writing)} transactions have been writing journals for {wait_s:g} s",
                    expected="writers that end",
                    action="seal again when the run has ended",
                )
            time.sleep(POLL_S)
            cursor.execute(WRITERS, [LEDGER_LOCK])
            writing &= set(cursor.fetchall())
    return drawn


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALING_LOCK])
        if not cursor.fetchone()[0]:
            raise RefusedError("another process seals the ledger", action="wait until it has ended")


def _link(after: int, last: int) -> Link:
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, {"after": after, "last": last})
        journals, legs, debit, digest = cursor.fetchone()
    return Link(last, int(journals), int(legs), int(debit), digest)
