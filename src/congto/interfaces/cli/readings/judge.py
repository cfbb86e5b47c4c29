"""Judge the days of a file in their order, each with what is remembered of the days before it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from congto.engines.intervals.block import DayBlock, History
from congto.engines.intervals.delivery import Delivery
from congto.engines.intervals.findings import day_findings
from congto.engines.intervals.limits import IntervalRules
from congto.engines.intervals.statistics import advance, nothing_known
from congto.engines.intervals.validation import validate
from congto.reference.calendar import day_type
from congto.vocabulary.intervals import ABSENT, Status
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from congto.interfaces.cli.readings.dials import Dials
    from congto.interfaces.cli.readings.series import Series
    from congto.vocabulary.interval_rules import DatedIntervalRule


@dataclass(frozen=True, slots=True)
class Judged:
    """A channel after the rules.

    Attributes:
        series, dials: what was judged.
        rejected: values that must not be used; (points, days, 48).
        flagged: days that V-12 spoke of; (points, days).
        unfit: days whose registers must not be used; (points, days).
        inside: days from the point's first to its last in the file; (points, days).
        findings: frames DAY_FINDINGS; usage_point is the row in `series.codes`.
    """

    series: Series
    dials: Dials
    rejected: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    unfit: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    findings: list[pl.DataFrame]


def judge(
    series: Series, dials: Dials, others: Sequence[Series], rules: Sequence[DatedIntervalRule]
) -> Judged:
    """Validate every day of a channel; days that lack between a point's first and last are missing.

    Args:
        series: the channel.
        dials: its registers.
        others: the file's other channels.
        rules: as published (reference.interval_rules).
    """
    points, days = len(series.codes), len(series.days)
    at = np.arange(days)
    judged = Judged(
        series,
        dials,
        np.zeros(series.values.shape, np.bool_),
        np.zeros((points, days), np.bool_),
        np.zeros((points, days), np.bool_),
        (series.first[:, None] <= at) & (at <= series.last[:, None]),
        [],
    )
    history = nothing_known(points)
    for number in range(days):
        rows = np.flatnonzero(judged.inside[:, number])
        block = _block(series, dials, others, number, rows, taken(history, rows))
        checked = validate(block, IntervalRules.on(rules, block.day))
        judged.findings.append(day_findings(block, checked))
        judged.rejected[rows, number] = checked.rejected
        judged.unfit[rows, number] = checked.register_unfit
        for rule, _, hits in checked.found:
            if rule == "V-12":
                judged.flagged[rows[hits.rows], number] = True
        values = np.where(checked.rejected, ABSENT, block.values).astype(np.int32)
        weakest = series.qualities[rows, number].min(axis=1).astype(np.int64)
        complete = (values != ABSENT).all(axis=1)
        quality = np.where(complete, weakest, Quality.MISSING)
        put(history, rows, advance(block.history, block, values, quality))
    return judged


def _block(  # noqa: PLR0913, PLR0917  (a day of a channel is all of these)
    series: Series,
    dials: Dials,
    others: Sequence[Series],
    number: int,
    rows: NDArray[np.intp],
    history: History,
) -> DayBlock:
    """Return the day's block of these points; its keys are the points' rows in the series."""
    first = np.full(len(rows), number)
    status = series.status[rows, number]
    kind = day_type(series.days[number])
    siblings = {one.channel: _sibling(series, one, number, rows) for one in others}
    return DayBlock(
        day=series.days[number],
        day_type=kind,
        channel=series.channel,
        points=rows.astype(np.int64),
        values=series.values[rows, number],
        facts=dials.between(rows.astype(np.int64), first, first + 1),
        history=history,
        status=status if status.any() else None,
        outage=(status & Status.POWER_DOWN) != 0 if (status & Status.POWER_DOWN).any() else None,
        siblings=siblings or None,
        delivery=_delivery(series, dials, others, number, rows),
    )


def _sibling(
    series: Series, other: Series, number: int, rows: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return another channel's day for the same points, ABSENT where a point has none."""
    place = {code: at for at, code in enumerate(other.codes)}
    found = np.array([place.get(series.codes[row], -1) for row in rows], np.int64)
    values = np.full((len(rows), other.values.shape[2]), ABSENT, np.int32)
    values[found >= 0] = other.values[found[found >= 0], number]
    return values


def _delivery(
    series: Series,
    dials: Dials,
    others: Sequence[Series],
    number: int,
    rows: NDArray[np.intp],
) -> Delivery:
    """Return what the file says of the day: meter, multiplier, channels of the point."""
    codes = [series.codes[row] for row in rows]
    channels = np.full(len(rows), 1 << series.channel.value, np.uint8)
    for other in others:
        has = np.isin(codes, other.codes)
        channels |= np.where(has, 1 << other.channel.value, 0).astype(np.uint8)
    checked = dials.facts["checked"].to_numpy()[rows]
    return Delivery(
        meter=series.meters[rows, number] + 1,  # 0: names none
        multiplier=np.where(checked, series.multipliers[rows, number], 0),
        channels=channels,
    )


def taken(history: History, rows: NDArray[np.intp]) -> History:
    """Return the history of some points."""
    parts: dict[str, Any] = {
        one.name: None if getattr(history, one.name) is None else getattr(history, one.name)[rows]
        for one in fields(history)
    }
    return replace(history, **parts)


def put(history: History, rows: NDArray[np.intp], news: History) -> None:
    """Write the history of some points back."""
    for one in fields(history):
        held, new = getattr(history, one.name), getattr(news, one.name)
        if held is not None and new is not None:
            held[rows] = new
