"""V-08: more than the contract allows, or than the meter can measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, over_runs, runs, said
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-08"
ACTION = Action.REJECT
CHANNELS = (Channel.ACTIVE_IMPORT,)
UNLIMITED = 2**62
HALF_HOURS_PERCENT = 200  # percent of W for half an hour, in Wh


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect values over `contract_percent` of registered power, reject those over the meter.

    x > k x P x 30 min is soft (k = 1.5; Itron: demand limit); x > I_max x U x phases x 30 min is
    beyond the meter and hard. A limit that is not known is not judged. In Wh.
    """
    contract = day.facts.contract_w * limits.all("contract_percent") // HALF_HOURS_PERCENT
    soft = np.where(contract > 0, contract, UNLIMITED)
    hard = np.where(day.facts.limit_wh > 0, day.facts.limit_wh, UNLIMITED)
    rows = judged(day, limits, day.figures.highest > np.minimum(soft, hard))
    values = day.values[rows]
    beyond = values > hard[rows, None]
    over = (values > soft[rows, None]) & ~beyond
    return said(
        _over(rows, values, beyond, hard, Action.REJECT),
        _over(rows, values, over, soft, Action.SUSPECT),
    )


def _over(
    rows: NDArray[np.int32],
    values: NDArray[np.int32],
    marks: NDArray[np.bool_],
    limit: NDArray[np.int64],
    action: Action,
) -> Verdict:
    """Return runs over a limit with their highest value."""
    found = runs(marks)
    highest = over_runs(np.maximum, values, found)
    return Verdict(action, hits_of(rows, found, highest, limit[rows][found.entry]))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    beyond = sentence(
        "có giá trị {}, vượt khả năng đo của công tơ ({}), không được dùng."
        " Cần kiểm tra hệ số nhân và công tơ.",
        energy("observed"),
        energy("expected"),
    )
    over = sentence(
        "có giá trị {}, vượt mức {} tính theo công suất đăng ký."
        " Cần kiểm tra hệ số nhân và công suất sử dụng.",
        energy("observed"),
        energy("expected"),
    )
    return pl.when(pl.col("action") == Action.REJECT).then(beyond).otherwise(over)
