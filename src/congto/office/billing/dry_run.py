"""Dry run of a gate's rule over bills of past months: how many it would have held, and which.

Nothing is written. The bills are read as they were billed, with the past that the gates saw then,
so a month answers what it would have answered on its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection

from congto.office.billing.choices import BillKind, BillState, Signer
from congto.office.billing.holding import stopped
from congto.office.billing.models import Bill

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from congto.vocabulary.gates import GateRule
    from congto.vocabulary.money import Dong
    from congto.vocabulary.periods import Period

BILLS_MAX = 100_000
"""Bills that one dry run reads; beyond that whole districts are left out, in an order by chance."""

SAMPLE = 20

JUDGED = f"""
b.period_to > %(from)s AND b.period_to <= %(to)s AND b.unit_id = ANY(%(units)s)
    AND b.state BETWEEN {BillState.HELD.value} AND {BillState.PENDING_CANCEL.value}
    AND b.kind = {BillKind.REGULAR.value}
"""

# Districts in an order that has nothing to do with where they lie, but is the same every time.
COUNTS = f"""
SELECT b.unit_id, count(*) FROM billing_bill b WHERE {JUDGED}
GROUP BY b.unit_id ORDER BY md5(b.unit_id::text)
"""  # noqa: S608  (constants of this file, no input)

COLUMNS: dict[str, pl.DataType] = {
    "id": pl.Int64(),
    "reading_book_id": pl.Int64(),
    "cycles": pl.Int16(),
    "period_from": pl.Date(),
    "period_to": pl.Date(),
    "energy_wh": pl.Int64(),
    "gross_vnd": pl.Int64(),
    "past_day_wh": pl.List(pl.Int32()),
    "group": pl.String(),
    "household_quarters": pl.Int32(),
    "purpose": pl.String(),
    "agreement_from": pl.Date(),
    "agreement_to": pl.Date(),
    "quality": pl.Int16(),
    "flags": pl.Int16(),
    "tier": pl.Int16(),
}

BILLS = f"""
SELECT b.id, u.reading_book_id, coalesce(cardinality(s.days), 1), b.period_from, b.period_to,
    b.energy_wh, b.gross_vnd, b.past_day_wh, p."group", p.household_quarters, a.purpose,
    a.valid_from, a.valid_to, u.quality, u.flags,
    (SELECT max(l.tier) FROM billing_billline l WHERE l.bill_id = b.id)
FROM billing_bill b
JOIN customers_agreement a ON a.id = b.agreement_id
JOIN LATERAL (SELECT x.reading_book_id, x.quality, x.flags FROM meterdata_usage x
    WHERE x.agreement_id = b.agreement_id AND x.period_from = b.period_from
    ORDER BY x.version DESC LIMIT 1) u ON true
JOIN LATERAL (SELECT y."group", y.household_quarters FROM customers_priceassignment y
    WHERE y.agreement_id = b.agreement_id AND y.valid_from <= b.period_from
    ORDER BY y.valid_from DESC LIMIT 1) p ON true
LEFT JOIN meters_readingbook k ON k.id = u.reading_book_id
LEFT JOIN meters_readingsession s ON s.id = k.session_id
WHERE {JUDGED}
"""  # noqa: S608  (constants of this file, no input)


@dataclass(frozen=True, slots=True)
class Hit:
    """A bill that the rule would hold."""

    bill: Bill
    signer: Signer
    observed: str
    expected: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have done.

    Attributes:
        bills: bills judged; all: bills of the months and units, more where there are too many.
        hits: bills it would hold; by_signer: of them, who would have to sign.
        gross_vnd: sum of the bills it would hold.
        sample: the hits that need the highest signer, then the largest.
    """

    bills: int
    all: int
    hits: int
    by_signer: list[tuple[Signer, int]]
    gross_vnd: Dong
    sample: list[Hit]


def dry_run(rule: GateRule, period: Period, units: Iterable[int]) -> DryRun:
    """Judge the bills whose period ends in (period.start, period.end] by one rule.

    Args:
        rule: with the limits to try; a rule for one price group sees bills of that group only.
        period: the months.
        units: numbers of the units whose bills are read.
    """
    names: dict[str, date | list[int]] = {
        "from": period.start,
        "to": period.end,
        "units": list(units),
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, names)
        counts: list[tuple[int, int]] = cursor.fetchall()
        names["units"] = _units_within(counts)
        cursor.execute(BILLS, names)
        bills = pl.DataFrame(cursor.fetchall(), schema=COLUMNS, orient="row")
    held = stopped(
        bills.drop("tier"), bills.select(pl.col("id").alias("account_id"), "tier"), [rule]
    )
    hits = held.join(bills.select("id", "gross_vnd"), left_on="bill_id", right_on="id")
    levels = hits.group_by("signer").len().sort("signer").iter_rows()
    return DryRun(
        bills=bills.height,
        all=sum(count for _, count in counts),
        hits=hits.height,
        by_signer=[(Signer(level), count) for level, count in levels],
        gross_vnd=int(hits["gross_vnd"].sum()),
        sample=_sample(hits),
    )


def _units_within(counts: list[tuple[int, int]]) -> list[int]:
    """Return whole units until they have enough bills; at least one."""
    taken: list[int] = []
    bills = 0
    for unit, count in counts:
        if taken and bills + count > BILLS_MAX:
            break
        taken.append(unit)
        bills += count
    return taken


def _sample(hits: pl.DataFrame) -> list[Hit]:
    first = hits.sort(["signer", "gross_vnd", "bill_id"], descending=[True, True, False])
    rows = first.head(SAMPLE).to_dicts()
    bills = Bill.objects.select_related("agreement__customer", "unit").in_bulk(
        [row["bill_id"] for row in rows]
    )
    return [
        Hit(bills[row["bill_id"]], Signer(row["signer"]), row["observed"], row["expected"])
        for row in rows
    ]
