"""Aggregates of a local day: energy by transformer, feeder, district, company, customer class.

Folder `<CONGTO_DATA>/aggregates`, a file a day of 24 hours and the day for each group. Customer
points only: what the network's own meters measure is a balance, not a sum of customers. All
customers count for the coverage, those without half-hours too: the figure beside the energy says
how much of the group it speaks of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from django.conf import settings

from congto.engines import usage
from congto.office.meterdata.aggregates_cells import Cells, cells_on
from congto.office.meterdata.determinants_reads import DayFiles, day_files, valid_day
from congto.office.meterdata.vee_dirty import PART_POINTS
from congto.office.storage import derived
from congto.office.storage.bulk import bulk
from congto.vocabulary.frames.usage import AGGREGATES, CELL_HOURS
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

FORMAT = "1"
"""Raised when the arithmetic or the columns change, so that older files are made again."""


def folder() -> Path:
    """Return where the aggregates are."""
    place: Path = settings.DATA / "aggregates"
    return place


def is_made(day: date) -> bool:
    """Tell whether a day was added up before."""
    return (folder() / f"{day}.parquet").exists()


def aggregate_day(day: date) -> bool:
    """Add up a local day; return whether its file was made, or is there and made from the same."""
    (files,) = day_files(Period.of_day(day))
    with bulk() as books:
        cells = cells_on(books, day)
    word = derived.word_of(
        [FORMAT], cells.points, cells.groups, [file.path for file in files.validated.files]
    )
    place = folder() / f"{day}.parquet"
    if derived.made_from(place) == word:
        return False
    derived.write(place, day_aggregates(files, cells), of=word)
    return True


def day_aggregates(files: DayFiles, cells: Cells) -> pl.DataFrame:
    """Add up the half-hours of a day: frame AGGREGATES."""
    keys, of = cells.points["usage_point"].to_numpy(), cells.points["cell"].to_numpy()
    hours = [CELL_HOURS.empty()]
    cuts = np.flatnonzero(np.diff(keys // PART_POINTS)) + 1
    for part in np.split(np.arange(len(keys)), cuts):
        if len(part):
            day = valid_day(files, keys[part])
            place = np.minimum(np.searchsorted(keys, day.points), len(keys) - 1)
            known = keys[place] == day.points
            own = day if known.all() else day.take(known)
            hours.append(usage.cell_hours(own, of[place[known]]))
    added = usage.aggregates(cells.groups, pl.concat(hours))
    return AGGREGATES.check(added.with_columns(local_day=pl.lit(files.day)))


def aggregates_between(period: Period) -> pl.LazyFrame:
    """Return the aggregates of the days that were made, unread: columns of AGGREGATES."""
    places = [folder() / f"{day}.parquet" for day in period.each_day()]
    made = [place for place in places if place.exists()]
    return pl.scan_parquet(made) if made else AGGREGATES.empty().lazy()
