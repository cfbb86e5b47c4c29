"""Complete the judged days: what is missing or rejected is estimated, registers keep their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import Estimated, Sources, Span, estimate_span
from congto.engines.intervals.estimation.between_registers import stretches
from congto.engines.intervals.estimation.like_days import StoredDays, like_days, nearest_day
from congto.engines.intervals.estimation.sources import LIKE_DAYS_MAX
from congto.engines.intervals.registers import advance_wh, read_step_wh
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Status
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from congto.interfaces.cli.readings.judge import Judged
    from congto.interfaces.cli.readings.series import Whole

ESTIMATED_PERCENT_MAX = 10


def complete(judged: Judged) -> Estimated:
    """Return the channel with its gaps filled; arrays of (points, days, 48).

    Days between two registers are completed together, so that the sum of the whole stretch is the
    registers' difference to the last Wh; others day by day. Days outside a point's own are ABSENT.
    """
    series = judged.series
    usable = (series.values != ABSENT) & ~judged.rejected
    out = Estimated(
        np.where(usable, series.values, ABSENT).astype(np.int32),
        np.zeros(series.values.shape, np.uint8),
        np.where(usable, series.qualities, Quality.MISSING).astype(np.uint8),
    )
    out.qualities[judged.rejected] = Quality.REJECTED
    open_days = judged.inside & ~usable.all(axis=2)
    stored = StoredDays(tuple(series.days), series.values, _like(judged, usable))
    for rows, first, last, registers in _spans(judged, open_days):
        span = _span(judged, usable, rows, first, last, registers=registers)
        done = estimate_span(span, _sources(judged, stored, rows, first, last))
        shape = (len(rows), last - first, HALF_HOURS)
        # A register below the measured values replaces them as well (E-13).
        filled = ~usable[rows, first:last] | done.estimated.reshape(shape)
        for whole, part in zip(_arrays(out), _arrays(done), strict=True):
            target = whole[rows, first:last]
            whole[rows, first:last] = np.where(filled, part.reshape(shape), target)
    return out


def _arrays(done: Estimated) -> tuple[NDArray[np.integer], ...]:
    return done.values, done.methods, done.qualities


def _like(judged: Judged, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the days that others may lean on: complete, mostly measured, not found odd by V-12."""
    estimated = (judged.series.qualities <= Quality.FINAL_ESTIMATED).sum(axis=2)
    mostly = estimated * 100 <= ESTIMATED_PERCENT_MAX * HALF_HOURS
    leaned: NDArray[np.bool_] = usable.all(axis=2) & mostly & ~judged.flagged
    return leaned


def _spans(judged: Judged, open_days: NDArray[np.bool_]) -> Iterator[tuple[Whole, int, int, bool]]:
    """Yield (rows, first day, day after the last, by registers) of what has to be completed.

    Points with the same stretch go together.
    """
    dials, days = judged.dials, judged.inside.shape[1]
    known = (dials.begins_wh != ABSENT_WH) & (dials.ends_wh != ABSENT_WH)
    at = np.arange(days + 1)
    # Registers count where the point has days on both sides of them, or an end of its own days.
    known &= (judged.series.first[:, None] <= at) & (at <= judged.series.last[:, None] + 1)
    known[:, :-1] &= ~judged.unfit
    known[:, 1:] &= ~judged.unfit
    found = stretches(known, ~open_days)
    alone = open_days.copy()
    for first, length in sorted(set(zip(found.first.tolist(), found.days.tolist(), strict=True))):
        rows = found.row[(found.first == first) & (found.days == length)]
        alone[rows, first : first + length] = False
        yield rows.astype(np.int64), first, first + length, True
    for day in np.flatnonzero(alone.any(axis=0)).tolist():
        yield np.flatnonzero(alone[:, day]).astype(np.int64), day, day + 1, False


def _span(  # noqa: PLR0913  (a stretch of a channel is all of these)
    judged: Judged,
    usable: NDArray[np.bool_],
    rows: Whole,
    first: int,
    last: int,
    *,
    registers: bool,
) -> Span:
    """Return the stretch as the engine takes it."""
    series, width = judged.series, (last - first) * HALF_HOURS
    count = len(rows)
    facts = judged.dials.between(rows, np.full(count, first), np.full(count, last))
    status = series.status[rows, first:last].reshape(count, width)
    dark = (status & Status.POWER_DOWN) != 0
    return Span(
        day_types=tuple(day_type(day) for day in series.days[first:last]),
        values=series.values[rows, first:last].reshape(count, width),
        usable=usable[rows, first:last].reshape(count, width),
        total_wh=advance_wh(facts) if registers else np.full(count, ABSENT_WH),
        customer_class=facts.customer_class,
        relay_open=np.zeros((count, last - first), np.bool_),
        outage=dark if dark.any() else None,
        step_wh=read_step_wh(facts, facts.opening_wh, facts.closing_wh),
    )


def _sources(judged: Judged, stored: StoredDays, rows: Whole, first: int, last: int) -> Sources:
    """Return the like days in the file, and the half-hours beside the stretch."""
    series = judged.series
    own = StoredDays(stored.days, stored.values[rows], stored.usable[rows])
    like = np.full((len(rows), last - first, LIKE_DAYS_MAX, HALF_HOURS), ABSENT, np.int32)
    nearest = np.full((len(rows), last - first, HALF_HOURS), ABSENT, np.int32)
    for number, day in enumerate(series.days[first:last]):
        like[:, number] = like_days(day, day_type, own)
        nearest[:, number] = nearest_day(day, day_type, own)
    return Sources(
        like_days=like,
        nearest=nearest,
        before=_beside(judged, rows, first - 1, HALF_HOURS - 1),
        after=_beside(judged, rows, last, 0),
    )


def _beside(judged: Judged, rows: Whole, day: int, half_hour: int) -> NDArray[np.int32]:
    """Return a half-hour beside the stretch, ABSENT where it was not measured or power failed."""
    series = judged.series
    if not 0 <= day < len(series.days):
        return np.full(len(rows), ABSENT, np.int32)
    place = (rows, day, half_hour)
    bad = judged.rejected[place] | ((series.status[place] & Status.POWER_DOWN) != 0)
    bad |= series.qualities[place] < Quality.MEASURED_SUSPECT
    values: NDArray[np.int32] = np.where(bad, ABSENT, series.values[place]).astype(np.int32)
    return values
