"""Usage that changed after the bill was issued: who may have to be billed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.billing.choices import BillKind, owed_states
from congto.office.control.queries import unit_ids
from congto.office.storage.rows import read_here

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.queries import Scope
    from congto.vocabulary.periods import Period

LEAST_WH = 1_000
LEAST_BP = 100
"""A bill is a candidate from 1 kWh and 1 % on (the practice of large meter-data systems)."""

# A first version is what the bill was made from; only later ones can differ from it. What was
# billed is the bill and its adjustments together.
CANDIDATES = f"""
SELECT a.code AS agreement, n.name AS unit, b.bill_id, u.period_from, u.period_to,
    b.billed_wh, u.energy_wh AS usage_wh, u.quality, u.version
FROM (
    SELECT DISTINCT ON (agreement_id, period_from) * FROM meterdata_usage
    WHERE period_to > %(start)s AND period_to <= %(end)s
    ORDER BY agreement_id, period_from, version DESC
) u
JOIN LATERAL (
    SELECT max(id) FILTER (WHERE kind <> {BillKind.ADJUSTMENT.value}) AS bill_id,
        sum(energy_wh)::bigint AS billed_wh, min(unit_id) AS unit_id
    FROM billing_bill WHERE agreement_id = u.agreement_id AND period_from = u.period_from
        AND state = ANY(%(owed)s)
) b ON b.bill_id IS NOT NULL
JOIN customers_agreement a ON a.id = u.agreement_id
JOIN organisation_unit n ON n.id = b.unit_id
WHERE u.version > 1 AND b.unit_id = ANY(%(units)s)
    AND abs(u.energy_wh - b.billed_wh) >= %(least_wh)s
    AND abs(u.energy_wh - b.billed_wh) * 10000 >= b.billed_wh * %(least_bp)s
ORDER BY abs(u.energy_wh - b.billed_wh) DESC, a.code LIMIT %(limit)s
"""  # noqa: S608  (constants of this file, no input)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An issued bill whose usage is another one now."""

    agreement: str
    unit: str
    bill_id: int
    period_from: date
    period_to: date
    billed_wh: int
    usage_wh: int
    quality: int
    version: int

    @property
    def difference_wh(self) -> int:
        """Return what was used and not billed; negative: billed and not used."""
        return self.usage_wh - self.billed_wh


def rebill_candidates(
    scope: Scope,
    month: Period,
    *,
    least_wh: int = LEAST_WH,
    least_bp: int = LEAST_BP,
    limit: int = 1000,
) -> list[Candidate]:
    """Return issued bills whose newest usage differs from what was billed, the largest first.

    Args:
        scope: the units looked at.
        month: periods that end in it, (start, end].
        least_wh: least difference in Wh.
        least_bp: least difference in hundredths of a percent of what was billed.
        limit: at most so many.
    """
    rows = read_here(
        CANDIDATES,
        {
            "start": month.start,
            "end": month.end,
            "owed": owed_states(),
            "units": unit_ids(scope),
            "least_wh": least_wh,
            "least_bp": least_bp,
            "limit": limit,
        },
    )
    return [Candidate(**row) for row in rows.iter_rows(named=True)]
