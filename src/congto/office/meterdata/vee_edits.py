"""Half-hours edited by people, as a run meets them: which still hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.office.meterdata.vee_stored import places
from congto.office.storage.intervals import raw_days
from congto.vocabulary.intervals import ABSENT, HALF_HOURS

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from congto.engines.intervals.block import DayBlock
    from congto.office.storage.interval_tables import Snapshot

EDITS: dict[str, pl.DataType] = {
    "usage_point": pl.Int64(),
    "channel": pl.Int16(),
    "half_hour": pl.Int16(),
    "value_wh": pl.Int32(),
    "edited_at": pl.Datetime("us", "UTC"),
}
"""One row per edited half-hour and edit, in the order they were made."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Half-hours that people have edited and no later delivery has replaced.

    Attributes:
        rows: in the block, rising; (k,).
        edited: which half-hours; (k, 48).
        values: Wh; (k, 48).
    """

    rows: NDArray[np.intp]
    edited: NDArray[np.bool_]
    values: NDArray[np.int32]


def edits_in_force(block: DayBlock, edits: pl.DataFrame, raw: Snapshot) -> Edits:
    """Return the edits of a block that hold: where the delivered value is as the person saw it.

    Args:
        block: the day.
        edits: frame EDITS.
        raw: deliveries of the day.
    """
    own = edits.filter(pl.col("channel") == int(block.channel))
    points = own["usage_point"].unique().sort().to_numpy()
    into, rows = places(points, block.points)
    points = points[into]
    edited = np.zeros((len(points), HALF_HOURS), np.bool_)
    values = np.zeros((len(points), HALF_HOURS), np.int32)
    for (moment,), made in own.group_by(["edited_at"], maintain_order=True):
        seen = _seen(raw, block, points, moment)
        into, at = places(made["usage_point"].to_numpy(), points)
        half_hour, value = made["half_hour"].to_numpy()[into], made["value_wh"].to_numpy()[into]
        holds = seen[at, half_hour] == block.values[rows[at], half_hour]
        edited[at, half_hour] = holds
        values[at, half_hour] = value
    some = edited.any(axis=1)
    return Edits(rows[some], edited[some], values[some])


def _seen(
    raw: Snapshot, block: DayBlock, points: NDArray[np.int64], moment: datetime
) -> NDArray[np.int32]:
    """Return the delivered values of points as known at a moment."""
    then = raw_days(raw, block.channel, points=points, known_at=moment)
    out = np.full((len(points), HALF_HOURS), ABSENT, np.int32)
    rows, at = places(points, then.points)
    out[rows] = then.values[at]
    return out
