"""V-20: the file counts with another multiplier or unit than the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-20"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Reject days whose file states another multiplier (CT x VT) or unit than master data (Oracle).

    Observed is what the file states, expected what the books know: the multiplier, or Wh of one
    unit where the multiplier agrees. The register reads of the day are not used either.
    """
    delivery = day.block.delivery
    if delivery is None:
        return []
    verdicts = []
    wrong = np.zeros(len(day.values), np.bool_)
    if (stated := delivery.multiplier) is not None:
        wrong = (stated != 0) & (stated != day.facts.multiplier)
        rows = judged(day, limits, wrong)
        hits = whole_days(rows, stated[rows], day.facts.multiplier[rows])
        verdicts.append(Verdict(Action.REJECT, hits, register=True))
    if (unit := delivery.unit_wh) is not None and (known := day.facts.unit_wh) is not None:
        rows = judged(day, limits, (unit != 0) & (known != 0) & (unit != known) & ~wrong)
        hits = whole_days(rows, unit[rows], known[rows])
        verdicts.append(Verdict(Action.REJECT, hits, register=True))
    return said(*verdicts)


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "hệ số nhân hoặc đơn vị trong tệp ({}) khác hồ sơ ({}), số liệu không được dùng."
        " Cần đối chiếu hồ sơ treo tháo và cấu hình tệp.",
        number("observed"),
        number("expected"),
    )
