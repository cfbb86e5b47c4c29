"""The collection quota (hạn mức thu): granted by contract, given back by the bank's credit only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F, Sum

from congto.office.payments.choices import QuotaMove
from congto.office.payments.models import PartnerTerms, Quota, QuotaEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    import polars as pl

    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.money import Dong

WARN_PERCENT = (70, 85, 95)
FIELDS = {
    "limit_vnd": (QuotaMove.GRANT, None),
    "credited_vnd": (QuotaMove.CREDIT, None),
    "posted_vnd": (QuotaMove.POST, QuotaMove.REVERSE),
    "reserved_vnd": (QuotaMove.RESERVE, QuotaMove.VOID),
}
"""Column of the quota -> the moves that add to it and take from it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A partner's quota now, whole đồng; `used` and `reserved` are what is not credited yet."""

    limit: Dong
    used: Dong
    reserved: Dong
    available: Dong

    @property
    def percent(self) -> int:
        """Return how much of the limit is in use, rounded down; over 100 if it was lowered."""
        taken = self.used + self.reserved
        return 0 if taken <= 0 else 100 if not self.limit else taken * 100 // self.limit

    @property
    def warning(self) -> int | None:
        """Return the highest threshold that is reached, in percent."""
        return max((one for one in WARN_PERCENT if self.percent >= one), default=None)


def standing(partner: int) -> Standing:
    """Return the quota of a partner; all zero where it has none."""
    found = Quota.objects.filter(partner_id=partner).first() or Quota()
    used = found.posted_vnd - found.credited_vnd
    available = found.limit_vnd - used - found.reserved_vnd
    return Standing(found.limit_vnd, used, found.reserved_vnd, available)


@transaction.atomic
def grant(partner: int, *, on: date, at: datetime) -> bool:
    """Let the limit of the terms in force on a day count; False where it does already."""
    terms = PartnerTerms.objects.filter(partner_id=partner, valid_from__lte=on)
    now = terms.order_by("-valid_from").first()
    if now is None or (now.valid_to is not None and now.valid_to <= on):
        return False
    quota, _made = Quota.objects.select_for_update().get_or_create(partner_id=partner)
    if not _enter((partner, QuotaMove.GRANT, now.pk, now.limit_vnd - quota.limit_vnd, None, at)):
        return False
    Quota.objects.filter(pk=partner).update(limit_vnd=now.limit_vnd)
    return True


@transaction.atomic
def credit(partner: int, line: int, amount: Dong, *, day: date, at: datetime) -> bool:
    """Give quota back for a bank credit; False where this line did already.

    This is the only way collected money gives quota back. More than was collected becomes the
    partner's prepayment; a negative amount is a credit that the bank has taken back.

    Args:
        partner: whose credit it is.
        line: number of the matched statement line; each counts once.
        amount: whole đồng.
        day: of collection, that the credit is for.
        at: now.
    """
    if not _enter((partner, QuotaMove.CREDIT, line, amount, day, at)):
        return False
    Quota.objects.get_or_create(partner_id=partner)
    Quota.objects.filter(pk=partner).update(credited_vnd=F("credited_vnd") + amount)
    return True


CREDIT_LINES = """
WITH entered AS (
    INSERT INTO payments_quotaentry (partner_id, move, source, amount_vnd, day, at)
    SELECT l.partner_id, 'credit', l.line, l.amount_vnd, l.day, $5
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::date[])
        AS l (partner_id, line, amount_vnd, day)
    JOIN payments_quota q ON q.partner_id = l.partner_id
    ON CONFLICT (move, source) DO NOTHING RETURNING partner_id, amount_vnd
), summed AS (SELECT partner_id, sum(amount_vnd) AS sum_vnd FROM entered GROUP BY partner_id)
UPDATE payments_quota q SET credited_vnd = q.credited_vnd + summed.sum_vnd
FROM summed WHERE q.partner_id = summed.partner_id
"""


def credit_lines(books: Bulk, lines: pl.DataFrame, *, at: datetime) -> None:
    """Give quota back for matched bank lines in the caller's transaction, each line once.

    Partners to whom no quota was granted have none to give back.

    Args:
        books: the transaction.
        lines: one row per matched statement line: partner_id, id, amount_vnd, day.
        at: now.
    """
    columns = [lines[name].to_list() for name in ("partner_id", "id", "amount_vnd", "day")]
    if columns[0]:
        books.execute(CREDIT_LINES, (*columns, at))


def differing() -> list[str]:
    """Return a sentence for each quota that is not the sum of its entries; empty while sound."""
    sums: dict[tuple[int, str], int] = {
        (row["partner_id"], row["move"]): row["sum"]
        for row in QuotaEntry.objects.values("partner_id", "move").annotate(sum=Sum("amount_vnd"))
    }
    wrong = []
    for quota in Quota.objects.select_related("partner"):
        for name, (adding, taking) in FIELDS.items():
            entered = sums.get((quota.pk, adding), 0)
            entered -= sums.get((quota.pk, taking), 0) if taking else 0
            if entered != getattr(quota, name):
                wrong.append(
                    f"quota of {quota.partner.code}: {name} {getattr(quota, name)},"
                    f" its entries say {entered}"
                )
    return wrong


ENTER = """
INSERT INTO payments_quotaentry (partner_id, move, source, amount_vnd, day, at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (move, source) DO NOTHING
"""


def _enter(row: Sequence[Any]) -> bool:
    """Write an entry: partner, move, source, amount, day, at; False where it is there already."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER, row)
        return bool(cursor.rowcount)
