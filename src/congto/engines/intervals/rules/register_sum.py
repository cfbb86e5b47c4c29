"""V-10: the half-hours of a complete day do not add up to the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.registers import resolution_wh
from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-10"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Reject complete days apart from the register; suspect them when they were read again.

    |sum - (R1 - R0) x m| <= max(`multipliers` x m x resolution, `permille` of the register), with
    2 multipliers (California), 1 % for households and 0.5 % for others (Oracle: sum check). A day
    that passes is proven. Observed is the sum, expected the register's energy, Wh.
    """
    judgeable = judgeable_days(day)
    wrong = judgeable & ~within_tolerance(day, limits)
    again = None if day.block.delivery is None else day.block.delivery.read_again
    repeated = np.zeros_like(wrong) if again is None else wrong & again
    return said(
        _apart(day, judged(day, limits, wrong & ~repeated), Action.REJECT),
        _apart(day, judged(day, limits, repeated), Action.SUSPECT),
    )


def judgeable_days(day: Day) -> NDArray[np.bool_]:
    """Return the complete days with a register that may be used."""
    judgeable: NDArray[np.bool_] = (
        day.complete & (day.register_wh != ABSENT_WH) & ~day.register_unfit & ~day.closed
    )
    return judgeable


def within_tolerance(day: Day, limits: Limits) -> NDArray[np.bool_]:
    """Return where sum and register agree; without meaning where the register is not known."""
    register = day.register_wh
    multipliers = limits.all("multipliers") * day.facts.multiplier * resolution_wh(day.facts)
    tolerance = np.maximum(multipliers, register * limits.all("permille") // 1000)
    within: NDArray[np.bool_] = np.abs(day.figures.sums - register) <= tolerance
    return within


def proven_days(day: Day, limits: Limits) -> NDArray[np.bool_]:
    """Return the days that the register bears out."""
    passed = judgeable_days(day) & within_tolerance(day, limits)
    return passed if limits.eligible is None else passed & limits.eligible


def _apart(day: Day, rows: NDArray[np.int32], action: Action) -> Verdict:
    return Verdict(action, whole_days(rows, day.figures.sums[rows], day.register_wh[rows]))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    first = sentence(
        "tổng giá trị nửa giờ {}, theo chỉ số {}, không được dùng. Cần thu thập lại một lần.",
        energy("observed"),
        energy("expected"),
    )
    again = sentence(
        "đã thu thập lại, tổng giá trị nửa giờ vẫn là {}, theo chỉ số {}."
        " Cần kiểm tra hệ số nhân và đồng hồ công tơ.",
        energy("observed"),
        energy("expected"),
    )
    return pl.when(pl.col("action") == Action.SUSPECT).then(again).otherwise(first)
