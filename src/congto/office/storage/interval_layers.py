"""Several deliveries of one day laid over each other (V-23).

A delivery stays as it came. What is current is made when it is read: the deliveries of a day in the
order of their source's rank, and of their arrival where ranks are equal, each laid over those
before; a half-hour that a delivery does not have shows the one below. So pieces of a day that come
in any order, each from its own source, give the same day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from congto.office.storage.interval_arrays import matrix, sparse_matrix
from congto.vocabulary.intervals import ABSENT, HALF_HOURS

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RawDays:
    """Days of one channel and local day as currently known.

    Attributes:
        points: keys of the usage points, rising; (n,).
        values: Wh or varh, ABSENT where missing; (n, 48).
        status: bits of the meter, or None where no row has one; (n, 48).
        ranks: rank of the source of each value, 0 where missing; (n,) where every row is of one
            source, else (n, 48).
        versions: the newest delivery of each day; (n,).
    """

    points: NDArray[np.int64]
    values: NDArray[np.int32]
    status: NDArray[np.uint8] | None
    ranks: NDArray[np.uint8]
    versions: NDArray[np.int16]

    def rank_of_values(self) -> NDArray[np.uint8]:
        """Return the rank of every half-hour; (n, 48)."""
        whole = self.ranks if self.ranks.ndim == 2 else self.ranks[:, None]
        ranks: NDArray[np.uint8] = np.where(self.values == ABSENT, np.uint8(0), whole)
        return ranks


def current(rows: pa.Table) -> RawDays:
    """Lay the deliveries of each usage point over each other.

    Args:
        rows: usage_point, values, status, source, version of one channel and local day, any order.
    """
    points = _numbers(rows, "usage_point", np.int64)
    source = _numbers(rows, "source", np.uint8)
    version = _numbers(rows, "version", np.int16)
    values = matrix(rows.column("values"))
    status = _status(rows)
    loose = RawDays(points, values, status, source, version)
    if not len(points) or bool(np.all(points[1:] > points[:-1])):
        return loose
    order = np.lexsort((version, source, points))
    sorted_points = points[order]
    first = np.concatenate([[True], sorted_points[1:] != sorted_points[:-1]])
    day = np.cumsum(first) - 1
    newest = np.zeros(int(day[-1]) + 1, np.int16)
    np.maximum.at(newest, day, version[order])
    return RawDays(sorted_points[first], *_laid(loose, order, day, first), newest)


def _laid(
    loose: RawDays, order: NDArray[Any], day: NDArray[Any], first: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.uint8] | None, NDArray[np.uint8]]:
    """Lay the first delivery of every day, then the second of those that have one, and so on."""
    starts = np.flatnonzero(first)
    layer = np.arange(len(order)) - starts[day]
    shape = (len(starts), HALF_HOURS)
    top = np.full(shape, ABSENT, np.int32)
    ranks = np.zeros(shape, np.uint8)
    status = loose.status
    bits = None if status is None else np.zeros(shape, np.uint8)
    for number in range(int(layer.max()) + 1):
        chosen = layer == number
        rows, into = order[chosen], day[chosen]
        given = loose.values[rows]
        has = given != ABSENT
        if status is not None and bits is not None:
            above = status[rows]
            speaks = has | ((top[into] == ABSENT) & (above != 0))
            bits[into] = np.where(speaks, above, bits[into])
        top[into] = np.where(has, given, top[into])
        ranks[into] = np.where(has, loose.ranks[rows][:, None], ranks[into])
    return top, bits, ranks


def _numbers(rows: pa.Table, name: str, kind: type[Any]) -> NDArray[Any]:
    found: NDArray[Any] = rows.column(name).to_numpy()
    return found.astype(kind, copy=False)


def _status(rows: pa.Table) -> NDArray[np.uint8] | None:
    """Return the bits of all rows, None where no row has any."""
    column = rows.column("status")
    if column.null_count == len(column):
        return None
    having, bits = sparse_matrix(column, np.uint8)
    status = np.zeros((len(column), HALF_HOURS), np.uint8)
    status[having] = bits
    return status
