"""A local day of one channel at many usage points, as arrays: what rules and estimates work on.

Row i of every array speaks of the same usage point. Whole numbers only; ABSENT marks what is not
known in arrays of 32 bits, ABSENT_WH in those of 64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Channel, DayType

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from congto.engines.intervals.delivery import Delivery

ABSENT_WH = -(2**63)


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What the books know of each point on the day; shape (n,).

    Attributes:
        customer_class: vocabulary.intervals.CustomerClass.
        multiplier: CT x VT by the books.
        dial_digits, decimals: of the meter installed.
        opening_wh, closing_wh: what the dial shows at 00:00 of the day and of the next, in Wh,
            before the multiplier; ABSENT_WH where it was not read.
        contract_w: registered power, W; 0: not known.
        limit_wh: the most the meter can measure in a half-hour (I_max x U x phases), Wh on the
            primary side; 0: not known.
        single_phase, active, relay_open: at the point, on the day.
        meter: key of the meter installed, or None where nothing names meters.
        unit_wh: Wh of one counted unit by the books (1000: kWh), or None.
        earlier_wh: the last register read stored before the day's opening, Wh before the
            multiplier, of the same meter; ABSENT_WH where there is none. None: not given.
    """

    customer_class: NDArray[np.int8]
    multiplier: NDArray[np.int64]
    dial_digits: NDArray[np.int8]
    decimals: NDArray[np.int8]
    opening_wh: NDArray[np.int64]
    closing_wh: NDArray[np.int64]
    contract_w: NDArray[np.int64]
    limit_wh: NDArray[np.int64]
    single_phase: NDArray[np.bool_]
    active: NDArray[np.bool_]
    relay_open: NDArray[np.bool_]
    meter: NDArray[np.int64] | None = None
    unit_wh: NDArray[np.int64] | None = None
    earlier_wh: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Rolling statistics of each point before the day, updated after every accepted day.

    Attributes:
        days: valid days kept for each day type, at most 28; shape (n, 4).
        mean_wh, deviation_wh: of the day sums of these days; (n, 4).
        highest_wh: highest half-hour of the last 28 valid days; (n,).
        zero_permille: share of half-hours that were 0 in these days; (n,).
        zero_days: days without use up to the day before; (n,).
        estimated_days: days in a row with an estimated value up to the day before; (n,).
        recent_wh, recent_days: highest half-hour of the newest valid days, at most 14, and how
            many these are; highest_wh is carried on by them (statistics).
        zero_ppm: zero_permille in millionths, so that small steps are not lost.
    """

    days: NDArray[np.int16]
    mean_wh: NDArray[np.int64]
    deviation_wh: NDArray[np.int64]
    highest_wh: NDArray[np.int32]
    zero_permille: NDArray[np.int16]
    zero_days: NDArray[np.int16]
    estimated_days: NDArray[np.int16]
    recent_wh: NDArray[np.int32] | None = None
    recent_days: NDArray[np.int8] | None = None
    zero_ppm: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True)
class DayBlock:
    """Half-hours of one local day and channel.

    Attributes:
        points: keys of the usage points, rising; (n,).
        values: Wh or varh on the primary side; ABSENT where missing; (n, 48).
        status: the meter's bits (vocabulary.intervals.Status), or None where no meter set one.
        outage: True where a power-down event covers the half-hour, or None without any.
        siblings: the other channels' values of the same points and day, as far as delivered.
        delivery: what the delivery says of itself, or None where it says nothing.
    """

    day: date
    day_type: DayType
    channel: Channel
    points: NDArray[np.int64]
    values: NDArray[np.int32]
    facts: PointFacts
    history: History
    status: NDArray[np.uint8] | None = None
    outage: NDArray[np.bool_] | None = None
    siblings: dict[Channel, NDArray[np.int32]] | None = None
    delivery: Delivery | None = None

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Return where no value was delivered; (n, 48)."""
        return np.equal(self.values, ABSENT)

    def sums(self) -> NDArray[np.int64]:
        """Return the sum of the values present; (n,)."""
        sums: NDArray[np.int64] = self.values.sum(axis=1, dtype=np.int64, where=~self.missing)
        return sums


@dataclass(frozen=True, slots=True)
class Hits:
    """What one rule found: one entry per run of half-hours, in the order of rows.

    Attributes:
        rows: row in the block. first, last: half-hours, both included.
        observed, expected: what the rule compared, in the unit its file names.
    """

    rows: NDArray[np.int32]
    first: NDArray[np.int8]
    last: NDArray[np.int8]
    observed: NDArray[np.int64]
    expected: NDArray[np.int64]

    @classmethod
    def whole_days(
        cls, rows: NDArray[np.int32], observed: NDArray[np.int64], expected: NDArray[np.int64]
    ) -> Hits:
        """Return hits that speak of all 48 half-hours."""
        first = np.zeros(len(rows), np.int8)
        return cls(rows, first, np.full(len(rows), HALF_HOURS - 1, np.int8), observed, expected)
