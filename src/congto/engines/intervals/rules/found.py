"""From true and false to hits: the rows to look at, and runs of half-hours in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from congto.engines.intervals.block import Hits
from congto.vocabulary.intervals import HALF_HOURS, Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits


class Verdict(NamedTuple):
    """What a rule says of its hits; `register`: the day's register reads must not be used."""

    action: Action
    hits: Hits
    register: bool = False


class Runs(NamedTuple):
    """Unbroken runs of half-hours: entry of the rows looked at, first and last, both included."""

    entry: NDArray[np.int64]
    first: NDArray[np.int8]
    last: NDArray[np.int8]

    @property
    def length(self) -> NDArray[np.int64]:
        """Return how many half-hours each run has."""
        return self.last.astype(np.int64) - self.first + 1

    def of_length(self, least: NDArray[np.int64]) -> Runs:
        """Return the runs of at least `least` half-hours, given by entry."""
        long = self.length >= least[self.entry]
        return Runs(self.entry[long], self.first[long], self.last[long])


def judged(day: Day, limits: Limits, where: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the rows of `where` that are open and eligible, rising."""
    rows = np.flatnonzero(where)
    keep = ~day.closed[rows]
    if limits.eligible is not None:
        keep &= limits.eligible[rows]
    return rows[keep].astype(np.int32)


def runs(marks: NDArray[np.bool_]) -> Runs:
    """Return the runs of True in each row of (k, 48), in the order of rows and half-hours."""
    framed = np.zeros((len(marks), HALF_HOURS + 2), np.int8)
    framed[:, 1:-1] = marks
    edges = np.diff(framed, axis=1)
    entry, first = np.nonzero(edges == 1)
    _, after = np.nonzero(edges == -1)
    return Runs(entry, first.astype(np.int8), (after - 1).astype(np.int8))


def over_runs(ufunc: np.ufunc, values: NDArray[np.integer], found: Runs) -> NDArray[np.int64]:
    """Reduce the values (k, 48) of each run, such as np.add or np.maximum; (runs,)."""
    if not found.entry.size:
        return np.zeros(0, np.int64)
    flat = values.astype(np.int64).ravel()
    start = found.entry * HALF_HOURS + found.first
    end = found.entry * HALF_HOURS + found.last + 1
    # reduceat also reduces the stretches between the runs: every second answer is a run's.
    cuts = np.column_stack([start, np.minimum(end, flat.size - 1)]).ravel()
    reduced: NDArray[np.int64] = ufunc.reduceat(flat, cuts)[::2]
    if end[-1] == flat.size:
        reduced[-1] = ufunc.reduce(flat[start[-1] :])
    return reduced


def hits_of(
    rows: NDArray[np.int32],
    found: Runs,
    observed: NDArray[np.int64] | int,
    expected: NDArray[np.int64] | int,
) -> Hits:
    """Return runs as hits; observed and expected are given for each run."""
    count = len(found.entry)
    return Hits(
        rows[found.entry],
        found.first,
        found.last,
        np.broadcast_to(np.asarray(observed, np.int64), count),
        np.broadcast_to(np.asarray(expected, np.int64), count),
    )


def whole_days(
    rows: NDArray[np.int32],
    observed: NDArray[np.integer] | int,
    expected: NDArray[np.integer] | int,
) -> Hits:
    """Return hits of whole days; observed and expected are given for each row, or for all."""
    count = len(rows)
    return Hits.whole_days(
        rows,
        np.broadcast_to(np.asarray(observed, np.int64), count),
        np.broadcast_to(np.asarray(expected, np.int64), count),
    )


def said(*verdicts: Verdict) -> list[Verdict]:
    """Return the verdicts that have hits."""
    return [one for one in verdicts if one.hits.rows.size]
