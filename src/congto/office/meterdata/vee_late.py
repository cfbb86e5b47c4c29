"""Days that changed after they were validated: derived again for the points concerned, and on.

A late delivery, a register read or an edit marks a point's day. It is derived again from what is
known now, and what depends on it follows: the next day, whose history it is, and the days of up to
five weeks that may have leaned on it. A day that comes out as it was stops the chain. So the order
in which days and pieces of days arrive does not matter in the end.

What people or stages made of a changed day is marked as well (stage DEPENDENTS), and a bill that
would change by more than the limit becomes a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.estimation.like_days import WINDOW_DAYS
from congto.engines.intervals.limits import IntervalRules
from congto.office.meterdata.choices import DirtyStage
from congto.office.meterdata.vee import base_of
from congto.office.meterdata.vee_class import begin_change, end_change, keep_leaning
from congto.office.meterdata.vee_dirty import (
    PART_POINTS,
    after_deliveries,
    clear,
    mark,
    marked,
    running_alone,
    with_mains,
)
from congto.office.meterdata.vee_facts import BookFacts
from congto.office.meterdata.vee_findings import keep_day_findings
from congto.office.meterdata.vee_part import PartDone, PartOrder, work
from congto.office.meterdata.vee_rebill import keep_cases
from congto.office.meterdata.vee_sources import LOOK_DAYS, RATIO_DAYS, YEAR_DAYS
from congto.office.meterdata.vee_together import mark_together
from congto.office.storage.bulk import bulk
from congto.office.storage.interval_tables import HISTORY, VALIDATED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from congto.office.meterdata.vee_facts import Facts
    from congto.office.meterdata.vee_part import DayBase
    from congto.office.storage.bulk import Bulk
    from congto.vocabulary.interval_rules import DatedIntervalRule


A_YEAR_LATER = """
SELECT DISTINCT usage_point_id AS usage_point, local_day FROM meterdata_leaningday
WHERE usage_point_id = ANY($1::bigint[]) AND local_day BETWEEN $2 AND $3
"""


@dataclass(frozen=True, slots=True)
class LateReport:
    """What a run over marked days did: days of points looked at, changed, and cases opened."""

    looked_at: int
    changed: int
    cases: int


def run_late(  # noqa: PLR0913  (which days, of whom, how far)
    rules: Sequence[DatedIntervalRule],
    *,
    at: datetime,
    facts: Facts | None = None,
    points: Sequence[int] | None = None,
    last: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LateReport:
    """Derive all marked days again, the earliest first, until none is left.

    Args:
        rules: published and decided ones.
        at: when the rows enter the books.
        facts: of the points; from the books by default.
        points: only these usage points; all by default.
        last: no day after this one; a screen that waits leaves what follows to the next run.
        progress: told (days of points done, those known to be left).

    Raises:
        RefusedError: another run works.
    """
    source = facts or BookFacts()
    only = None if points is None else np.unique(np.array(list(points), np.int64))
    looked_at = changed = cases = 0
    with running_alone():
        while True:
            base, waiting, left = _next(only, last)
            if base is None:
                return LateReport(looked_at, changed, cases)
            in_force = IntervalRules.on(rules, base.day)
            for part, own in _by_part(waiting):
                keys = own["usage_point"].to_numpy()
                order = PartOrder(base, part, source, in_force, at, points=keys)
                done = work(order)
                cases += _keep(base, done, own, order, at)
                looked_at += own.height
                changed += len(done.changed)
                left -= own.height
                if progress is not None:
                    progress(looked_at, looked_at + left)


def _next(
    only: NDArray[np.int64] | None, last: date | None
) -> tuple[DayBase | None, pl.DataFrame, int]:
    """Return the earliest day with marks, its marks, and how many marks there are in all.

    Days whose own run is not done are left to it.
    """
    with bulk() as books:
        after_deliveries(books)
        every = _ready(books, marked(books, DirtyStage.VALIDATION))
        if only is not None:
            every = every.filter(pl.col("usage_point").is_in(pl.Series(only).implode()))
        if last is not None:
            every = every.filter(pl.col("local_day") <= last)
        if every.is_empty():
            return None, every, 0
        day = every["local_day"].min()
        assert isinstance(day, date)
        return base_of(day), every.filter(pl.col("local_day") == day), every.height


def _ready(books: Bulk, days: pl.DataFrame) -> pl.DataFrame:
    """Keep the marks of parts that are validated."""
    done = books.read(
        "SELECT local_day, part FROM meterdata_validatedpart WHERE done_at IS NOT NULL"
    )
    part = (pl.col("usage_point") // PART_POINTS).cast(pl.Int32)
    return days.with_columns(part=part).join(done, on=["local_day", "part"], how="semi")


def _by_part(waiting: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    groups = waiting.sort("usage_point").group_by(["part"], maintain_order=True)
    return [(int(part), own) for (part,), own in groups]


def _keep(base: DayBase, done: PartDone, own: pl.DataFrame, order: PartOrder, at: datetime) -> int:
    """Mark what follows, then make the files part of the tables, then take the marks back."""
    with bulk() as books:
        _mark_what_follows(books, base.day, done, at)
        stale = begin_change(books, base.day, done.sums)
    VALIDATED.commit(done.validated, at=at)
    HISTORY.commit(done.history, at=at)
    keys = own["usage_point"]
    with bulk() as books:
        keep_day_findings(
            books, done.findings, base.day, keys[0], keys[-1], at=at, points=keys.to_list()
        )
        end_change(books, base.day, done.sums, order.facts, stale=stale, at=at)
        bounds = (order.first, order.last)
        keep_leaning(books, done.leaning, base.day, bounds, keys.to_list())
        cases = keep_cases(books, base.day, done.changed.tolist(), order.rules, at=at)
        clear(books, own, DirtyStage.VALIDATION)
    return cases


def _mark_what_follows(books: Bulk, day: date, done: PartDone, at: datetime) -> None:
    """Mark the next day of what is remembered otherwise, later days of what changed, dependents."""
    changed, moved = pl.DataFrame({"usage_point": done.changed}), done.moved
    last = day + timedelta(days=WINDOW_DAYS)
    later = books.read(
        "SELECT DISTINCT local_day, part FROM meterdata_validatedpart"
        " WHERE local_day > $1 AND local_day <= $2",
        (day, last),
    )
    part = (pl.col("usage_point") // PART_POINTS).cast(pl.Int32)
    leaning = with_mains(books, changed).with_columns(part=part).join(later, on="part")
    a_year_later = books.read(
        A_YEAR_LATER,
        (
            done.changed.tolist(),
            day + timedelta(days=YEAR_DAYS - LOOK_DAYS),
            day + timedelta(days=YEAR_DAYS + RATIO_DAYS),
        ),
    )
    following = (
        pl.DataFrame({"usage_point": moved})
        .with_columns(part=part)
        .join(later.filter(pl.col("local_day") == day + timedelta(days=1)), on="part")
    )
    every = [
        one.select("usage_point", "local_day")
        for one in (leaning, following, done.others, a_year_later)
    ]
    days = pl.concat(every).unique()
    mark(books, days, DirtyStage.VALIDATION, at=at)
    dependents = changed.with_columns(local_day=pl.lit(day, dtype=pl.Date))
    mark_together(books, dependents, at=at)
    mark(books, dependents, DirtyStage.DEPENDENTS, at=at)
