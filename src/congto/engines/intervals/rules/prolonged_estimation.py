"""V-22: a point is estimated day after day, or bill after bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import HALF_HOURS, Action, Channel

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-22"
ACTION = Action.ORDER
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Order work after more than `days` (3) days in a row with values missing or rejected.

    Oracle: prolonged estimation. Asked last, when all that is rejected is known. Observed is the
    number of days with this one, expected the limit.
    """
    days = day.block.history.estimated_days.astype(np.int64) + 1
    rows = judged(day, limits, days > limits.all("days"))
    # A day has something to estimate if a value never came or was rejected.
    estimated = (day.figures.present[rows] < HALF_HOURS) | day.rejected[rows].any(axis=1)
    rows = rows[estimated]
    return said(Verdict(Action.ORDER, whole_days(rows, days[rows], limits.at("days", rows))))


def check_bills(estimated_bills: NDArray[np.int16], limits: Limits) -> list[Verdict]:
    """Order work after more than `bills` (2) bills in a row on estimates; counts by point, (n,).

    Observed is the number of bills, expected the limit.
    """
    rows = limits.looked_at(estimated_bills > limits.all("bills"))
    bills = estimated_bills[rows].astype(np.int64)
    return said(Verdict(Action.ORDER, whole_days(rows, bills, limits.at("bills", rows))))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "đã ước tính {} ngày (hoặc kỳ hóa đơn) liên tiếp, cho phép {}."
        " Cần lập lệnh kiểm tra công tơ và đường truyền.",
        number("observed"),
        number("expected"),
    )
