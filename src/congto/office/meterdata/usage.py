"""Usage of a period into the books, partition by partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from congto.engines import readings, usage
from congto.office.meterdata.determinants_bands import half_hour_bands
from congto.office.meterdata.judging import standing_findings
from congto.office.meterdata.period_reads import (
    PeriodReads,
    agreements_of,
    customers_of,
    partitions,
)
from congto.office.organisation.loading import MANY_ROWS, insert
from congto.office.storage.bulk import BY_KEY, Bulk, bulk
from congto.vocabulary.frames.usage import METERED_REGISTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from congto.office.meterdata.period_reads import Partition
    from congto.vocabulary.periods import Period

MEASURES = [
    "energy_wh",
    "normal_wh",
    "peak_wh",
    "off_peak_wh",
    "reactive_varh",
    "quality",
    "flags",
]
SAME = ["reading_book_id", "period_to", *MEASURES]

HELD = """
SELECT DISTINCT ON (agreement_id, period_from) agreement_id, period_from, version,
    reading_book_id, period_to, energy_wh, normal_wh, peak_wh, off_peak_wh, reactive_varh,
    quality, flags
FROM meterdata_usage WHERE period_from >= $1 AND period_to <= $2 AND {whose}
ORDER BY agreement_id, period_from, version DESC
"""


def determine_usage(
    period: Period,
    *,
    at: datetime,
    session: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Determine the usage of every agreement whose readings are accepted; return the rows written.

    Each partition of whole reading books is one transaction. A usage that is there already and
    equal is left alone; one that differs, because readings were corrected, becomes a new version.
    Agreements with a rejected or missing reading get none: their findings say why.

    Args:
        period: local days, half-open.
        at: when the usage is determined.
        session: only the books of this reading session (phiên).
        progress: told ("", points done, points in all).
    """
    parts = usage_partitions(session)
    total, done, written = sum(part.points for part in parts), 0, 0
    for part in parts:
        written += determine_part(period, part, at=at)
        done += part.points
        if progress is not None:
            progress("", done, total)
    if written >= MANY_ROWS:
        with bulk() as books:
            books.execute("ANALYZE meterdata_usage")
    return written


def usage_partitions(session: int | None = None) -> list[Partition]:
    """Return the partitions that usage is determined by: runs of whole reading books."""
    with bulk() as books:
        return partitions(books, session=session)


def determine_part(period: Period, part: Partition, *, at: datetime) -> int:
    """Determine one partition in one transaction; return the rows written."""
    with bulk(flush=False) as books:
        return _determine(books, period, part, at)


def determine_agreements(period: Period, agreements: list[int], *, at: datetime) -> int:
    """Determine some agreements in a period again; return the rows written."""
    with bulk() as books:
        found = agreements_of(books, period, agreements)
        return _keep(books, period, found, ("agreement_id = ANY($3)", agreements), at=at)


def _determine(books: Bulk, period: Period, part: Partition, at: datetime) -> int:
    """Determine one partition."""
    found = customers_of(books, period, part)
    for setting in BY_KEY:  # from here on tables that grow with the run, whose statistics are old
        books.execute(setting)
    whose = ("reading_book_id BETWEEN $3 AND $4", part.first_book, part.last_book)
    return _keep(books, period, found, whose, at=at)


def _keep(
    books: Bulk, period: Period, found: PeriodReads, whose: tuple[Any, ...], *, at: datetime
) -> int:
    """Write the usages that differ from those the books hold of the same agreements.

    Args:
        books: the transaction.
        period: the period.
        found: what was read.
        whose: which usages to compare with: a condition from $3 on and its parameters.
        at: when.
    """
    determined = usage.determine(metered_registers(books, found, period)).rename(
        {"agreement": "agreement_id", "reading_book": "reading_book_id"}
    )
    condition, *parameters = whose
    held = books.read(HELD.format(whose=condition), (period.start, period.end, *parameters))
    old = held.rename({name: f"__{name}" for name in ["version", *SAME]})
    joined = determined.join(old, on=["agreement_id", "period_from"], how="left")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"__{name}")) for name in SAME)
    new = joined.filter(differs).select(
        "agreement_id",
        "period_from",
        *SAME,
        version=(pl.col("__version").fill_null(0) + 1).cast(pl.Int16),
        known_at=pl.lit(at).dt.convert_time_zone("UTC"),
    )
    insert(books, "meterdata_usage", new, analyze=False)
    return new.height


def metered_registers(books: Bulk, found: PeriodReads, period: Period) -> pl.DataFrame:
    """Judge a partition's reads and tell whose they are: frame METERED_REGISTERS.

    Bills go by registers; where an agreement pays three prices and the meter has one register, by
    complete half-hours that pass the gate. What a person has confirmed is not rejected again.
    """
    advanced = readings.advances(found.reads)
    findings = standing_findings(books, advanced, period)
    bands = half_hour_bands(found, advanced, findings, period)
    judged = readings.judge(advanced, bands.findings)
    whose = found.points.select(
        "usage_point", "agreement", "reading_book", "period_from", "period_to"
    )
    own = judged.rename({"period_from": "meter_from", "period_to": "meter_to"})
    part = (pl.col("meter_from") > pl.col("period_from")) | (
        pl.col("meter_to") < pl.col("period_to")
    )
    rows = own.join(whose, on="usage_point").with_columns(
        exchanged=part, half_hours=pl.lit(value=False)
    )
    return METERED_REGISTERS.check(bands.instead_of_totals(rows))
