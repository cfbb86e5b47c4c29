"""Reading cycles: fixed days of the month on which a session's books are read.

One day a month is a cycle of about 30 days; customers of more than 50,000 kWh a month are read
twice and those above 100,000 three times (recalled: NĐ 137/2013 Art. 17, NĐ 18/2025/NĐ-CP), split
on 10; 11 and 25; 06, 15 and 25 (single source: PC Bến Tre). The index is read on a fixed day, one
day sooner or later allowed (Law 61/2024/QH15 Art. 48(1)); Tết moves a session by no more than that.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

CYCLES_MAX = 3


def checked_days(days: Sequence[int]) -> tuple[int, ...]:
    """Return the days of a session: one to three, rising, 1 to 31; else raise InvalidInputError."""
    rising = all(before < after for before, after in pairwise(days))
    if not 1 <= len(days) <= CYCLES_MAX or not rising or days[0] < 1 or days[-1] > 31:
        raise InvalidInputError(
            f"reading days {', '.join(map(str, days)) or 'none'}",
            expected="one to three rising days of the month, such as 6, 15, 25",
        )
    return tuple(days)


def cycles_of(days: Sequence[int], month: Period) -> list[Period]:
    """Return the periods that close on a reading day inside a month, oldest first.

    A period begins at 00:00 of one reading day and ends at 00:00 of the next. A day that a month
    does not have is its last one. Days 6, 15, 25 in October 2026: from 25 September to 6 October,
    to 15 October, to 25 October. Day 1 in October: September.
    """
    fixed = checked_days(days)
    previous = (month.start - timedelta(days=1)).replace(day=1)
    closings = [_on(previous, fixed[-1]), *(_on(month.start, day) for day in fixed)]
    return [Period(start, end) for start, end in pairwise(closings) if start < end]


def _on(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))
