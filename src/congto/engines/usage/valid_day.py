"""A validated local day of one channel at many usage points, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import ABSENT, HALF_HOURS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ValidDay:
    """Half-hours with their quality; row i of every array speaks of points[i].

    Most days of most points are of one quality, so 48 qualities are held for the others only.

    Attributes:
        points: keys of the usage points, rising; (n,).
        values: Wh or varh, ABSENT where none is; (n, 48).
        quality: of all 48 values of a row (vocabulary.quality.Quality); not read at `mixed`; (n,).
        mixed: rows whose values differ in quality, rising; (k,).
        qualities: of the values of these rows; (k, 48).
    """

    day: date
    points: NDArray[np.int64]
    values: NDArray[np.int32]
    quality: NDArray[np.uint8]
    mixed: NDArray[np.intp]
    qualities: NDArray[np.uint8]

    @classmethod
    def of(cls, rows: pl.DataFrame, day: date) -> ValidDay:
        """Turn rows of VALIDATED_DAYS, one day and channel, into arrays.

        Needs the columns usage_point, values, qualities and quality, in the order of usage_point.
        Raises InvalidInputError for a row without 48 values.
        """
        differing = rows["qualities"].is_not_null()
        return cls(
            day,
            rows["usage_point"].to_numpy(),
            _square(rows, "values", ABSENT),
            rows["quality"].to_numpy().astype(np.uint8),
            np.flatnonzero(differing.to_numpy()),
            _square(rows.filter(differing), "qualities", Quality.MISSING.value),
        )

    def take(self, rows: NDArray[np.bool_]) -> ValidDay:
        """Return the day at some of its points."""
        kept = rows[self.mixed]
        return ValidDay(
            self.day,
            self.points[rows],
            self.values[rows],
            self.quality[rows],
            (np.cumsum(rows) - 1)[self.mixed[kept]],
            self.qualities[kept],
        )


def _square(rows: pl.DataFrame, name: str, absent: int) -> NDArray[Any]:
    """Return a column of lists of 48 as an array (n, 48), nulls as `absent`."""
    lists = rows[name]
    wrong = lists.list.len().fill_null(0) != HALF_HOURS
    if wrong.any():
        row = rows.row(int(wrong.arg_max() or 0), named=True)
        found = 0 if row[name] is None else len(row[name])
        raise InvalidInputError(
            f"usage point {row['usage_point']} has {found} {name} on one day",
            expected=f"{HALF_HOURS} half-hours",
            action="validate the day again",
        )
    square: NDArray[Any] = lists.explode().fill_null(absent).to_numpy()
    return square.reshape(-1, HALF_HOURS)
