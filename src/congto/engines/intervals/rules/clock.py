"""V-05: the meter's clock is wrong, or was moved during the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, runs, said, whole_days
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Action, Channel, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-05"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Warn of a clock more than `warn_seconds` off, reject the day from `reject_seconds` on.

    |meter clock - true time| > 180 s warns, > 900 s rejects (California; recalled). A step of more
    than `jump_seconds` (half an interval) inside the day makes the half-hours temporary that the
    meter marked "clock adjusted", or the day where it marked none. In seconds.
    """
    delivery = day.block.delivery
    if delivery is None:
        return []
    verdicts = []
    if delivery.clock_seconds is not None:
        known = delivery.clock_seconds != ABSENT
        off = np.where(known, np.abs(delivery.clock_seconds.astype(np.int64)), 0)
        for action, above, name in _degrees(off, limits):
            rows = judged(day, limits, above)
            hits = whole_days(rows, delivery.clock_seconds[rows], limits.at(name, rows))
            verdicts.append(Verdict(action, hits))
    if delivery.clock_jump_seconds is not None:
        verdicts.append(_jumps(day, limits, delivery.clock_jump_seconds))
    return said(*verdicts)


def _degrees(off: NDArray[np.int64], limits: Limits) -> list[tuple[Action, NDArray[np.bool_], str]]:
    """Return the rows to warn of and those to reject, with the name of the limit passed."""
    reject = off > limits.all("reject_seconds")
    warn = (off > limits.all("warn_seconds")) & ~reject
    return [(Action.WARN, warn, "warn_seconds"), (Action.REJECT, reject, "reject_seconds")]


def _jumps(day: Day, limits: Limits, seconds: NDArray[np.int32]) -> Verdict:
    """Return the half-hours that a step of the clock touched."""
    size = np.abs(seconds.astype(np.int64))
    rows = judged(day, limits, size > limits.all("jump_seconds"))
    touched = np.ones((len(rows), HALF_HOURS), np.bool_)
    if day.block.status is not None:
        marked = (day.block.status[rows] & Status.CLOCK_ADJUSTED.value) != 0
        touched = np.where(marked.any(axis=1, keepdims=True), marked, touched)
    found = runs(touched)
    jump = seconds[rows][found.entry].astype(np.int64)
    limit = limits.at("jump_seconds", rows)[found.entry]
    return Verdict(Action.TEMPORARY, hits_of(rows, found, jump, limit))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    warned = sentence(
        "đồng hồ công tơ lệch {} giây (cho phép {} giây). Cần đồng bộ đồng hồ.",
        number("observed"),
        number("expected"),
    )
    rejected = sentence(
        "đồng hồ công tơ lệch {} giây (quá {} giây), số liệu không được dùng."
        " Cần đồng bộ đồng hồ và thu thập lại.",
        number("observed"),
        number("expected"),
    )
    jumped = sentence(
        "đồng hồ công tơ bị chỉnh {} giây (quá {} giây), các giá trị này là tạm tính."
        " Cần đối chiếu với chỉ số.",
        number("observed"),
        number("expected"),
    )
    by_action = pl.when(pl.col("action") == Action.WARN).then(warned)
    return by_action.when(pl.col("action") == Action.REJECT).then(rejected).otherwise(jumped)
