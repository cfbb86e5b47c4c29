"""What each element received, by its own meters."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.frames.losses import NETWORK_POINTS, RECEIVED


def received(points: pl.DataFrame) -> pl.DataFrame:
    """Add up an element's meters: frame NETWORK_POINTS in, RECEIVED out.

    Complete half-hours are exact to the Wh and go before registers, which are cut to the dial's
    resolution. An element with one meter that tells neither is absent: a part is never taken for
    the whole, and what is missing never for zero.
    """
    known = NETWORK_POINTS.check(points).with_columns(
        received_wh=pl.coalesce("half_hours_wh", "register_wh")
    )
    sums = (
        known.group_by("element")
        .agg(pl.col("received_wh").sum(), lacking=pl.col("received_wh").null_count())
        .filter(pl.col("lacking") == 0)
    )
    return RECEIVED.check(sums).sort("element")
