"""Days that are completed together are derived again together.

A gap of one day is filled with what two registers leave over, and all days between the registers
have a say in that: also those that are complete and ask for nothing themselves. So when a day or a
register changes, the days with gaps in the same stretch are marked. A stretch holds only once all
its days are validated; the last one of them to be so marks the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.office.meterdata.choices import DayFindingState, DirtyStage, RegisterKind
from congto.office.meterdata.vee_dirty import mark
from congto.office.meterdata.vee_stretch import DAYS_MAX
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.office.storage.bulk import Bulk

GAPS = "f.channel = $4 AND (f.rule = $5 OR f.action = $6) AND f.state <> $7"
"""A half-hour is open because it is missing or rejected, and either is a finding."""

NEAR = f"""
SELECT DISTINCT f.usage_point_id AS usage_point FROM meterdata_dayfinding f
WHERE f.local_day BETWEEN $1 - {DAYS_MAX} AND $1 + {DAYS_MAX} AND f.local_day <> $1
  AND f.usage_point_id BETWEEN $2 AND $3 AND {GAPS}
"""  # noqa: S608  (constants)

TOGETHER = f"""
SELECT DISTINCT f.usage_point_id AS usage_point, f.local_day
FROM unnest($1::bigint[], $2::text[]::date[]) AS given (usage_point, local_day)
CROSS JOIN LATERAL (SELECT read_on FROM meterdata_registerreading r
  WHERE r.usage_point_id = given.usage_point AND r.register = $3
    AND r.read_on <= given.local_day ORDER BY read_on DESC LIMIT 1) opened
CROSS JOIN LATERAL (SELECT read_on FROM meterdata_registerreading r
  WHERE r.usage_point_id = given.usage_point AND r.register = $3
    AND r.read_on > given.local_day ORDER BY read_on LIMIT 1) closed
JOIN meterdata_dayfinding f ON f.usage_point_id = given.usage_point
  AND f.local_day >= opened.read_on AND f.local_day < closed.read_on
WHERE closed.read_on - opened.read_on BETWEEN 2 AND {DAYS_MAX}
  AND f.local_day <> given.local_day AND {GAPS}
"""  # noqa: S608  (constants)


def mark_together(books: Bulk, days: pl.DataFrame, *, at: datetime) -> int:
    """Mark days with gaps that lie between the same two registers as some days; return how many.

    In the caller's transaction.

    Args:
        books: the transaction.
        days: usage_point and local_day of what changes.
        at: when.
    """
    if days.is_empty():
        return 0
    given = (days["usage_point"].to_list(), days["local_day"].cast(pl.String).to_list())
    found = books.read(TOGETHER, (*given, RegisterKind.TOTAL.value, *_gap_words()))
    return mark(books, found, DirtyStage.VALIDATION, at=at)


def mark_together_in_part(books: Bulk, day: date, first: int, last: int, *, at: datetime) -> int:
    """Mark days with gaps that the validation of a day completes a stretch for.

    Few points have a gap within reach: only of these the registers are looked up. Arguments as of
    `mark_together`; usage points first to last, both included.
    """
    near = books.read(NEAR, (day, first, last, *_gap_words()))
    return mark_together(books, near.with_columns(local_day=pl.lit(day, dtype=pl.Date)), at=at)


def _gap_words() -> tuple[int, str, str, str]:
    gone = DayFindingState.GONE.value
    return Channel.ACTIVE_IMPORT.value, "V-04", Action.REJECT.value, gone
