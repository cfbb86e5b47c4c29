"""V-06: the meter itself marks half-hours as not to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, over_runs, runs, said
from congto.engines.intervals.rules.wording import sentence
from congto.vocabulary.intervals import Action, Channel, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-06"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)
DEGREES = {1: Action.WARN, 2: Action.SUSPECT, 3: Action.REJECT}
NAMES = {
    Status.CLOCK_INVALID: "đồng hồ không đúng",
    Status.DATA_INVALID: "số liệu không hợp lệ",
    Status.POWER_DOWN: "mất điện",
    Status.CLOCK_ADJUSTED: "đồng hồ được chỉnh",
    Status.DAYLIGHT_SAVING: "giờ mùa hè",
}


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Treat each status bit as the map says: 0 nothing, 1 warn, 2 suspect, 3 reject.

    Bits of a profile status (DSMR, IDIS; recalled): clock invalid, data invalid, power down, clock
    adjusted, daylight saving. Power down is an outage: the value is used, and no line is drawn to
    it. Of several bits the gravest counts. Observed is the sum of the bits, expected 0.
    """
    status = day.block.status
    if status is None:
        return []
    rows = judged(day, limits, status.max(axis=1, initial=0) > 0)
    marks = status[rows]
    degree = np.zeros(marks.shape, np.int64)
    for bit in Status:
        of_bit = limits.at(str(bit.name).lower(), rows)[:, None]
        np.maximum(degree, np.where(marks & bit.value, of_bit, 0), out=degree)
    return said(*(_of_degree(rows, marks, degree, number) for number in DEGREES))


def _of_degree(
    rows: NDArray[np.int32], marks: NDArray[np.uint8], degree: NDArray[np.int64], number: int
) -> Verdict:
    """Return the runs of one degree with the bits set in them."""
    found = runs(degree == number)
    bits = over_runs(np.bitwise_or, marks, found)
    return Verdict(DEGREES[number], hits_of(rows, found, bits, 0))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    bits = pl.concat_list(
        pl.when(pl.col("observed") // bit.value % 2 == 1).then(pl.lit(name))
        for bit, name in NAMES.items()
    )
    return sentence("công tơ báo {}. {}", bits.list.drop_nulls().list.join(", "), _advice())


def _advice() -> pl.Expr:
    """Write what to do, by what the gravest bit does to the values."""
    rejected = pl.lit("Giá trị không được dùng, cần thu thập lại.")
    suspect = pl.lit("Cần kiểm tra cài đặt công tơ.")
    warned = pl.lit("Cần đối chiếu với nhật ký sự kiện.")
    by_action = pl.when(pl.col("action") == Action.REJECT).then(rejected)
    return by_action.when(pl.col("action") == Action.SUSPECT).then(suspect).otherwise(warned)
