"""Validation, estimation and editing of a local day: from delivered half-hours to trusted ones.

A day is cut into parts of 250,000 keys of usage points. A part is derived in one process, which
writes files that nobody sees; then this process keeps it: validated rows, what is remembered, and
in one transaction the findings and that the part is done. Every step of keeping may be repeated, as
what is there already is compared and not written again. So a run may be killed anywhere, and the
next one does what is left.

Days are validated in order, because each leans on what is remembered after the day before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from congto.engines.intervals.limits import IntervalRules
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.vee_class import add_sums, keep_leaning, mean_customers_of
from congto.office.meterdata.vee_dirty import (
    PART_POINTS,
    after_deliveries,
    mark,
    running_alone,
)
from congto.office.meterdata.vee_facts import BookFacts
from congto.office.meterdata.vee_findings import keep_day_findings
from congto.office.meterdata.vee_part import DayBase, PartDone, PartOrder, work
from congto.office.meterdata.vee_sources import days_leaned_on
from congto.office.meterdata.vee_together import mark_together_in_part
from congto.office.storage.bulk import bulk
from congto.office.storage.interval_tables import HISTORY, RAW, VALIDATED
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor
    from datetime import date, datetime

    from congto.office.meterdata.vee_facts import Facts
    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.interval_rules import DatedIntervalRule

BEGIN = """
INSERT INTO meterdata_validatedpart (local_day, part, points)
SELECT $1, part, 0 FROM unnest($2::int[]) AS given (part)
ON CONFLICT ON CONSTRAINT validated_part_key DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class DayReport:
    """What a run of a day did.

    Attributes:
        parts: of the day. skipped: those that an earlier run has done.
        days: validated now, all channels. findings: those open, changed or gone since.
    """

    parts: int
    skipped: int
    days: int
    findings: int


def run_day(  # noqa: PLR0913  (what, by which rules, when, and how it is told)
    day: date,
    rules: Sequence[DatedIntervalRule],
    *,
    at: datetime,
    facts: Facts | None = None,
    pool: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DayReport:
    """Validate what is left of a local day.

    Args:
        day: local day.
        rules: published and decided ones.
        at: when the rows enter the books.
        facts: of the points; from the books by default.
        pool: processes to work in; this one by default.
        progress: told (parts done, parts in all).

    Raises:
        RefusedError: the day before is not validated yet, or another run works.
    """
    source = facts or BookFacts()
    with running_alone():
        _in_order(day)
        parts = source.parts(day, PART_POINTS)
        base, waiting = _begin(day, parts)
        in_force = IntervalRules.on(rules, day)
        orders = [PartOrder(base, part, source, in_force, at) for part in waiting]
        days = findings = 0
        for count, done in enumerate(_worked(orders, pool), start=1):
            findings += keep(base, done, at=at)
            days += done.days
            if progress is not None:
                progress(len(parts) - len(waiting) + count, len(parts))
    return DayReport(len(parts), len(parts) - len(waiting), days, findings)


def _in_order(day: date) -> None:
    """Refuse a day whose day before waits; the first day ever has none."""
    before = day - timedelta(days=1)
    with bulk() as books:
        state = books.read(
            "SELECT min(local_day) AS first, max(local_day) AS last,"
            " bool_or(local_day = $1 AND done_at IS NULL) AS waiting,"
            " bool_or(local_day = $1) AS known FROM meterdata_validatedpart",
            (before,),
        ).row(0, named=True)
    if state["first"] is None or state["first"] == day or (state["known"] and not state["waiting"]):
        return
    raise RefusedError(
        f"{day} cannot be validated: {before} is not",
        expected=f"days in order, after {state['last']}",
        action=f"validate {before} first, also if nothing was delivered of it",
    )


def _begin(day: date, parts: Sequence[int]) -> tuple[DayBase, list[int]]:
    """Note that the day has begun and what the run will see; return the parts left to do.

    Deliveries that come from now on are late: they find the parts begun and mark their days.
    """
    with bulk() as books:
        after_deliveries(books)
        books.execute(BEGIN, (day, list(parts)))
        left = books.read(
            "SELECT part FROM meterdata_validatedpart WHERE local_day = $1 AND done_at IS NULL"
            " ORDER BY part",
            (day,),
        )
        return base_of(day), left["part"].to_list()


def base_of(day: date) -> DayBase:
    """Return what is in the tables now that a day needs."""
    validated, history = VALIDATED.opened(), HISTORY.opened()
    known = set(VALIDATED.days())
    return DayBase(
        day=day,
        raw=RAW.snapshot(day),
        validated=VALIDATED.snapshot(day, validated),
        before=HISTORY.snapshot(day - timedelta(days=1), history),
        after=HISTORY.snapshot(day, history),
        mean_customers=mean_customers_of(day),
        stored={
            one: VALIDATED.snapshot(one, validated)
            for one in days_leaned_on(day)
            if one.isoformat() in known
        },
    )


def _worked(orders: Iterable[PartOrder], pool: Executor | None) -> Iterator[PartDone]:
    """Yield the parts as they are worked on, here or in the pool."""
    return iter(map(work, orders)) if pool is None else pool.map(work, orders)


def keep(base: DayBase, done: PartDone, *, at: datetime) -> int:
    """Make a part's files part of the tables, then its findings and its end part of the books."""
    VALIDATED.commit(done.validated, at=at)
    HISTORY.commit(done.history, at=at)
    first = done.part * PART_POINTS
    bounds = (first, first + PART_POINTS - 1)
    with bulk() as books:
        changes = keep_day_findings(books, done.findings, base.day, *bounds, at=at)
        add_sums(books, base.day, done.sums)
        keep_leaning(books, done.leaning, base.day, bounds)
        mark(books, done.others, DirtyStage.VALIDATION, at=at)
        mark_together_in_part(books, base.day, *bounds, at=at)
        _end(books, base.day, done, at)
    return changes


def _end(books: Bulk, day: date, done: PartDone, at: datetime) -> None:
    books.execute(
        "UPDATE meterdata_validatedpart SET done_at = $3, points = $4"
        " WHERE local_day = $1 AND part = $2",
        (day, done.part, at, done.days),
    )
