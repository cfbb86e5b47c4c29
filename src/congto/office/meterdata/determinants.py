"""Determinants of every usage point in a period: a file for each run of usage points.

Folder `<CONGTO_DATA>/determinants/<from>_<to>`. A file says what it was made from: points and their
registers, files of half-hours, time bands. A run makes those that differ; so one that was killed
goes on where it was, and after late readings only their parts are made again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from django.conf import settings

from congto.engines import readings, usage
from congto.office.meterdata.determinants_reads import DayFiles, day_files, month_of, registers_of
from congto.office.meterdata.judging import standing_findings
from congto.office.meterdata.period_reads import points_between
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.storage import derived
from congto.office.storage.bulk import bulk, read
from congto.reference import load_time_bands
from congto.vocabulary.frames.usage import DETERMINANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from congto.vocabulary.periods import Period
    from congto.vocabulary.prices import TimeBandSchedule

FORMAT = "1"
"""Raised when the arithmetic or the columns change, so that older files are made again."""

PARTS = """
SELECT id / $1::bigint AS part, count(*) AS points FROM meters_usagepoint GROUP BY 1 ORDER BY 1
"""


def folder_of(period: Period) -> Path:
    """Return where the determinants of a period are."""
    folder: Path = settings.DATA / "determinants" / f"{period.start}_{period.end}"
    return folder


def determine_points(
    period: Period,
    *,
    pool: Executor | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Determine every usage point in a period; return how many files were made.

    Files that were made from the same readings are left alone.

    Args:
        period: local days, half-open; agreements and meters count for their part of it.
        pool: processes to work in; this one by default.
        progress: told ("", points done, points in all).
    """
    parts = read(PARTS, (PART_POINTS,))
    work = partial(_part, period, files=day_files(period), schedules=load_time_bands())
    done, made = 0, 0
    results = (map if pool is None else pool.map)(work, parts["part"])
    for points, new in zip(parts["points"], results, strict=True):
        made += new
        done += points
        if progress is not None:
            progress("", done, int(parts["points"].sum()))
    kept = {f"{part}.parquet" for part in parts["part"]}
    for place in folder_of(period).glob("*.parquet"):
        if place.name not in kept:
            place.unlink()
    return made


def _part(
    period: Period, part: int, files: Sequence[DayFiles], schedules: Sequence[TimeBandSchedule]
) -> bool:
    """Make the file of a part unless it is there and made from the same."""
    first, last = part * PART_POINTS, (part + 1) * PART_POINTS - 1
    with bulk() as books:
        found = points_between(books, period, first, last)
        advanced = readings.advances(found.reads)
        registers = registers_of(advanced, standing_findings(books, advanced, period))
    points = found.points.select("usage_point", "period_from", "period_to").sort("usage_point")
    names = [name for one in files for name in one.names(first, last)]
    bands = [f"{one.code} {one.start} {one.end}" for one in schedules]
    word = derived.word_of([FORMAT], points, registers, names, bands)
    place = folder_of(period) / f"{part}.parquet"
    if derived.made_from(place) == word:
        return False
    derived.write(place, part_determinants(points, registers, files, schedules), of=word)
    return True


def part_determinants(
    points: pl.DataFrame,
    registers: pl.DataFrame,
    files: Sequence[DayFiles],
    schedules: Sequence[TimeBandSchedule],
) -> pl.DataFrame:
    """Determine some points: frame DETERMINANTS, by usage point.

    Args:
        points: usage_point, rising, period_from, period_to.
        registers: frame POINT_REGISTERS.
        files: of the days of the period.
        schedules: time bands.
    """
    if points.is_empty():
        return DETERMINANTS.empty()
    month = month_of(points, files, schedules)
    return usage.point_determinants(month.frame(), registers)


def determinants_of(period: Period, points: Sequence[int] | None = None) -> pl.DataFrame:
    """Return the determinants of a period, of everybody or of some points: frame DETERMINANTS.

    Empty where they were not made.
    """
    places = sorted(folder_of(period).glob("*.parquet"))
    if not places:
        return DETERMINANTS.empty()
    rows = pl.scan_parquet(places)
    own = rows if points is None else rows.filter(pl.col("usage_point").is_in(list(points)))
    return DETERMINANTS.check(own.collect()).sort("usage_point")
