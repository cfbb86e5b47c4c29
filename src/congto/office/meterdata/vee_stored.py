"""Validated days as they are stored, as arrays: to lean on, and to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from congto.office.storage.interval_arrays import matrix, sparse_matrix
from congto.vocabulary.intervals import ABSENT, HALF_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.office.storage.interval_tables import Snapshot
    from congto.vocabulary.intervals import Channel

COLUMNS = (
    "usage_point",
    "channel",
    "values",
    "qualities",
    "methods",
    "reasons",
    "quality",
    "raw_version",
    "version",
)


@dataclass(frozen=True, slots=True)
class StoredDay:
    """One row per usage point, rising: the current version.

    Attributes:
        values: Wh, ABSENT where there is none; qualities, methods, reasons: of each half-hour.
        raw_version: the delivery it was made from, 0 with an edit in it; (n,).
        version: the highest; (n,).
    """

    points: NDArray[np.int64]
    values: NDArray[np.int32]
    qualities: NDArray[np.uint8]
    methods: NDArray[np.uint8]
    reasons: NDArray[np.uint32]
    raw_version: NDArray[np.int16]
    version: NDArray[np.int16]


def stored_day(
    snapshot: Snapshot,
    channel: Channel,
    first: int | None = None,
    last: int | None = None,
    *,
    points: NDArray[np.int64] | None = None,
) -> StoredDay:
    """Return the current validated rows of a day: of all, a range or a list of points."""
    rows = snapshot.rows(first, last, points=points, columns=COLUMNS)
    own = rows.filter(pc.equal(rows.column("channel"), int(channel)))
    newest = _newest(own)
    qualities = np.repeat(_numbers(newest, "quality", np.uint8)[:, None], HALF_HOURS, axis=1)
    having, found = sparse_matrix(newest.column("qualities"), np.uint8)
    qualities[having] = found
    return StoredDay(
        points=_numbers(newest, "usage_point", np.int64),
        values=matrix(newest.column("values")),
        qualities=qualities,
        methods=_sparse(newest, "methods", np.uint8),
        reasons=_sparse(newest, "reasons", np.uint32),
        raw_version=_numbers(newest, "raw_version", np.int16),
        version=_numbers(newest, "version", np.int16),
    )


def _newest(rows: pa.Table) -> pa.Table:
    """Return the rows of the highest versions, by usage point."""
    points, version = _numbers(rows, "usage_point", np.int64), _numbers(rows, "version", np.int16)
    if not len(points) or bool(np.all(points[1:] > points[:-1])):
        return rows
    order = np.lexsort((version, points))
    last = np.append(points[order][1:] != points[order][:-1], [True])
    return rows.take(pa.array(order[last]))


def _numbers(rows: pa.Table, name: str, kind: type[Any]) -> NDArray[Any]:
    found: NDArray[Any] = rows.column(name).to_numpy()
    return found.astype(kind, copy=False)


def _sparse(rows: pa.Table, name: str, kind: type[Any]) -> NDArray[Any]:
    """Return a column of lists as an array, 0 where there is none."""
    having, found = sparse_matrix(rows.column(name), kind)
    whole = np.zeros((len(rows), HALF_HOURS), kind)
    whole[having] = found
    return whole


def values_of(stored: StoredDay, points: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the values of some points, ABSENT where nothing is stored; (n, 48)."""
    out = np.full((len(points), HALF_HOURS), ABSENT, np.int32)
    rows, at = places(points, stored.points)
    out[rows] = stored.values[at]
    return out


def places(
    points: NDArray[np.int64], keys: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which points are among the rising keys, and where there."""
    at = np.searchsorted(keys, points)
    inside = at < len(keys)
    inside[inside] = keys[at[inside]] == points[inside]
    return np.flatnonzero(inside), at[inside]
