"""Events of meters as a file states them, before the books know its points and meters."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.events import END_OF
from congto.vocabulary.frames import Frame

DELIVERED_EVENTS = Frame(
    "delivered_events",
    "one row per event of a delivered file",
    {
        "line": pl.Int64(),  # where it stands in the file; 1 is the first
        "usage_point": pl.String(),  # code; null: the file names the meter only
        "meter": pl.String(),  # serial number; null: the file names none
        "kind": pl.String(),  # vocabulary.events.MeterEvent
        "code": pl.String(),  # the sender's own, of kind "other"; else empty
        "began_at": pl.Datetime("us", "UTC"),  # whole seconds
        "ended_at": pl.Datetime("us", "UTC"),  # null: a moment, or its end is not known
        "seconds": pl.Int32(),  # clock_set: moved forward by; clock_off: ahead by; null: not said
        "detail": pl.String(),  # may be empty
    },
)


def as_moments(events: pl.DataFrame) -> pl.DataFrame:
    """Return events (DELIVERED_EVENTS) with each end as an event of its own, ended_at null."""
    ends = events.filter(pl.col("ended_at").is_not_null()).with_columns(
        pl.col("kind").replace_strict(END_OF, return_dtype=pl.String),
        began_at="ended_at",
        seconds=pl.lit(None, pl.Int32),
        detail=pl.lit(""),
    )
    columns = DELIVERED_EVENTS.columns
    return (
        pl.concat([events.select(*columns), ends.select(*columns)])
        .with_columns(ended_at=pl.lit(None, columns["ended_at"]))
        .sort("line", "began_at", maintain_order=True)
    )
