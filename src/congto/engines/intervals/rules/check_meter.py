"""V-24: main and check meter disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import energy, sentence
from congto.vocabulary.intervals import ABSENT, Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-24"
ACTION = Action.SUSPECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Suspect days apart from the check meter by more than both class errors (Elexon).

    |A - B| / A > `permille` (0.5S + 0.5S: 1 %), over the half-hours that both have. Observed is
    the main meter's energy, expected the check meter's, Wh.
    """
    check_meter = None if day.block.delivery is None else day.block.delivery.check_meter
    if check_meter is None:
        return []
    rows = judged(day, limits, check_meter.max(axis=1) > ABSENT)
    main, other = day.values[rows], check_meter[rows]
    both = (main != ABSENT) & (other != ABSENT)
    of_main = main.sum(axis=1, dtype=np.int64, where=both)
    of_other = other.sum(axis=1, dtype=np.int64, where=both)
    apart = np.abs(of_main - of_other) * 1000 > of_main * limits.at("permille", rows)
    hits = whole_days(rows[apart], of_main[apart], of_other[apart])
    return said(Verdict(Action.SUSPECT, hits))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "công tơ chính đo {}, công tơ đối chứng đo {}, lệch quá cấp chính xác."
        " Cần kiểm định và đối chiếu.",
        energy("observed"),
        energy("expected"),
    )
