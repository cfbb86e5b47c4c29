"""What depends on half-hours is derived again where they changed: sums, determinants, usage.

Validated days that were made again are marked. Everything here makes only what differs, so a run
that was killed is simply run again; the marks go when all of it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings

from congto.office.meterdata import aggregates, determinants
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.usage import determine_agreements
from congto.office.meterdata.vee_dirty import clear, marked, running_alone
from congto.office.storage.bulk import bulk
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import UsageFlag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import polars as pl

    from congto.office.storage.bulk import Bulk

# Only usages whose bands were added up from half-hours depend on them; bills go by registers else.
USAGES = """
SELECT DISTINCT u.agreement_id, u.period_from, u.period_to
FROM unnest($1::bigint[], $2::date[]) AS d (usage_point, local_day)
JOIN meters_usagepoint p ON p.id = d.usage_point
JOIN meterdata_usage u ON u.agreement_id = p.agreement_id
    AND u.period_from <= d.local_day AND u.period_to > d.local_day
WHERE u.flags & $3 <> 0
"""


@dataclass(frozen=True, slots=True)
class DerivedAgain:
    """What was made again.

    Attributes:
        points_days: marks worked off.
        days: aggregates of so many days that came out differently made from.
        files: of determinants.
        usages: new versions; what was billed from an older one is a candidate for correction.
        balances: months whose energy was balanced again.
    """

    points_days: int
    days: int
    files: int
    usages: int
    balances: int


def derive_again(*, at: datetime, balance: Callable[[Sequence[date]], int]) -> DerivedAgain:
    """Derive again what depends on validated days that changed.

    Args:
        at: when usages enter the books.
        balance: balances the energy of the months of some days again, before their marks go;
            returns how many. A later stage's, so handed in.

    Raises:
        RefusedError: somebody writes validated days now.
    """
    with running_alone():
        with bulk() as books:
            marks = marked(books, DirtyStage.DEPENDENTS)
            usages = _usages(books, marks)
        days = sorted(marks["local_day"].unique().to_list())
        again = sum(aggregates.aggregate_day(day) for day in days if aggregates.is_made(day))
        periods = [one for one in _determined() if any(day in one for day in days)]
        files = sum(determinants.determine_points(period) for period in periods)
        written = 0
        for (start, end), rows in usages.group_by(["period_from", "period_to"]):
            assert isinstance(start, date) and isinstance(end, date)  # noqa: PT018  (two types)
            agreements = rows["agreement_id"].to_list()
            written += determine_agreements(Period(start, end), agreements, at=at)
        balances = balance(days)
        with bulk() as books:
            clear(books, marks, DirtyStage.DEPENDENTS)
    return DerivedAgain(marks.height, again, files, written, balances)


def _usages(books: Bulk, marks: pl.DataFrame) -> pl.DataFrame:
    points, days = marks["usage_point"].to_list(), marks["local_day"].to_list()
    return books.read(USAGES, (points, days, UsageFlag.HALF_HOURS.value))


def _determined() -> list[Period]:
    """Return the periods whose determinants were made."""
    places = sorted((settings.DATA / "determinants").glob("*_*"))
    ends = [place.name.split("_") for place in places]
    return [Period(date.fromisoformat(start), date.fromisoformat(end)) for start, end in ends]
