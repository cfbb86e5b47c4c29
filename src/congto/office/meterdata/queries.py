"""Reads of readings, usage and findings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from congto.office.control.queries import unit_ids
from congto.office.meterdata import aggregates, determinants
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.meters.models import UsagePoint
from congto.office.storage import intervals
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.usage import AGGREGATES
from congto.vocabulary.periods import Period
from congto.vocabulary.usage import Level

AGGREGATE_KEY = {
    Level.TRANSFORMER: "element",
    Level.FEEDER: "element",
    Level.DISTRICT: "unit",
    Level.COMPANY: "unit",
    Level.CUSTOMER_CLASS: "customer_class",
}
"""Which column names a group."""

if TYPE_CHECKING:
    from datetime import date

    from congto.office.control.queries import Scope
    from congto.office.storage.bulk import Bulk


def usage_of_period(books: Bulk, period: Period) -> pl.DataFrame:
    """Return the current usage of every agreement in a period: agreement (id), energy_wh.

    One row per agreement: an agreement with several parts in the period has them added up.
    """
    return books.read(
        "SELECT agreement_id AS agreement, sum(energy_wh)::bigint AS energy_wh FROM ("
        " SELECT DISTINCT ON (agreement_id, period_from) agreement_id, energy_wh"
        " FROM meterdata_usage WHERE period_from >= $1 AND period_to <= $2"
        " ORDER BY agreement_id, period_from, version DESC) current GROUP BY 1",
        (period.start, period.end),
    )


def reads_of_point(point: int, period: Period, scope: Scope) -> list[RegisterReading]:
    """Return the current version of every read of a usage point in a period, its end included.

    In the order of registers and days; empty for a point outside the scope.
    """
    reads = RegisterReading.objects.filter(
        usage_point=point, read_on__gte=period.start, read_on__lte=period.end
    )
    return list(
        scope.filter(reads, "usage_point__unit")
        .order_by("register", "read_on", "meter_id", "-version")
        .distinct("register", "read_on", "meter_id")
    )


def point_with(code: str) -> int:
    """Return the key of the usage point with this code; raises InvalidInputError for no point."""
    found = UsagePoint.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInputError(f"no usage point has the code {code}", expected="its whole code")
    return int(found)


def determinants_of_point(point: int, period: Period, scope: Scope) -> dict[str, Any] | None:
    """Return a usage point's row of DETERMINANTS; None where there is none, or out of scope."""
    seen = scope.filter(UsagePoint.objects.filter(pk=point)).exists()
    rows = determinants.determinants_of(period, [point]) if seen else None
    return None if rows is None or rows.is_empty() else rows.row(0, named=True)


def aggregate_load(
    level: Level,
    period: Period,
    scope: Scope,
    *,
    key: int | str | None = None,
    whole_days: bool = False,
) -> pl.DataFrame:
    """Return aggregates of the units of a scope: frame AGGREGATES, in the order of time.

    Days that were not added up are absent, hours of which nothing is known have null.

    Args:
        level: which groups.
        period: local days.
        scope: groups of other units are not answered; a company only to who may see all of it.
        key: one group: the element of a transformer or feeder, the unit of a district or company,
            the word of a class; all by default.
        whole_days: the days instead of their hours.
    """
    rows = aggregates.aggregates_between(period).filter(pl.col("level") == level.value)
    if not scope.whole:
        rows = rows.filter(pl.col("unit").is_in(unit_ids(scope)))
    if key is not None:
        rows = rows.filter(pl.col(AGGREGATE_KEY[level]) == key)
    hours = pl.col("hour").is_null() if whole_days else pl.col("hour").is_not_null()
    order = ["unit", "element", "customer_class", "local_day", "hour"]
    return AGGREGATES.check(rows.filter(hours).collect()).sort(order, nulls_last=True)


def usage_months(agreement: int, until: date, scope: Scope, *, months: int = 13) -> list[Usage]:
    """Return the current usages of an agreement, the latest `months` periods that end by a day.

    In the order of time: 13 months show the same month of last year at the other end of the chart.
    """
    used = Usage.objects.filter(agreement=agreement, period_to__lte=until)
    latest = (
        scope.filter(used, "reading_book__unit")
        .order_by("-period_from", "-version")
        .distinct("period_from")[:months]
    )
    return list(reversed(latest))


def interval_day(point: int, day: date, scope: Scope) -> list[int | None] | None:
    """Return the 48 half-hours (Wh) of a usage point on a local day; None where there are none."""
    seen = scope.filter(UsagePoint.objects.filter(pk=point)).exists()
    rows = intervals.read_point(point, Period(day, day + timedelta(days=1))) if seen else None
    return None if rows is None or rows.is_empty() else rows["values"][0].to_list()


def find_point(code: str, scope: Scope) -> UsagePoint | None:
    """Return the usage point with this code if the scope has it."""
    points = UsagePoint.objects.select_related(
        "unit", "element", "reading_book", "agreement__customer"
    )
    return scope.filter(points.filter(code=code)).first()
