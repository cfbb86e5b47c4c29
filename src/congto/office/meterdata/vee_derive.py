"""One block from delivered to validated: judge it, keep what people edited, estimate the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import Estimated, Span, estimate_span
from congto.engines.intervals.findings import day_findings
from congto.engines.intervals.statistics import advance
from congto.engines.intervals.validation import validate
from congto.office.meterdata.vee_block import sliced
from congto.office.meterdata.vee_sources import sources_of
from congto.office.meterdata.vee_stretch import OpenRows, settle
from congto.vocabulary.frames.intervals import DAY_FINDINGS
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Method, SourceRank
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock, History
    from congto.engines.intervals.limits import IntervalRules
    from congto.office.meterdata.vee_edits import Edits
    from congto.office.storage.interval_layers import RawDays
    from congto.office.storage.interval_tables import Snapshot

NO_POINT = -1

ROWS_AT_ONCE = 65_536
"""12.6 MB of values. Fewer rows stay in the processor's cache, but what each call costs whatever
its size weighs more: 250,000 days took 3.4, 3.0 and 2.3 s at 8,192, 16,384 and 65,536 rows."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What validation said of the rows that need a word each; all others are clean and complete.

    Attributes:
        rows: in the block, rising; (k,).
        reasons, rejected, suspect, temporary: of each half-hour; (k, 48).
        register_unfit: registers that must not be used; (k,).
        findings: frame DAY_FINDINGS.
    """

    rows: NDArray[np.intp]
    reasons: NDArray[np.uint32]
    rejected: NDArray[np.bool_]
    suspect: NDArray[np.bool_]
    temporary: NDArray[np.bool_]
    register_unfit: NDArray[np.bool_]
    findings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Leaning:
    """What estimation may ask for.

    Attributes:
        stored: validated days before.
        around: answers the registers around the day of some points, frame AROUND.
        class_days: half-hours of the mean customers, as in Sources; None: nothing is known.
        daily: answers the mean daily use of some points by registers, frame DAILY; None: there are
            no registers.
        check_points: of each row of the block the point that checks it, NO_POINT without one.
    """

    stored: Mapping[date, Snapshot]
    around: Callable[[NDArray[np.int64]], pl.DataFrame]
    class_days: NDArray[np.int32] | None = None
    daily: Callable[[list[int]], pl.DataFrame] | None = None
    check_points: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A validated block.

    Attributes:
        points, values: of every row; (n,), (n, 48).
        quality, day_wh: weakest quality and sum of each day, ABSENT_WH without one; (n,).
        rows: those with a word on half-hours, rising; (k,).
        qualities, methods, reasons: of these; (k, 48).
        history: after the day.
        findings: frame DAY_FINDINGS.
        others: usage_point, local_day: days completed together with this one.
    """

    points: NDArray[np.int64]
    values: NDArray[np.int32]
    quality: NDArray[np.int16]
    day_wh: NDArray[np.int64]
    rows: NDArray[np.intp]
    qualities: NDArray[np.uint8]
    methods: NDArray[np.uint8]
    reasons: NDArray[np.uint32]
    history: History
    findings: pl.DataFrame
    others: pl.DataFrame


def derive(
    block: DayBlock,
    raw: RawDays,
    rules: IntervalRules,
    leaning: Leaning,
    kept: Edits,
) -> Derived:
    """Validate and estimate a block, and carry its history on by the day.

    Args:
        block: the day.
        raw: what it was made from, for the ranks of its values.
        rules: in force on the day.
        leaning: what estimation may ask for.
        kept: what people edited in the block.
    """
    judged = judge(block, rules, _substituted(block, raw))
    values = block.values
    qualities = _qualities(judged, block, raw)
    methods = np.zeros(qualities.shape, np.uint8)
    usable = _usable(block, judged)
    if len(kept.rows):
        judged, values, (qualities, methods, usable) = _with_edits(
            judged, kept, values, (qualities, methods, usable)
        )
    values, others = _estimated(
        replace(block, values=values), judged, usable, (qualities, methods), leaning
    )
    quality = np.full(len(block.points), Quality.MEASURED, np.int16)
    quality[judged.rows] = qualities.min(axis=1, initial=Quality.MEASURED)
    day_wh = values.sum(axis=1, dtype=np.int64)
    day_wh[judged.rows[(values[judged.rows] == ABSENT).any(axis=1)]] = ABSENT_WH
    return Derived(
        points=block.points,
        values=values,
        quality=quality,
        day_wh=day_wh,
        rows=judged.rows,
        qualities=qualities,
        methods=methods,
        reasons=judged.reasons,
        history=advance(block.history, block, values, quality),
        findings=judged.findings,
        others=others,
    )


def judge(block: DayBlock, rules: IntervalRules, also: NDArray[np.bool_]) -> Judged:
    """Run the rules, some thousand rows at a time, and keep the rows that need a word.

    Args:
        block: the day.
        rules: in force on it.
        also: rows to keep whatever the rules say; (n,).
    """
    parts: list[list[NDArray[Any]]] = []
    findings = [DAY_FINDINGS.empty()]
    for start in range(0, len(block.points), ROWS_AT_ONCE):
        piece = slice(start, start + ROWS_AT_ONCE)
        small = sliced(block, piece)
        said = validate(small, rules)
        keep = also[piece] | (small.values.min(axis=1, initial=0) == ABSENT)
        keep[said.rows] = True
        rows = np.flatnonzero(keep)
        arrays = (said.reasons, said.rejected, said.suspect, said.temporary, said.register_unfit)
        parts.append([rows + start, *(one[rows] for one in arrays)])
        findings.append(day_findings(small, said))
    if not parts:
        none = np.zeros((0, HALF_HOURS), np.bool_)
        return Judged(
            np.zeros(0, np.intp), none.astype(np.uint32), none, none, none, none[:, 0], findings[0]
        )
    column = [np.concatenate(one) for one in zip(*parts, strict=True)]
    told = pl.concat(findings)
    return Judged(column[0], column[1], column[2], column[3], column[4], column[5], told)


def _substituted(block: DayBlock, raw: RawDays) -> NDArray[np.bool_]:
    """Return the rows with a value that its sender had estimated."""
    low = raw.ranks == SourceRank.SUBSTITUTED
    having = low if low.ndim == 1 else low.any(axis=1)
    rows = np.zeros(len(block.points), np.bool_)
    at = np.searchsorted(block.points, raw.points[having])
    inside = at < len(rows)
    inside[inside] = block.points[at[inside]] == raw.points[having][inside]
    rows[at[inside]] = True
    return rows


def _usable(block: DayBlock, judged: Judged) -> NDArray[np.bool_]:
    usable: NDArray[np.bool_] = (block.values[judged.rows] != ABSENT) & ~judged.rejected
    return usable


def _qualities(judged: Judged, block: DayBlock, raw: RawDays) -> NDArray[np.uint8]:
    """Return the quality of each half-hour before estimation; (k, 48)."""
    qualities = np.full(judged.rejected.shape, Quality.MEASURED, np.uint8)
    qualities[judged.suspect] = Quality.MEASURED_SUSPECT
    points = block.points[judged.rows]
    at = np.searchsorted(raw.points, points)
    inside = at < len(raw.points)
    inside[inside] = raw.points[at[inside]] == points[inside]
    ranks = raw.ranks[at[inside]]
    low = (ranks if ranks.ndim > 1 else ranks[:, None]) == SourceRank.SUBSTITUTED
    qualities[inside] = np.where(low, Quality.ESTIMATED, qualities[inside])
    qualities[judged.temporary] = Quality.TEMPORARY
    qualities[judged.rejected] = Quality.REJECTED
    qualities[block.values[judged.rows] == ABSENT] = Quality.MISSING
    return qualities


def _with_edits(
    judged: Judged,
    edits: Edits,
    values: NDArray[np.int32],
    said: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]],
) -> tuple[
    Judged, NDArray[np.int32], tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]
]:
    """Put edited half-hours in place of the delivered ones; rules go on speaking of the latter."""
    rows = np.union1d(judged.rows, edits.rows)
    at = np.searchsorted(rows, judged.rows)

    def widened(array: NDArray[Any], fill: int) -> NDArray[Any]:
        out = np.full((len(rows), *array.shape[1:]), fill, array.dtype)
        out[at] = array
        return out

    wide = Judged(
        rows,
        widened(judged.reasons, 0),
        widened(judged.rejected, 0),
        widened(judged.suspect, 0),
        widened(judged.temporary, 0),
        widened(judged.register_unfit, 0),
        judged.findings,
    )
    qualities = widened(said[0], Quality.MEASURED)
    methods, usable = widened(said[1], 0), widened(said[2], 1)
    into = np.searchsorted(rows, edits.rows)
    values = values.copy()
    values[edits.rows] = np.where(edits.edited, edits.values, values[edits.rows])
    qualities[into] = np.where(edits.edited, Quality.EDITED, qualities[into])
    methods[into] = np.where(edits.edited, Method.EDITED, methods[into])
    usable[into] |= edits.edited
    return wide, values, (qualities, methods, usable)


def _estimated(
    block: DayBlock,
    judged: Judged,
    usable: NDArray[np.bool_],
    said: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    leaning: Leaning,
) -> tuple[NDArray[np.int32], pl.DataFrame]:
    """Return the values with every open half-hour estimated; write how into `said`.

    Also the other days that were completed together with this one.
    """
    short = np.flatnonzero(~usable.all(axis=1))
    rows = judged.rows[short]
    values = block.values.copy()
    span = Span.of_day(sliced(block, rows), ~usable[short], np.arange(len(rows)))
    total = np.where(judged.register_unfit[short], ABSENT_WH, span.total_wh)
    wide = np.flatnonzero((total == ABSENT_WH) & ~judged.register_unfit[short])
    asked = OpenRows(block, rows[wide], block.values[rows[wide]], usable[short[wide]])
    settled = settle(asked, leaning.around(asked.points))
    _put(settled.done, (rows[wide[settled.rows]], short[wide[settled.rows]]), values, said)
    alone = np.setdiff1d(np.arange(len(rows)), wide[settled.rows])
    if len(alone):
        span = replace(sliced(span, alone), usable=usable[short[alone]], total_wh=total[alone])
        done = estimate_span(span, sources_of(block, rows[alone], leaning))
        _put(done, (rows[alone], short[alone]), values, said)
    return values, settled.others


def _put(
    done: Estimated,
    where: tuple[NDArray[np.intp], NDArray[np.intp]],
    values: NDArray[np.int32],
    said: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    """Put estimates in place: rows of the block, and rows among those that have a word."""
    (rows, at), (qualities, methods) = where, said
    made = _made(done)
    values[rows] = done.values
    qualities[at] = np.where(made, done.qualities, qualities[at])
    methods[at] = np.where(made, done.methods, methods[at])


def _made(done: Estimated) -> NDArray[np.bool_]:
    """Return the half-hours that estimation spoke of."""
    made: NDArray[np.bool_] = (done.methods != Method.NONE) | (done.qualities <= Quality.REJECTED)
    return made
