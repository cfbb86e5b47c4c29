"""V-11: the time-of-use registers do not add up to the total register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.registers import resolution_wh
from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-11"
ACTION = Action.SUSPECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect days whose band registers differ from the total by more than their resolutions.

    |R_total - sum(R_bands)| x m <= number of registers x resolution x m (California: TOU usage;
    Oracle: sum check). Observed is the sum of the bands, expected the total, Wh.
    """
    delivery = day.block.delivery
    if delivery is None or delivery.bands_wh is None or delivery.band_registers is None:
        return []
    facts = day.facts
    known = (delivery.bands_wh != ABSENT_WH) & (day.register_wh != ABSENT_WH) & ~day.register_unfit
    bands = np.where(known, delivery.bands_wh, 0) * facts.multiplier
    tolerance = delivery.band_registers * resolution_wh(facts) * facts.multiplier
    apart = np.abs(np.where(known, day.register_wh, 0) - bands) > tolerance
    rows = judged(day, limits, known & apart)
    return said(Verdict(Action.SUSPECT, whole_days(rows, bands[rows], day.register_wh[rows])))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "tổng các bộ chỉ số theo giờ {} khác bộ tổng {}. Cần kiểm tra công tơ ba giá.",
        energy("observed"),
        energy("expected"),
    )
