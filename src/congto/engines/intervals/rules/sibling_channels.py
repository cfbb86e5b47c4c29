"""V-21: energy came, but another channel of the same meter did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.engines.intervals.rules.found import Verdict, hits_of, judged, runs, said
from congto.engines.intervals.rules.wording import number, sentence
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, Action, Channel

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from congto.engines.intervals.day import Day
    from congto.engines.intervals.limits import Limits

RULE = "V-21"
ACTION = Action.ORDER
CHANNELS = (Channel.ACTIVE_IMPORT,)


def check(day: Day, limits: Limits) -> list[Verdict]:
    """Ask again for half-hours with A+ where a channel that the meter records is missing (Oracle).

    Which channels a meter records is told by the delivery; where it is not, a channel counts that
    came with any value of the day. Observed is the number of half-hours present (0), expected the
    length of the gap.
    """
    siblings = day.block.siblings or {}
    delivery = day.block.delivery
    channels = None if delivery is None else delivery.channels
    lacking: dict[Channel, NDArray[np.int32]] = {}
    for channel, values in siblings.items():
        gap = (values.min(axis=1) == ABSENT) & (day.figures.present > 0)
        if channels is not None:
            gap &= (channels >> channel.value) & 1 == 1
        rows = judged(day, limits, gap)
        if channels is None:
            rows = rows[values[rows].max(axis=1) > ABSENT]
        lacking[channel] = rows
    rows = np.unique(np.concatenate([np.zeros(0, np.int32), *lacking.values()]))
    gaps = np.zeros((len(rows), HALF_HOURS), np.bool_)
    for channel, at in lacking.items():
        gaps[np.searchsorted(rows, at)] |= siblings[channel][at] == ABSENT
    found = runs(gaps & (day.values[rows] != ABSENT))
    return said(Verdict(Action.ORDER, hits_of(rows, found, 0, found.length)))


def explain() -> pl.Expr:
    """Write the sentence of each finding."""
    return sentence(
        "có điện năng nhận nhưng thiếu kênh khác ({} nửa giờ)."
        " Cần thu thập lại kênh phát và vô công.",
        number("expected"),
    )
