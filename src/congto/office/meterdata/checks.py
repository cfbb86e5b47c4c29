"""The checks of a period's readings, partition by partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines import readings
from congto.engines.usage.gate import RULES as GATE_RULES
from congto.office.meterdata.determinants_bands import half_hour_bands
from congto.office.meterdata.findings import keep_findings
from congto.office.meterdata.period_reads import PeriodReads, customers_of, network_of, partitions
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk
from congto.vocabulary.frames.readings import INTERVAL_SUMS
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from congto.vocabulary.periods import Period

RULES = [
    *(rule.RULE for rule in (*readings.REGISTER_RULES, *readings.HALF_HOUR_RULES)),
    *GATE_RULES,
]


def check_period(
    period: Period, *, at: datetime, progress: Callable[[str, int, int], None] | None = None
) -> int:
    """Check all readings of a period and keep the findings; return how many changed in the books.

    Running it again on the same readings changes nothing.

    Args:
        period: local days, half-open; registers are read on its first day and on its end.
        at: when the findings are made.
        progress: told ("", points done, points in all).
    """
    with bulk() as books:
        half_hours = intervals.period_sums(period)
        parts = partitions(books)
        total = sum(part.points for part in parts)
        found, units, done = [], [], 0
        network = network_of(books, period)
        for part in [None, *parts]:
            reads = network if part is None else customers_of(books, period, part)
            found.append(_check(reads, half_hours, period))
            subjects = found[-1].select("subject").unique()
            units.append(reads.points.select("subject", "unit_id").join(subjects, on="subject"))
            done += 0 if part is None else part.points
            if progress is not None:
                progress("", done, total)
        return keep_findings(
            books,
            pl.concat(found),
            rules=RULES,
            period=period,
            subject_kind="usage_point",
            units=pl.concat(units),
            at=at,
        )


def _check(reads: PeriodReads, half_hours: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Run all rules on one partition."""
    advanced = readings.advances(reads.reads)
    sums = interval_sums(reads.reads, half_hours, period)
    registers = half_hour_bands(reads, advanced, readings.check_registers(advanced), period)
    return pl.concat([registers.findings, readings.check_half_hours(sums, advanced)])


def interval_sums(reads: pl.DataFrame, half_hours: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Lay the half-hours beside the points that are read remotely all period: INTERVAL_SUMS.

    A table without any half-hour of the period means that none are collected, not that all are
    missing; then there is nothing to check.
    """
    if half_hours.is_empty():
        return INTERVAL_SUMS.empty()
    remote = reads.filter("remote").select("usage_point", "subject", "period_from", "period_to")
    whole = remote.unique().filter(
        pl.col("period_from") == period.start, pl.col("period_to") == period.end
    )
    joined = whole.join(half_hours, on="usage_point", how="left")
    counts = joined.with_columns(
        pl.col("present", "negative", "energy_wh").fill_null(0),
        pl.col("lowest_wh").fill_null(0),
        expected=pl.lit(period.days * HALF_HOURS, dtype=pl.Int64),
    )
    return INTERVAL_SUMS.check(counts)
