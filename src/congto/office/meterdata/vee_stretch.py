"""Days between two registers that are completed together (E-99 over several days).

A meter that was silent for days has a register before and after them and none between. What the
register advanced is then shared by all open half-hours of the stretch. A day of a stretch is
derived by itself, like any other, and works out the whole stretch to keep its own part: the answer
follows from what was measured in the stretch, the like days before it and the two registers, so
all its days come to parts of the same whole. When one of them changes, the others are marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.estimation import Estimated, Sources, Span, estimate_span
from congto.engines.intervals.registers import read_step_wh
from congto.office.meterdata.vee_block import sliced
from congto.office.meterdata.vee_sources import earlier_days, like_sources
from congto.office.meterdata.vee_stored import places, stored_day
from congto.office.storage.interval_tables import VALIDATED
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock

AROUND: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "opened_on": pl.Date(),  # the last register read on the day or before
    "closed_on": pl.Date(),  # the first one after the day
    "advance_wh": pl.Int64(),  # between them, times the multiplier
}
"""One row per usage point whose registers are further apart than the day."""

DAYS_MAX = 62
"""Registers further apart say little of one day, and a bill lies between them."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What stretches say of a day.

    Attributes:
        rows: of the rows asked about, those in a stretch, rising; (k,).
        done: their part of the estimate; (k, 48).
        others: usage_point, local_day: the other days of these stretches.
    """

    rows: NDArray[np.intp]
    done: Estimated
    others: pl.DataFrame


@dataclass(frozen=True, slots=True)
class OpenRows:
    """Rows of a block with half-hours to estimate and no register at both ends of the day.

    Attributes:
        rows: in the block; (n,). values, usable: of these; (n, 48).
    """

    block: DayBlock
    rows: NDArray[np.intp]
    values: NDArray[np.int32]
    usable: NDArray[np.bool_]

    @property
    def points(self) -> NDArray[np.int64]:
        """Return the usage points; (n,)."""
        return self.block.points[self.rows]


def settle(asked: OpenRows, around: pl.DataFrame) -> Settled:
    """Complete the rows whose stretch is known and validated on all its other days.

    Args:
        asked: rows of a block.
        around: frame AROUND of their points.
    """
    count = len(asked.rows)
    values = np.full((count, HALF_HOURS), ABSENT, np.int32)
    words = np.zeros((2, count, HALF_HOURS), np.uint8)
    hit = np.zeros(count, np.bool_)
    others = [pl.DataFrame(schema={"usage_point": pl.Int64(), "local_day": pl.Date()})]
    groups = around.sort("usage_point").group_by(["opened_on", "closed_on"], maintain_order=True)
    for (first, end), own in groups:
        assert isinstance(first, date) and isinstance(end, date)  # noqa: PT018  (two types)
        days = [first + timedelta(days=back) for back in range((end - first).days)]
        rows, at = places(asked.points, own["usage_point"].to_numpy())
        kept, done = _together(asked, rows, days, own["advance_wh"].to_numpy()[at])
        hit[kept], values[kept], words[0, kept], words[1, kept] = (
            True,
            done.values,
            done.methods,
            done.qualities,
        )
        rest = pl.Series([day for day in days if day != asked.block.day], dtype=pl.Date)
        points = pl.DataFrame({"usage_point": asked.points[kept]})
        others.append(points.join(rest.to_frame("local_day"), how="cross"))
    found = np.flatnonzero(hit)
    return Settled(
        found, Estimated(values[found], words[0, found], words[1, found]), pl.concat(others)
    )


def _together(
    asked: OpenRows, rows: NDArray[np.intp], days: Sequence[date], advance_wh: NDArray[np.int64]
) -> tuple[NDArray[np.intp], Estimated]:
    """Complete a stretch for some rows; return those that it holds for, and the day's part."""
    block, points = asked.block, asked.points[rows]
    values = np.full((len(rows), len(days), HALF_HOURS), ABSENT, np.int32)
    usable = np.zeros(values.shape, np.bool_)
    whole = np.ones(len(rows), np.bool_)
    for number, day in enumerate(days):
        if day == block.day:
            values[:, number], usable[:, number] = asked.values[rows], asked.usable[rows]
            continue
        stored = stored_day(VALIDATED.snapshot(day), block.channel, points=points)
        own, at = places(points, stored.points)
        there = (stored.methods == Method.NONE) | (stored.methods == Method.EDITED)
        values[own, number] = stored.values[at]
        usable[own, number] = (there & (stored.values != ABSENT))[at]
        missing = np.ones(len(rows), np.bool_)
        missing[own] = False
        whole &= ~missing
    span = _span(asked, rows, days, values, usable, advance_wh)
    # A register below what was measured is a matter of each day (E-13).
    fit = np.flatnonzero(whole & ~span.contradicted())
    done = estimate_span(sliced(span, fit), _sources(block, points[fit], days))
    part = slice(days.index(block.day) * HALF_HOURS, (days.index(block.day) + 1) * HALF_HOURS)
    own_part = Estimated(done.values[:, part], done.methods[:, part], done.qualities[:, part])
    return rows[fit], own_part


def _span(  # noqa: PLR0913, PLR0917  (a stretch is all of these)
    asked: OpenRows,
    rows: NDArray[np.intp],
    days: Sequence[date],
    values: NDArray[np.int32],
    usable: NDArray[np.bool_],
    total_wh: NDArray[np.int64],
) -> Span:
    """Return the stretch as one span; outages are known of the day itself, by the row's facts."""
    flat = (len(rows), len(days) * HALF_HOURS)
    where = asked.rows[rows]
    facts = sliced(asked.block.facts, where)
    return Span(
        day_types=tuple(day_type(day) for day in days),
        values=values.reshape(flat),
        usable=usable.reshape(flat),
        total_wh=total_wh,
        customer_class=facts.customer_class,
        relay_open=np.zeros((len(rows), len(days)), np.bool_),
        outage=None,
        step_wh=read_step_wh(facts, total_wh // facts.multiplier),
    )


def _sources(block: DayBlock, points: NDArray[np.int64], days: Sequence[date]) -> Sources:
    """Return like days of each day, all from before the stretch: what lies in it may yet change."""
    known = set(VALIDATED.days())
    like, nearest = [], []
    for day in days:
        stored = {
            one: VALIDATED.snapshot(one)
            for one in earlier_days(day)
            if one < days[0] and one.isoformat() in known
        }
        found = like_sources(block.channel, points, day, stored)
        like.append(found[0])
        nearest.append(found[1])
    return Sources(like_days=np.stack(like, axis=1), nearest=np.stack(nearest, axis=1))
