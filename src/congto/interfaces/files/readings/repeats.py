"""Days that come twice in a file: the first is kept, also where the second stands far behind it."""

from __future__ import annotations

import polars as pl

from congto.interfaces.files.cast import complain
from congto.vocabulary.frames.readings import ROW_ERRORS

KEY = ["usage_point", "meter", "channel", "local_day"]
"""With the meter: on the day of an exchange the old and the new one both have values."""
SEEDS = (0x5EED, 0xC0DE)
"""Two hashes of 64 bits stand for a key, 16 bytes a day: that two of 8 million keys meet in both
has a chance of one in 10^25."""


class SeenDays:
    """The days of a file read so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._seen = pl.DataFrame(schema={"h0": pl.UInt64, "h1": pl.UInt64, "first_line": pl.Int64})

    def first_of(self, days: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Keep the first row of each day; list the others (ROW_ERRORS)."""
        if days.is_empty():
            return days, ROW_ERRORS.empty()
        keys = days.select(
            *(pl.struct(KEY).hash(seed).alias(f"h{n}") for n, seed in enumerate(SEEDS)),
            first_line="line",
        )
        seen = pl.concat([self._seen, keys])
        firsts = seen.unique(["h0", "h1"], keep="first", maintain_order=True)
        if firsts.height == seen.height:
            self._seen = seen
            return days, ROW_ERRORS.empty()
        self._seen = firsts
        marked = pl.concat([days, keys.drop("first_line")], how="horizontal").join(
            firsts, on=["h0", "h1"], how="left", maintain_order="left"
        )
        repeated = marked.filter(pl.col("line") != pl.col("first_line"))
        errors = complain(
            self.file,
            repeated,
            "local_day",
            pl.format(
                "{} on {} stands already on line {}", "usage_point", "local_day", "first_line"
            ),
            "each day once for a point, meter and channel",
            "remove one of the two; the first is taken",
        )
        return marked.filter(pl.col("line") == pl.col("first_line")).select(days.columns), errors
