"""The days of a file as arrays by channel: rows are usage points, then days, then half-hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """One channel of a file.

    Attributes:
        codes: usage points, rising. days: consecutive local days of the file.
        values: Wh or varh, ABSENT where not delivered; (points, days, 48). Where a meter was
            exchanged inside a day, both meters' values are added up.
        qualities: as delivered; status: the meter's bits; (points, days, 48).
        meters: number of the meter that delivered the day, -1: none or several; (points, days).
        multipliers: that the file says; 0: none; (points, days).
        first, last: the point's first and last day in the file; (points,).
    """

    channel: Channel
    codes: list[str]
    days: list[date]
    values: NDArray[np.int32]
    qualities: NDArray[np.uint8]
    status: NDArray[np.uint8]
    meters: Whole
    multipliers: Whole
    first: Whole
    last: Whole


def series_of(days: pl.DataFrame, meters: list[str]) -> list[Series]:
    """Return the channels of days (DELIVERED_DAYS); `meters` are all serial numbers, rising."""
    if days.is_empty():
        return []
    begin, end = days.select(first=pl.col("local_day").min(), last=pl.col("local_day").max()).row(0)
    every = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return [
        _series(Channel(channel), part, every, meters)
        for (channel,), part in sorted(days.partition_by("channel", as_dict=True).items())
    ]


def _series(channel: Channel, days: pl.DataFrame, every: list[date], meters: list[str]) -> Series:
    codes = days["usage_point"].unique().sort().to_list()
    shape = (len(codes), len(every))
    row = numbers(days["usage_point"], codes)
    day = (days["local_day"] - every[0]).dt.total_days().to_numpy()
    out = Series(
        channel,
        codes,
        every,
        np.full((*shape, HALF_HOURS), ABSENT, np.int32),
        np.full((*shape, HALF_HOURS), Quality.MEASURED, np.uint8),
        np.zeros((*shape, HALF_HOURS), np.uint8),
        np.full(shape, -1, np.int64),
        np.zeros(shape, np.int64),
        np.full(len(codes), len(every), np.int64),
        np.full(len(codes), -1, np.int64),
    )
    _lay(out, days, (row, day))
    out.meters[row, day] = numbers(days["meter"], meters)
    several = days.select(pl.len().over("usage_point", "local_day") > 1).to_series().to_numpy()
    out.meters[row[several], day[several]] = -1
    out.multipliers[row, day] = days["multiplier"].fill_null(0).to_numpy()
    np.minimum.at(out.first, row, day)
    np.maximum.at(out.last, row, day)
    return out


def _lay(out: Series, days: pl.DataFrame, at: tuple[Whole, Whole]) -> None:
    """Write the lists of the days into the arrays; the second meter of a day is added up."""
    values = _array(days["values"], ABSENT).astype(np.int32)
    qualities = _array(days["qualities"], Quality.MEASURED).astype(np.uint8)
    status = _array(days["status"], 0).astype(np.uint8)
    turn = days.select(pl.int_range(pl.len()).over("usage_point", "local_day"))
    turns = turn.to_series().to_numpy()
    for number in range(int(turns.max(initial=0)) + 1):
        now = np.flatnonzero(turns == number)
        place = (at[0][now], at[1][now])
        before, new = out.values[place], values[now]
        both = (before != ABSENT) & (new != ABSENT)
        out.values[place] = np.where(both, before + new, np.where(new == ABSENT, before, new))
        known = np.where(new == ABSENT, Quality.MEASURED, qualities[now]).astype(np.uint8)
        out.qualities[place] = np.minimum(out.qualities[place], known)
        out.status[place] |= status[now]


def _array(lists: pl.Series, usual: int) -> Whole:
    """Return list columns as (rows, 48), `usual` where a list or a value is null."""
    filled = pl.select(
        pl.when(lists.is_null())
        .then(pl.lit([usual] * HALF_HOURS, dtype=lists.dtype))
        .otherwise(lists)
        .explode()
        .fill_null(usual)
    ).to_series()
    return filled.cast(pl.Int64).to_numpy().reshape(-1, HALF_HOURS)


def numbers(words: pl.Series, known: list[str]) -> Whole:
    """Return each word's place in the list, -1 for null."""
    places = {word: number for number, word in enumerate(known)}
    return words.replace_strict(places, default=-1, return_dtype=pl.Int64).to_numpy()
