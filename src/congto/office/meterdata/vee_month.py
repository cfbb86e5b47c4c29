"""The half-hours of a month, validated day by day, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from congto.office.meterdata.aggregates import aggregate_day
from congto.office.meterdata.completeness import count_day, days_delivered
from congto.office.meterdata.vee import run_day
from congto.office.meterdata.vee_late import run_late
from congto.office.storage.bulk import read
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from congto.vocabulary.interval_rules import DatedIntervalRule
    from congto.vocabulary.periods import Period

    Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class DaysReport:
    """What the validation of some days did.

    Attributes:
        days: of points, validated now. findings: new, changed or gone.
        late: days of points that changed after they were validated. cases: bills to look at again.
    """

    days: int
    findings: int
    late: int
    cases: int


def days_to_validate(period: Period) -> list[date]:
    """Return the local days of a period to validate, in order: to the last that was delivered.

    A day without any delivery between others is validated too: it is missing then. Empty where
    nothing of the period was delivered.

    Raises:
        RefusedError: the days do not follow those that are validated already.
    """
    known = set(days_delivered())
    delivered = [day for day in period.each_day() if day.isoformat() in known]
    if not delivered:
        return []
    first, last = read(
        "SELECT min(local_day) AS first, max(local_day) AS last FROM meterdata_validatedpart"
    ).row(0)
    begin = delivered[0] if first is None else max(first, period.start)
    if first is not None and (begin > delivered[-1] or (begin - last).days > 1):
        raise RefusedError(
            f"half-hours of {delivered[0]} to {delivered[-1]} cannot be validated",
            expected=f"days in order: {first} to {last} are validated",
            action="validate the days between first, with congto vee run",
        )
    return [day for day in period.each_day() if begin <= day <= delivered[-1]]


def days_waiting(until: date) -> tuple[date, date] | None:
    """Return the first and the last day that wait for validation; None where no day does.

    The last is the latest with any delivery: a day of which nothing came at all waits for the next
    one.

    Args:
        until: last day that may be validated.
    """
    first_open, last = read(
        "SELECT min(local_day) FILTER (WHERE done_at IS NULL), max(local_day)"
        " FROM meterdata_validatedpart"
    ).row(0)
    delivered = [day for day in days_delivered() if day <= until.isoformat()]
    if not delivered:
        return None
    begin = date.fromisoformat(delivered[0]) if last is None else last + timedelta(days=1)
    begin, end = first_open or begin, date.fromisoformat(delivered[-1])
    return (begin, end) if begin <= end else None


def validate_days(
    days: Sequence[date],
    rules: Sequence[DatedIntervalRule],
    *,
    at: datetime,
    progress: Progress | None = None,
) -> DaysReport:
    """Validate days in order, then derive again what changed later; what is done is left alone.

    Args:
        days: local days, in order.
        rules: published and decided ones.
        at: when the rows enter the books.
        progress: told (day, days done, days in all).

    Raises:
        RefusedError: another run works on half-hours.
    """
    validated = findings = 0
    for done, day in enumerate(days):
        if progress is not None:
            progress(f"{day:%d/%m}", done, len(days))
        report = run_day(day, rules, at=at)
        validated += report.days
        findings += report.findings
    late = run_late(rules, at=at)
    return DaysReport(validated, findings, late.changed, late.cases)


def measure_days(days: Sequence[date], *, at: datetime, progress: Progress | None = None) -> int:
    """Add up days by group and count how complete they are; return how many sums were made anew.

    Args:
        days: local days that are validated.
        at: when they are counted.
        progress: told (day, days done, days in all).
    """
    made = 0
    for done, day in enumerate(days):
        if progress is not None:
            progress(f"{day:%d/%m}", done, len(days))
        made += aggregate_day(day)
        count_day(day, at=at)
    return made
