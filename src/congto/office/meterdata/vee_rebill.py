"""Cases for a new bill (V-23): half-hours changed after they were billed, by more than the limit.

Compared is the period of a usage that billing was given: its half-hours as the books knew them when
the usage was determined, and as they are now. A change of one day is small in a month; many small
ones add up. The case is a finding V-23 of the day that made the difference pass the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.storage import intervals
from congto.vocabulary.intervals import Action, Channel
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from congto.engines.intervals.limits import IntervalRules
    from congto.office.storage.bulk import Bulk

RULE = "V-23"
PERMILLE = 1000

BILLED = """
SELECT DISTINCT ON (p.id) p.id AS usage_point, u.period_from, u.period_to, u.energy_wh, u.known_at
FROM meters_usagepoint p JOIN meterdata_usage u ON u.agreement_id = p.agreement_id
WHERE p.id = ANY($1) AND u.period_from <= $2 AND u.period_to > $2
ORDER BY p.id, u.version DESC
"""

KEEP = """
INSERT INTO meterdata_dayfinding AS held (rule, action, usage_point_id, channel, local_day, first,
  last, observed, expected, state, found_at)
SELECT $1, $2, point, $3, $4, 0, 47, now_wh, then_wh, 'open', $8
FROM unnest($5::bigint[], $6::bigint[], $7::bigint[]) AS given (point, now_wh, then_wh)
ON CONFLICT ON CONSTRAINT day_finding_key DO UPDATE SET observed = EXCLUDED.observed,
  expected = EXCLUDED.expected, state = 'open', found_at = EXCLUDED.found_at
  WHERE held.observed <> EXCLUDED.observed OR held.state = 'gone'
"""


def keep_cases(
    books: Bulk, day: date, points: Sequence[int], rules: IntervalRules, *, at: datetime
) -> int:
    """Keep a case for every point whose billed period changed by more than the limit.

    In the caller's transaction; again, it changes nothing. Returns how many there are.

    Args:
        books: the transaction.
        day: a local day of which a new version is stored.
        points: usage points whose day has one.
        rules: in force; without V-23 there is no case.
        at: when.
    """
    if not points or RULE not in rules.rules:
        return 0
    billed = books.read(BILLED, (list(points), day))
    permille = int(rules.rules[RULE].limits["permille"].max())
    cases = [_over(rows, permille) for _key, rows in billed.group_by(["period_from", "known_at"])]
    found = pl.concat(cases) if cases else pl.DataFrame()
    if found.is_empty():
        return 0
    columns = [found[name].to_list() for name in ("usage_point", "now_wh", "then_wh")]
    books.execute(KEEP, (RULE, Action.ORDER.value, Channel.ACTIVE_IMPORT.value, day, *columns, at))
    return found.height


def _over(billed: pl.DataFrame, permille: int) -> pl.DataFrame:
    """Return the points of one period whose half-hours differ by more than the limit."""
    first = billed.row(0, named=True)
    period = Period(first["period_from"], first["period_to"])
    keys = billed["usage_point"].to_list()
    sums = [
        _sums(intervals.read_points(keys, period, known_at=known_at)).rename({"wh": name})
        for name, known_at in (("then_wh", first["known_at"]), ("now_wh", None))
    ]
    joined = billed.join(sums[0], on="usage_point").join(sums[1], on="usage_point")
    change = (pl.col("now_wh") - pl.col("then_wh")).abs() * PERMILLE
    return joined.filter(change > permille * pl.col("energy_wh")).select(
        "usage_point", "now_wh", "then_wh"
    )


def _sums(days: pl.DataFrame) -> pl.DataFrame:
    """Sum the half-hours of each point."""
    wide = pl.col("values").cast(pl.List(pl.Int64))
    return days.group_by("usage_point").agg(wh=wide.list.sum().sum())
