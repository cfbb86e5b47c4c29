"""The half-hours to estimate, flat, and the runs (gaps) they form with their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from congto.engines.intervals.estimation.sources import edge
from congto.vocabulary.intervals import ABSENT, HALF_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.estimation.sources import Sources
    from congto.engines.intervals.estimation.span import Span


@dataclass(frozen=True, slots=True)
class Open:
    """One entry per half-hour that has no usable value, in the order of row and time.

    Attributes:
        row: row of the span. at: half-hour of the span, from 0.
    """

    row: NDArray[np.intp]
    at: NDArray[np.intp]

    @classmethod
    def where(cls, mask: NDArray[np.bool_]) -> Open:
        """Return the half-hours that are True in a mask of shape (n, days x 48)."""
        return cls(*np.nonzero(mask))

    def only(self, mask: NDArray[np.bool_]) -> Open:
        """Return the entries that are True in the mask."""
        return Open(self.row[mask], self.at[mask])

    @property
    def day(self) -> NDArray[np.intp]:
        """Return the day of the span, from 0."""
        return self.at // HALF_HOURS

    @property
    def half_hour(self) -> NDArray[np.intp]:
        """Return the half-hour of the day, from 0."""
        return self.at % HALF_HOURS


@dataclass(frozen=True, slots=True)
class Known:
    """All that a method may look at.

    Attributes:
        left_wh: register difference less measured values: what the open half-hours must sum up to;
            ABSENT_WH where the registers do not say it; (n,).
    """

    span: Span
    sources: Sources
    left_wh: NDArray[np.int64]


class Proposal(NamedTuple):
    """What a method says of open half-hours: whether it applies, and the value in parts of a Wh."""

    applies: NDArray[np.bool_]
    parts: NDArray[np.int64]

    @classmethod
    def none(cls, half_hours: Open) -> Proposal:
        """Return that the method applies nowhere."""
        return cls(np.zeros(len(half_hours.at), np.bool_), np.zeros(len(half_hours.at), np.int64))


class Runs(NamedTuple):
    """Open half-hours in a row. `of` tells each half-hour's run; the others have one entry a run.

    left and right are the measured neighbours, ABSENT where there is none that may be an end point.
    """

    of: NDArray[np.intp]
    first: NDArray[np.intp]
    length: NDArray[np.intp]
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def runs(half_hours: Open, known: Known) -> Runs:
    """Return the runs of the half-hours that are still open."""
    row, at = half_hours.row, half_hours.at
    begins = np.ones(len(at), np.bool_)
    begins[1:] = (row[1:] != row[:-1]) | (at[1:] != at[:-1] + 1)
    starts = np.flatnonzero(begins)
    length = np.diff(np.append(starts, len(at)))
    first = at[starts]
    return Runs(
        of=np.cumsum(begins) - 1,
        first=first,
        length=length,
        left=_end_points(known, row[starts], first - 1),
        right=_end_points(known, row[starts], first + length),
    )


def _end_points(known: Known, row: NDArray[np.intp], at: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return measured values; estimates and half-hours of an outage are no end points."""
    span, last = known.span, known.span.values.shape[1] - 1
    inside = np.clip(at, 0, last)
    usable = span.usable[row, inside]
    if span.outage is not None:
        usable &= ~span.outage[row, inside]
    value = np.where(usable, span.values[row, inside], ABSENT)
    value = np.where(at < 0, edge(known.sources.before, row), value)
    return np.where(at > last, edge(known.sources.after, row), value).astype(np.int64)
