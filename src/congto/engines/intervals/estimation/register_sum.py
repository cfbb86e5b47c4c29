"""E-99: the values of a span sum up to the registers' difference, to the last Wh.

Condition: registers are known at both ends, and something was estimated. Measured values are not
touched. The estimates are scaled by V / sum(estimates), each is rounded down, and the Wh left over
go one each to those with the largest remainders, the larger estimate first, then the earlier. So no
value is a whole Wh away from its exact share, and rounding does not lift the peak of a day.
Origin: Elhub VEE (whatever the method, the estimates' sum equals the register difference).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation.parts import MOST_WH, bits
from congto.vocabulary.intervals import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.estimation.gaps import Open
    from congto.engines.intervals.estimation.span import Span

PRODUCT_BITS = 62

ROWS_MAX = 2**13
"""Rows shared out at once: their numbers and a remainder fit one integer to sort by."""

REMAINDER_BITS = 49


def left_to_estimate(span: Span) -> NDArray[np.int64]:
    """Return V: register difference less measured values; ABSENT_WH where it is not known; (n,).

    Negative by less than a step of the dial it is 0 (see contradicted). A difference that
    half-hours cannot carry is a register that was read wrong, and not known.
    """
    places = (~span.usable).sum(axis=1)
    known = (span.total_wh != ABSENT_WH) & ~span.contradicted()
    left = np.where(known, np.maximum(-span.over_register_wh(), 0), -1)
    return np.where((left >= 0) & (left <= places * MOST_WH), left, ABSENT_WH)


def preserve(
    half_hours: Open,
    parts: NDArray[np.int64],
    methods: NDArray[np.uint8],
    left_wh: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the estimates in whole Wh that sum up to V in each row, and their methods.

    Zeros of an outage stay zero. If every other estimate of a row is 0 although energy is left, it
    is spread evenly over them. If no other estimate can carry it, the register proves that supply
    was not off all the time, and the zeros share it. Both are a flat line of the register (E-07).

    Args:
        half_hours: of rows whose V is known and no others, at most ROWS_MAX of them.
        parts: the estimates, in parts of a Wh, one for each half-hour.
        methods: how each was made.
        left_wh: V of every row of the span.
    """
    if not len(parts):
        return parts, methods
    groups = Groups.of_rows(half_hours.row)
    left = left_wh[half_hours.row[groups.starts]]
    supplied = methods != Method.ZERO
    places = supplied | (groups.sum(supplied) * MOST_WH < left)[groups.of]
    weights = np.where(supplied, parts, 0)
    flat = (groups.sum(weights) == 0) & (left > 0)
    values = _shares(np.where(flat[groups.of], places, weights), left, groups)
    too_much = groups.highest(values) > MOST_WH
    if too_much.any():
        flat |= too_much
        values = _shares(np.where(flat[groups.of], places, weights), left, groups)
    by_register = flat[groups.of] & places
    return values, np.where(by_register, np.uint8(Method.FLAT_REGISTER), methods)


class Groups(NamedTuple):
    """Entries that belong to one row stand together; `of` tells the group of each entry."""

    starts: NDArray[np.intp]
    of: NDArray[np.intp]

    @classmethod
    def of_rows(cls, rows: NDArray[np.intp]) -> Groups:
        begins = np.diff(rows, prepend=-1) != 0
        return cls(np.flatnonzero(begins), np.cumsum(begins) - 1)

    def sum(self, entries: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
        sums: NDArray[np.int64] = np.add.reduceat(entries.astype(np.int64), self.starts)
        return sums

    def highest(self, entries: NDArray[np.int64]) -> NDArray[np.int64]:
        highest: NDArray[np.int64] = np.maximum.reduceat(entries, self.starts)
        return highest


def _shares(
    weights: NDArray[np.int64], left: NDArray[np.int64], groups: Groups
) -> NDArray[np.int64]:
    """Share `left` of each group by weights into whole Wh."""
    # Where a product would not fit, weights lose their low digits; the sum is exact all the same.
    spare = bits(groups.highest(weights)) + bits(left) - PRODUCT_BITS
    weights >>= np.maximum(spare, 0)[groups.of]
    total = np.maximum(groups.sum(weights), 1)[groups.of]
    product = weights * left[groups.of]
    values = product // total
    over = left - groups.sum(values)
    rest = product - values * total
    rest >>= np.maximum(bits(total) - REMAINDER_BITS, 0)
    values[_largest(rest, weights, groups.of, over)] += 1
    return values


def _largest(
    rest: NDArray[np.int64],
    weights: NDArray[np.int64],
    of: NDArray[np.intp],
    over: NDArray[np.int64],
) -> NDArray[np.intp]:
    """Return the entries that get one of the Wh left over in their group.

    By group and falling remainder, equal ones by falling weight, equal ones by time: two stable
    sorts by one number, 20 times as fast as sorting by three.
    """
    order = np.flatnonzero((over[of] > 0) & (rest > 0))
    for falling in (weights, rest):
        order = order[np.argsort((of[order] << REMAINDER_BITS) - falling[order], kind="stable")]
    group = of[order]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    rank = np.arange(len(group)) - np.repeat(starts, np.diff(np.append(starts, len(group))))
    return order[rank < over[group]]
