"""V-01: the file names another meter than the one installed at the point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.engines.intervals.rules.found import Verdict, judged, said, whole_days
from congto.engines.intervals.rules.wording import sentence
from congto.vocabulary.intervals import Action, Channel

if TYPE_CHECKING:
    import polars as pl

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-01"
ACTION = Action.REJECT
CHANNELS = tuple(Channel)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Reject the day where the named meter is not the one installed (California: meter id).

    A file that names none, or a point without a meter in the books, is not judged. Observed and
    expected are keys of meters. The register reads of the day are another meter's too.
    """
    delivery, installed = day.block.delivery, day.facts.meter
    if delivery is None or delivery.meter is None or installed is None:
        return []
    differs = (delivery.meter != 0) & (installed != 0) & (delivery.meter != installed)
    rows = judged(day, limits, differs)
    hits = whole_days(rows, delivery.meter[rows], installed[rows])
    return said(Verdict(Action.REJECT, hits, register=True))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "công tơ trong tệp không phải công tơ đang treo tại điểm đo, số liệu không được dùng."
        " Cần đối chiếu biên bản treo tháo."
    )
