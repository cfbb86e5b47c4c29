"""V-13: the month used far more or far less than the month before and the same month last year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.rules.found import Verdict, said, whole_days
from congto.engines.intervals.rules.wording import energy
from congto.vocabulary.intervals import Action, Channel
from congto.vocabulary.wording import day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.limits import Limits

RULE = "V-13"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT,)


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Energy and days of a month at each point, and of the two it is compared with; (n,).

    Energy in Wh, ABSENT_WH where a month is not known; `days` at least 1.
    """

    customer_class: NDArray[np.int8]
    energy_wh: NDArray[np.int64]
    days: NDArray[np.int16]
    before_wh: NDArray[np.int64]
    before_days: NDArray[np.int16]
    year_ago_wh: NDArray[np.int64]
    year_ago_days: NDArray[np.int16]


def check(months: MonthSums, limits: Limits) -> list[Verdict]:
    """Stop months over `high_percent` (200) or under `low_percent` (50) of both others.

    All as Wh a day, cut (California and utility practice; recalled). A month without one of the
    others is not judged. It is an exception before billing: the energy is used once a person has
    looked. Observed is Wh a day, expected the bound that was passed.
    """
    known = (months.before_wh != ABSENT_WH) & (months.year_ago_wh != ABSENT_WH)
    known &= months.energy_wh != ABSENT_WH
    now = months.energy_wh // months.days
    others = np.stack(
        [months.before_wh // months.before_days, months.year_ago_wh // months.year_ago_days]
    )
    high = others.max(axis=0) * limits.all("high_percent") // 100
    low = others.min(axis=0) * limits.all("low_percent") // 100
    rows = limits.looked_at(known & ((now > high) | (now < low)))
    bound = np.where(now[rows] > high[rows], high[rows], low[rows])
    return said(Verdict(Action.SUSPECT, whole_days(rows, now[rows], bound)))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    over = pl.col("observed") > pl.col("expected")
    return pl.format(
        "Điểm đo {}, kỳ đến hết ngày {}: mỗi ngày dùng {}, {} {} mỗi ngày so với kỳ trước và"
        " cùng kỳ năm trước. Cần kiểm tra trước khi lập hóa đơn.",
        "subject",
        day("local_day"),
        energy("observed"),
        pl.when(over).then(pl.lit("cao hơn mức")).otherwise(pl.lit("thấp hơn mức")),
        energy("expected"),
    )
