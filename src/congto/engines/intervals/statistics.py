"""What is remembered of each point: carried on by one day, never computed from past days again.

Means and deviations are plain over the first days of a type and exponentially weighted from then
on; the highest half-hour is kept in two parts of 14 days (docs/decisions/0012). Whole numbers only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import History
from congto.engines.intervals.day import figures
from congto.vocabulary.intervals import HALF_HOURS, DayType
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock

DAYS_KEPT = 28
WEIGHT_DAYS = np.array([10, 5, 5, 5])
"""By DayType, N of the newest day's weight 1/N. Working days: as fresh and as steady as the plain
mean of the 20 of four weeks, (20 + 1) / 2; other types: of nine, as rules ask for five at least."""
ZERO_WEIGHT_DAYS = 14  # (28 + 1) / 2, days of all types
PEAK_DAYS = 14  # the highest half-hour covers the newest 15 to 28 valid days
FAR_DEVIATIONS = 3
FAR_WH = 1_000
LEAST_DAYS = 5
LONGEST = 30_000  # days in a row, within 16 bits
MOST = 2**31 - 1
PPM = 1_000_000


def nothing_known(count: int) -> History:
    """Return the history of points that have had no day yet."""
    by_type = [np.zeros((count, len(DayType)), np.int64) for _ in range(2)]
    counts = [np.zeros(count, np.int16) for _ in range(3)]
    return History(
        days=np.zeros((count, len(DayType)), np.int16),
        mean_wh=by_type[0],
        deviation_wh=by_type[1],
        highest_wh=np.zeros(count, np.int32),
        zero_permille=counts[0],
        zero_days=counts[1],
        estimated_days=counts[2],
        recent_wh=np.zeros(count, np.int32),
        recent_days=np.zeros(count, np.int8),
        zero_ppm=np.zeros(count, np.int32),
    )


def advance(
    history: History, block: DayBlock, values: NDArray[np.int32], quality: NDArray[np.integer]
) -> History:
    """Return the history after one more day.

    A day is valid if it is complete and nothing in it is estimated; only valid days change means,
    highest half-hour and zero share. Days are given in order, each once.

    Args:
        history: before the day, rows as in the block.
        block: the day as delivered.
        values: the day as validated and estimated, Wh; ABSENT where unknown. (n, 48)
        quality: the weakest of each day (vocabulary.quality.Quality); (n,).
    """
    day = figures(values)
    valid = (quality >= Quality.EDITED) & (day.present == HALF_HOURS)
    days, mean, deviation = _usual(history, block.day_type, valid, day.sums)
    highest, recent, recent_days = _highest(history, valid, day.highest)
    zero_ppm = _zero_share(history, valid, values, day.lowest)
    return History(
        days=days,
        mean_wh=mean,
        deviation_wh=deviation,
        highest_wh=highest,
        zero_permille=(zero_ppm // 1000).astype(np.int16),
        zero_days=_zero_days(history, block, values, valid & (day.sums == 0)),
        estimated_days=_in_a_row(history.estimated_days, quality < Quality.EDITED),
        recent_wh=recent,
        recent_days=recent_days,
        zero_ppm=zero_ppm,
    )


def _usual(
    history: History, day_type: DayType, valid: NDArray[np.bool_], sums: NDArray[np.int64]
) -> tuple[NDArray[np.int16], NDArray[np.int64], NDArray[np.int64]]:
    """Return days, mean and deviation by day type with the valid days counted in."""
    kind = day_type.value
    rows = np.flatnonzero(valid)
    known = history.days[rows, kind].astype(np.int64)
    mean, deviation = history.mean_wh[rows, kind], history.deviation_wh[rows, kind]
    weight = np.minimum(known + 1, WEIGHT_DAYS[kind])
    day = _not_too_far(sums[rows], mean, deviation, known)
    before = day - mean
    new_mean = mean + _divided(before, weight)
    # Squares stay within 64 bits: a day counts as at most 2.1 GWh beside its mean.
    product = np.clip(before, -MOST, MOST) * np.clip(day - new_mean, -MOST, MOST)
    variance = deviation**2 + _divided(product - deviation**2, weight)
    days, means = history.days.copy(), history.mean_wh.copy()
    deviations = history.deviation_wh.copy()
    days[rows, kind] = np.minimum(known + 1, DAYS_KEPT)
    means[rows, kind] = new_mean
    deviations[rows, kind] = _root(np.maximum(variance, 0))
    return days, means, deviations


def _not_too_far(
    sums: NDArray[np.int64],
    mean: NDArray[np.int64],
    deviation: NDArray[np.int64],
    known: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return day sums drawn in to max(3 deviations, the mean) + 1 kWh around the mean.

    One day far off would else hide the next ones for weeks, as it widens the deviation. A lasting
    change is followed all the same, by a bounded step a day. The first five days count in full.
    """
    reach = np.maximum(FAR_DEVIATIONS * deviation, mean) + FAR_WH
    drawn = np.clip(sums, mean - reach, mean + reach)
    return np.where(known >= LEAST_DAYS, drawn, sums)


def _highest(
    history: History, valid: NDArray[np.bool_], peak: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
    """Return the highest half-hour, that of the newest part, and the days in that part.

    When a part is full it becomes the older one, and what came before it is forgotten.
    """
    count = len(peak)
    recent = np.zeros(count, np.int32) if history.recent_wh is None else history.recent_wh
    days = np.zeros(count, np.int8) if history.recent_days is None else history.recent_days
    full = valid & (days >= PEAK_DAYS)
    highest = np.where(full, recent, history.highest_wh)
    recent, days = np.where(full, 0, recent), np.where(full, 0, days)
    return (
        np.where(valid, np.maximum(highest, peak), highest).astype(np.int32),
        np.where(valid, np.maximum(recent, peak), recent).astype(np.int32),
        (days + valid).astype(np.int8),
    )


def _zero_share(
    history: History,
    valid: NDArray[np.bool_],
    values: NDArray[np.int32],
    lowest: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the share of half-hours that were zero, in millionths, with the valid days in."""
    known = history.zero_permille.astype(np.int64) * 1000
    if history.zero_ppm is not None:
        known = history.zero_ppm.astype(np.int64)
    zeros = np.zeros(len(values), np.int64)
    some = np.flatnonzero(lowest <= 0)
    zeros[some] = (values[some] == 0).sum(axis=1)
    weight = np.minimum(history.days.sum(axis=1, dtype=np.int64) + 1, ZERO_WEIGHT_DAYS)
    step = _divided(zeros * PPM // HALF_HOURS - known, weight)
    return np.where(valid, known + step, known).astype(np.int32)


def _zero_days(
    history: History, block: DayBlock, values: NDArray[np.int32], zero: NDArray[np.bool_]
) -> NDArray[np.int16]:
    """Count days without use; a measured value above zero ends them, an unknown day does not."""
    counted = np.where(zero, _in_a_row(history.zero_days, zero), history.zero_days)
    rows = np.flatnonzero(~zero & (history.zero_days > 0))
    used = (values[rows] > 0) & (values[rows] == block.values[rows])
    counted[rows[used.any(axis=1)]] = 0
    return counted


def _in_a_row(days: NDArray[np.int16], again: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Return the days in a row: one more where it is so again, none where it is not."""
    longer = np.minimum(days.astype(np.int64) + 1, LONGEST)
    return np.where(again, longer, 0).astype(np.int16)


def _divided(whole: NDArray[np.int64], by: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide by a positive number, rounded to the nearest whole, halves up: -3 / 2 -> -1."""
    quotient: NDArray[np.int64] = (whole + by // 2) // by
    return quotient


def _root(square: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the whole root, cut: 99 -> 9. The floating root only guesses; the guess is mended."""
    root = np.sqrt(square.astype(np.float64)).astype(np.int64)
    root -= root * root > square
    root += (root + 1) * (root + 1) <= square
    return root
