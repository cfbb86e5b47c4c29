"""V-18: reactive energy out of proportion, or both directions at once on one phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, over_runs, runs, said
from congto.engines.intervals.rules.wording import amount, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-18"
ACTION = Action.SUSPECT
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect half-hours with more kvarh than `percent` (300) of their kWh: cos phi under 0.32.

    Or with energy taken and given back in the same half-hour by a single-phase meter (California:
    kVARh check). Observed is varh (expected: the most allowed by the kWh), or the Wh given back
    (expected 0), over the run.
    """
    siblings = day.block.siblings or {}
    verdicts = []
    if (reactive := siblings.get(Channel.REACTIVE_IMPORT)) is not None:
        verdicts.append(_out_of_proportion(day, limits, reactive))
    if (export := siblings.get(Channel.ACTIVE_EXPORT)) is not None:
        rows = judged(day, limits, day.facts.single_phase & (export.max(axis=1) > 0))
        both = runs((day.values[rows] > 0) & (export[rows] > 0))
        back = over_runs(np.add, export[rows], both)
        verdicts.append(Verdict(Action.SUSPECT, hits_of(rows, both, back, 0)))
    return said(*verdicts)


def _out_of_proportion(day: Day, limits: Limits, reactive: NDArray[np.int32]) -> Verdict:
    """Return the runs with too much reactive energy."""
    # Whole multiples first, in 32 bits: where they do not fit, no reactive value of 32 bits is
    # above them, and a row that is opened for a wrapped one is compared exactly below.
    multiple = day.values * np.int32(limits.least("percent") // 100)
    rows = judged(day, limits, np.logical_or.reduce(reactive > multiple, axis=1))
    active, other = day.values[rows].astype(np.int64), reactive[rows]
    allowed = active * limits.at("percent", rows)[:, None] // 100
    found = runs((active > 0) & (other > allowed))
    observed, expected = over_runs(np.add, other, found), over_runs(np.add, allowed, found)
    return Verdict(Action.SUSPECT, hits_of(rows, found, observed, expected))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    reactive = sentence(
        "điện năng phản kháng {} quá lớn so với điện năng tác dụng (tối đa {})."
        " Cần kiểm tra đấu dây mạch đo.",
        amount("observed", "kvarh"),
        amount("expected", "kvarh"),
    )
    both = sentence(
        "công tơ một pha vừa nhận vừa phát {} trong cùng nửa giờ. Cần kiểm tra đấu dây mạch đo.",
        amount("observed", "kWh"),
    )
    return pl.when(pl.col("expected") > 0).then(reactive).otherwise(both)
