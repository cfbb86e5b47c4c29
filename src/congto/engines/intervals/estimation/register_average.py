"""E-12: the customer's own daily use, from bills.

Condition: register only; the closing read is missing. Value: R1 = R0 + ADL x days, ADL the mean
daily use of the previous bill period and of the same period last year; in a half-hour ADL / 48, a
flat line. Temporary. Method 61.
Origin: AEMO methods 61 (previous year) and 62 (previous read), 65 (ADL).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation.gaps import Proposal
from congto.engines.intervals.estimation.parts import MOST_WH, PARTS
from congto.engines.intervals.estimation.sources import per_point
from congto.engines.intervals.registers import WH_PER_KWH
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.estimation.gaps import Known, Open


def propose(half_hours: Open, known: Known) -> Proposal:
    """Return a 48th of the mean daily use."""
    daily = per_point(known.sources.daily_wh, half_hours.row)
    applies = (daily >= 0) & (daily <= HALF_HOURS * MOST_WH)
    return Proposal(applies, np.where(applies, daily, 0) * PARTS // HALF_HOURS)


def average_daily_wh(
    previous_wh: NDArray[np.int64],
    previous_days: NDArray[np.int64],
    year_ago_wh: NDArray[np.int64],
    year_ago_days: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the mean of two periods' mean daily use in whole Wh, halves up; (n,).

    A period without use known (ABSENT_WH) or without days does not count; ABSENT_WH without both.
    300 kWh in 30 days and 372 kWh in 31 days are 10 and 12 kWh a day: 11 kWh.
    """
    total = np.zeros(len(previous_wh), np.int64)
    count = np.zeros(len(previous_wh), np.int64)
    for wh, days in ((previous_wh, previous_days), (year_ago_wh, year_ago_days)):
        told = (wh >= 0) & (days > 0)
        safe = np.where(told, days, 1)
        total += np.where(told, (wh + safe // 2) // safe, 0)
        count += told
    return np.where(count > 0, (total + count // 2) // np.maximum(count, 1), ABSENT_WH)


def expected_closing_wh(
    opening_wh: NDArray[np.int64],
    daily_wh: NDArray[np.int64],
    days: NDArray[np.int64],
    multiplier: NDArray[np.int64],
    dial_digits: NDArray[np.int8],
) -> NDArray[np.int64]:
    """Return what the dial will show after so many days, in Wh before the multiplier; (n,).

    R1 = R0 + ADL x days / multiplier, halves up; past the last number the dial goes on from zero.
    ABSENT_WH where the opening read or the mean daily use is not known.
    """
    told = (opening_wh >= 0) & (daily_wh >= 0)
    advance = (np.where(told, daily_wh, 0) * days + multiplier // 2) // multiplier
    dial = WH_PER_KWH * np.power(10, dial_digits, dtype=np.int64)
    return np.where(told, (np.where(told, opening_wh, 0) + advance) % dial, ABSENT_WH)
