"""What `congto readings validate` gives back: completed days, and a summary to read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from congto.interfaces.files.cast import sentences
from congto.interfaces.files.readings.days import lists_of
from congto.interfaces.files.readings.marks import Marks
from congto.interfaces.files.readings.words import ACTIVE
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.intervals import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from congto.engines.intervals.estimation import Estimated
    from congto.interfaces.cli.readings.judge import Judged

ACTIONS = {one.value for one in Action}
SHOWN = 5
"""Sentences of lines that could not be read; --json prints all."""


def completed_days(
    judged: Sequence[Judged], done: Sequence[Estimated], days: pl.DataFrame
) -> pl.DataFrame:
    """Return the completed channels as days (DELIVERED_DAYS); `days` name the meters."""
    parts = [_channel(one, filled) for one, filled in zip(judged, done, strict=True)]
    meters = (
        days.group_by("usage_point", "channel", "local_day")
        .agg(
            pl.col("meter").drop_nulls().unique().sort().str.join("+"),
            pl.col("multiplier").max(),
        )
        .with_columns(pl.when(pl.col("meter") != "").then("meter"))
    )
    frame = pl.concat([DELIVERED_DAYS.empty(), *parts]).drop("meter", "multiplier")
    joined = frame.join(meters, on=["usage_point", "channel", "local_day"], how="left")
    return joined.select(list(DELIVERED_DAYS.columns))


def _channel(judged: Judged, done: Estimated) -> pl.DataFrame:
    series = judged.series
    row, day = np.nonzero(judged.inside)
    marks = Marks(
        done.qualities[row, day],
        done.methods[row, day],
        np.zeros((len(row), done.values.shape[2]), np.uint8),
        series.status[row, day],
    )
    unit = "Wh" if series.channel in ACTIVE else "varh"
    keys = pl.DataFrame(
        {
            "line": np.arange(1, len(row) + 1),
            "usage_point": pl.Series([series.codes[one] for one in row], dtype=pl.String),
            "channel": np.full(len(row), series.channel.value, np.int8),
            "local_day": pl.Series([series.days[one] for one in day], dtype=pl.Date),
        }
    ).with_columns(
        unit=pl.lit(unit), meter=pl.lit(None, pl.String), multiplier=pl.lit(None, pl.Int64)
    )
    return lists_of(keys, done.values[row, day], marks)


def print_summary(
    days: pl.DataFrame,
    errors: pl.DataFrame,
    lines: Iterator[dict[str, Any]],
    notices: pl.DataFrame,
) -> None:
    """Print how many days were read, how often each rule spoke, and the first sentences."""
    from rich.console import Console
    from rich.table import Table

    counts = Counter((line["rule"], line["action"]) for line in lines if line["action"] in ACTIONS)
    table = Table(title=None)
    table.add_column("rule")
    table.add_column("action")
    table.add_column("findings", justify="right")
    for (rule, action), count in sorted(counts.items()):
        table.add_row(rule, action, str(count))
    out = Console(highlight=False)
    points = days["usage_point"].n_unique()
    out.print(f"{days.height} days of {points} usage points read, {errors.height} lines refused")
    if counts:
        out.print(table)
    told = notices.select(pl.format("{}; expected {}; {}.", "observed", "expected", "action"))
    for text in [*sentences(errors)[:SHOWN], *told.to_series().to_list()[:SHOWN]]:
        out.print(text, markup=False)
