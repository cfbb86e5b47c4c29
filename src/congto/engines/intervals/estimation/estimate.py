"""Every open half-hour gets the first method that applies; then the registers' sum is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import (
    average_like_days,
    check_meter,
    contradicted,
    customer_class,
    flat_neighbour,
    flat_register,
    like_day,
    linear,
    outage,
    previous_year,
    register_average,
    register_sum,
    relay_open,
    scaled_like_days,
)
from congto.engines.intervals.estimation.gaps import Known, Open, Proposal
from congto.engines.intervals.estimation.parts import whole_wh
from congto.engines.intervals.estimation.sources import Sources
from congto.engines.intervals.estimation.span import Span
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Method
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock


class Step(NamedTuple):
    """One method, and the quality of its values as long as no register proves their sum."""

    rule: str
    method: Method
    propose: Callable[[Open, Known], Proposal]
    quality: Quality


STEPS = (
    Step("E-01", Method.CHECK_METER, check_meter.propose, Quality.ESTIMATED),
    Step("E-02", Method.ZERO, outage.propose, Quality.ESTIMATED),
    Step("E-03", Method.ZERO, relay_open.propose, Quality.ESTIMATED),
    Step("E-04", Method.LINEAR, linear.propose, Quality.ESTIMATED),
    Step("E-05", Method.FLAT_NEIGHBOUR, flat_neighbour.propose, Quality.ESTIMATED),
    Step("E-06", Method.SCALED_LIKE_DAYS, scaled_like_days.propose, Quality.ESTIMATED),
    Step("E-08", Method.AVERAGE_LIKE_DAY, average_like_days.propose, Quality.TEMPORARY),
    Step("E-09", Method.LIKE_DAY, like_day.propose, Quality.TEMPORARY),
    Step("E-10", Method.PREVIOUS_YEAR, previous_year.propose, Quality.TEMPORARY),
    # "No history" is a condition of E-07, so it is asked after those that use history.
    Step("E-07", Method.FLAT_REGISTER, flat_register.propose, Quality.ESTIMATED),
    Step("E-11", Method.CUSTOMER_CLASS, customer_class.propose, Quality.TEMPORARY),
    Step("E-12", Method.REGISTER_AVERAGE, register_average.propose, Quality.TEMPORARY),
)


@dataclass(frozen=True, slots=True)
class Estimated:
    """Completed half-hours; row i speaks of row i of what was handed in.

    Attributes:
        values: measured and estimated, Wh or varh; ABSENT where no method applied; (n, days x 48).
        methods: vocabulary.intervals.Method; NONE for measured values; (n, days x 48).
        qualities: vocabulary.quality.Quality; (n, days x 48). FINAL_ESTIMATED where registers prove
            the sum; else ESTIMATED for E-01 to E-05, TEMPORARY for E-08 to E-12, MISSING or
            REJECTED where no method applied.
    """

    values: NDArray[np.int32]
    methods: NDArray[np.uint8]
    qualities: NDArray[np.uint8]

    @property
    def estimated(self) -> NDArray[np.bool_]:
        """Return which values were estimated: with E-13 more than those that were open."""
        return np.not_equal(self.methods, Method.NONE)


def incomplete(block: DayBlock, rejected: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the rows of a block that have something to estimate: those that need sources."""
    return np.flatnonzero((block.missing | rejected).any(axis=1))


def estimate(
    block: DayBlock,
    rejected: NDArray[np.bool_],
    sources: Sources | None = None,
    *,
    register_unfit: NDArray[np.bool_] | None = None,
) -> Estimated:
    """Complete a day: fill what is missing or rejected.

    Args:
        block: the day.
        rejected: values that validation does not let pass; (n, 48).
        sources: for the rows that `incomplete` returns, in that order, and no others.
        register_unfit: days whose register reads must not be used (Checked); (n,).

    Raises:
        InvalidInputError: the sources are of other rows.
    """
    rows = incomplete(block, rejected)
    known = Sources() if sources is None else sources
    if known.rows is not None and not np.array_equal(known.rows, rows):
        raise InvalidInputError(
            f"sources of estimation: they are of {len(known.rows)} other rows",
            expected=f"the {len(rows)} rows that `incomplete` names",
            action="fetch them after validation, for these rows",
        )
    done = estimate_span(Span.of_day(block, rejected, rows, register_unfit), known)
    values = block.values.copy()
    methods = np.zeros(values.shape, np.uint8)
    qualities = np.full(values.shape, Quality.MEASURED, np.uint8)
    values[rows], methods[rows], qualities[rows] = done.values, done.methods, done.qualities
    return Estimated(values, methods, qualities)


def estimate_span(span: Span, sources: Sources | None = None) -> Estimated:
    """Complete spans of one or more days; the sources have the span's rows.

    Raises:
        InvalidInputError: a source has another shape than the span.
    """
    beside = Sources() if sources is None else sources
    beside.must_fit(len(span.values), len(span.day_types))
    shape = (len(span.values), len(span.day_types) * HALF_HOURS)
    out = Estimated(
        span.values.copy(), np.zeros(shape, np.uint8), np.full(shape, Quality.MEASURED, np.uint8)
    )
    for first in range(0, len(span.values), register_sum.ROWS_MAX):
        rows = slice(first, first + register_sum.ROWS_MAX)
        part = Estimated(out.values[rows], out.methods[rows], out.qualities[rows])
        _complete(span.part(rows), beside.part(rows), part)
    return out


def _complete(span: Span, sources: Sources, out: Estimated) -> None:
    """Write the estimates of some rows into `out`, which holds their measured values."""
    counted = contradicted.reject(span)
    known = Known(counted, sources, register_sum.left_to_estimate(counted))
    half_hours = Open.where(~counted.usable)
    methods, qualities, parts = _choose(half_hours, known)
    values = np.where(methods == Method.NONE, ABSENT, whole_wh(parts))
    proven = known.left_wh[half_hours.row] != ABSENT_WH
    values[proven], methods[proven] = register_sum.preserve(
        half_hours.only(proven), parts[proven], methods[proven], known.left_wh
    )
    qualities[proven] = Quality.FINAL_ESTIMATED
    # What no method could tell keeps why it is open.
    delivered = span.values[half_hours.row, half_hours.at] != ABSENT
    qualities[(methods == Method.NONE) & delivered] = Quality.REJECTED
    where = (half_hours.row, half_hours.at)
    out.values[where], out.methods[where], out.qualities[where] = values, methods, qualities


def _choose(
    half_hours: Open, known: Known
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """Return method, quality and value in parts of every open half-hour."""
    methods = np.full(len(half_hours.at), Method.NONE, np.uint8)
    qualities = np.full(len(half_hours.at), Quality.MISSING, np.uint8)
    parts = np.zeros(len(half_hours.at), np.int64)
    rest = np.arange(len(half_hours.at))
    for step in STEPS:
        if not len(rest):
            break
        applies, proposed = step.propose(Open(half_hours.row[rest], half_hours.at[rest]), known)
        taken = rest[applies]
        methods[taken], qualities[taken], parts[taken] = (
            step.method,
            step.quality,
            proposed[applies],
        )
        rest = rest[~applies]
    return methods, qualities, parts
