"""What estimation may lean on besides the span: the caller fetches it for the rows in need."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import ABSENT, HALF_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIKE_DAYS_MAX = 4
SHARED = ("rows", "class_days")
"""Attributes that are not one entry a row."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Row i speaks of row i of the span; None: there is no such source. Wh on the primary side.

    Attributes:
        rows: for a block: the rows these are the sources of, as `incomplete` returned them.
        like_days: up to 4 days like each day of the span, the most recent first, ABSENT where there
            are fewer; (n, days, 4, 48). See like_days.
        nearest: the one day to take where too few are alike (E-09); (n, days, 48).
        last_year: a day like it in the same period of last year; (n, days, 48).
        recent_wh, year_ago_wh: use of the 28 days before the span, and of the same days last year;
            ABSENT_WH where not known; (n,).
        class_days: half-hours of the mean customer of each class on each type of day; (4, 4, 48).
        daily_wh: mean use a day from bills (see register_average); ABSENT_WH; (n,).
        check: values of the check meter; (n, days x 48).
        main_wh, check_wh: sums of both meters over the last 7 days common to them; (n,).
        before, after: last half-hour before and first one after the span, ABSENT where it was not
            measured or power failed; (n,).
    """

    rows: NDArray[np.intp] | None = None
    like_days: NDArray[np.int32] | None = None
    nearest: NDArray[np.int32] | None = None
    last_year: NDArray[np.int32] | None = None
    recent_wh: NDArray[np.int64] | None = None
    year_ago_wh: NDArray[np.int64] | None = None
    class_days: NDArray[np.int32] | None = None
    daily_wh: NDArray[np.int64] | None = None
    check: NDArray[np.int32] | None = None
    main_wh: NDArray[np.int64] | None = None
    check_wh: NDArray[np.int64] | None = None
    before: NDArray[np.int32] | None = None
    after: NDArray[np.int32] | None = None

    def part(self, rows: slice) -> Sources:
        """Return the sources of some of the rows, as views."""
        return replace(
            self,
            rows=None,
            **{
                one.name: getattr(self, one.name)[rows]
                for one in fields(self)
                if one.name not in SHARED and getattr(self, one.name) is not None
            },
        )

    def must_fit(self, points: int, days: int) -> None:
        """Refuse sources of another shape: a shifted row would give one customer another's use.

        Raises:
            InvalidInputError: with the name, its shape and the shape expected.
        """
        day = (points, days, HALF_HOURS)
        expected: dict[str, tuple[int, ...]] = {
            "like_days": (points, days, LIKE_DAYS_MAX, HALF_HOURS),
            "nearest": day,
            "last_year": day,
            "check": (points, days * HALF_HOURS),
            "class_days": (4, 4, HALF_HOURS),
        }
        numbers = ("recent_wh", "year_ago_wh", "daily_wh", "main_wh", "check_wh", "before", "after")
        expected |= dict.fromkeys(numbers, (points,))
        for name, shape in expected.items():
            found = getattr(self, name)
            if found is not None and found.shape != shape:
                raise InvalidInputError(
                    f"sources of estimation: {name} has the shape {found.shape}",
                    expected=f"{shape}",
                    action="fetch them for the rows that `incomplete` names",
                )


def per_point(source: NDArray[np.int64] | None, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return one number for each row named, ABSENT_WH without the source."""
    return np.full(len(rows), ABSENT_WH) if source is None else source[rows]


def edge(source: NDArray[np.int32] | None, rows: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return the half-hour beside the span for each row named, ABSENT without the source."""
    return np.full(len(rows), ABSENT, np.int32) if source is None else source[rows]
