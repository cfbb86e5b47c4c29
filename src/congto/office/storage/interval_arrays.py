"""Columns of lists as arrays of shape (rows, 48), and back, without a loop over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import ABSENT, HALF_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def matrix(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Return values of 32 bits, ABSENT where one is null; every row has a list.

    Raises:
        InvalidInputError: a row has another number of values than a day has half-hours.
    """
    if not len(column):
        return np.empty((0, HALF_HOURS), np.int32)
    flat = pc.fill_null(_flat(column).cast(pa.int32()), ABSENT)
    found: NDArray[np.int32] = flat.to_numpy(zero_copy_only=False)
    return found.reshape(-1, HALF_HOURS)


def present(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return which rows have a list."""
    found: NDArray[np.bool_] = pc.is_valid(column).combine_chunks().to_numpy(zero_copy_only=False)
    return found


def sparse_matrix(column: pa.ChunkedArray, kind: type[Any]) -> tuple[NDArray[np.int64], Any]:
    """Return the rows that have a list, and their lists as an array; nulls in them are 0."""
    rows = np.flatnonzero(present(column))
    if not len(rows):
        return rows, np.empty((0, HALF_HOURS), kind)
    flat = pc.fill_null(_flat(column.drop_null()), 0).to_numpy(zero_copy_only=False)
    return rows, flat.astype(kind).reshape(-1, HALF_HOURS)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    """Return the values of all lists one after the other."""
    lengths = pc.min_max(pc.list_value_length(column))
    if {lengths["min"].as_py(), lengths["max"].as_py()} != {HALF_HOURS}:
        raise InvalidInputError(
            f"a day of {lengths['min'].as_py()} to {lengths['max'].as_py()} values",
            expected=f"{HALF_HOURS} half-hours in every row",
        )
    joined = pc.list_flatten(column)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def lists(values: NDArray[Any], *, absent: int | None = None) -> pa.ListArray:
    """Return an array of shape (rows, 48) as lists; null where a value is `absent`."""
    flat = np.ascontiguousarray(values).reshape(-1)
    gone = None if absent is None else flat == absent
    column = pa.array(flat, mask=gone if gone is not None and gone.any() else None)
    return pa.ListArray.from_arrays(_offsets(len(values)), column)


def sparse_lists(count: int, rows: NDArray[Any], values: NDArray[Any]) -> pa.ListArray:
    """Return `count` lists: those of `values` at `rows` (rising), null at all other rows."""
    has = np.zeros(count, bool)
    has[rows] = True
    ends = np.concatenate([[0], np.cumsum(has) * HALF_HOURS]).astype(np.int32)
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.ListArray.from_arrays(pa.array(ends), flat, mask=pa.array(~has))


def _offsets(count: int) -> pa.Array:
    return pa.array(np.arange(0, (count + 1) * HALF_HOURS, HALF_HOURS, dtype=np.int32))
