"""V-03: the intervals are not half-hours from midnight on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import MINUTES, Action, Channel

if TYPE_CHECKING:
    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-03"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)
SECONDS = MINUTES * 60


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Reject days whose interval length is not 30 minutes, or that start beside the grid.

    (start - local midnight) mod L = 0 and L = 30 min (Oracle: interval size; Energinet). Observed
    is the length in seconds where that is wrong (expected 1800), else the offset (expected 0).
    """
    delivery = day.block.delivery
    if delivery is None:
        return []
    verdicts = []
    if (length := delivery.interval_seconds) is not None:
        rows = judged(day, limits, length != SECONDS)
        verdicts.append(Verdict(Action.REJECT, whole_days(rows, length[rows], SECONDS)))
    if (offset := delivery.offset_seconds) is not None:
        wrong = offset != 0
        if length is not None:
            wrong &= length == SECONDS
        rows = judged(day, limits, wrong)
        verdicts.append(Verdict(Action.REJECT, whole_days(rows, offset[rows], 0)))
    return said(*verdicts)


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    length = sentence(
        "mỗi giá trị dài {} giây thay vì {} giây, số liệu không được dùng."
        " Cần đặt lại chu kỳ ghi của công tơ hoặc định dạng tệp.",
        number("observed"),
        number("expected"),
    )
    offset = sentence(
        "giá trị bắt đầu lệch {} giây so với mốc nửa giờ, số liệu không được dùng."
        " Cần kiểm tra mốc thời gian trong tệp.",
        number("observed"),
    )
    return pl.when(pl.col("expected") == 0).then(offset).otherwise(length)
