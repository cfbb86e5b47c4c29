"""Long tables: a row per value with its start (CSV, Parquet, XLSX)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.marks import parsed, refuse_codes, runs_of
from congto.interfaces.files.readings.repeats import SeenDays
from congto.interfaces.files.readings.stamps import SINGLE_VALUES, gather, local
from congto.interfaces.files.readings.tables import (
    check_columns,
    known_stream,
    millionths,
    no_numbers,
    tables,
    with_optional,
)
from congto.interfaces.files.readings.words import ACTIVE, CHANNEL_NAMES, How
from congto.office.organisation.loading import Rows
from congto.vocabulary.intervals import HALF_HOURS, MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.marks import Run

REQUIRED = ("usage_point", "channel", "start", "value")
OPTIONAL = ("meter", "unit", "multiplier", "quality", "reason", "description")
EXPECTED = f"the columns {', '.join(REQUIRED)}"


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a long table: its days (DELIVERED_DAYS) and errors.

    The file is held as a whole, as a day's values may stand anywhere in it.

    Raises:
        InvalidInputError: the file cannot be read, or its columns are not those of a long table.
    """
    seen = SeenDays(path.name)
    pieces = list(tables(path, EXPECTED))
    raw = pl.concat([frame for frame, _ in pieces])
    errors = [error for _, listed in pieces for error in listed]
    check_columns(path.name, raw.columns, REQUIRED, OPTIONAL)
    rows = Rows.of(with_optional(raw, OPTIONAL), path.name)
    known_stream(rows)
    _known_start(rows, how)
    rows.good = rows.good.with_columns(
        pl.col("quality").cast(pl.String).fill_null("A"), pl.col("reason").cast(pl.String)
    )
    refuse_codes(rows)
    values = rows.good.select("value")
    numbers = values.select(pl.all().map_batches(millionths, return_dtype=pl.Int64))
    wrong = no_numbers(path.name, rows.good["line"], values, numbers)
    single = rows.good.with_columns(
        **parsed(), millionths=numbers["value"], status=pl.lit(0, pl.UInt8)
    ).filter(~pl.col("line").is_in(wrong["line"].implode()))
    made = gather(path.name, single.select(list(SINGLE_VALUES)), how.minutes)
    frame, repeated = seen.first_of(made.frame)
    errors += [rows.loaded().errors, wrong, made.errors, repeated]
    yield Delivery(frame, pl.concat(errors).sort("line", "column"))


def _known_start(rows: Rows, how: How) -> None:
    """Read the starts; list those that are no time."""
    rows.good = rows.good.with_columns(
        start_word=pl.col("start").cast(pl.String), start=local(rows.good["start"], how.zone)
    )
    rows.reject(
        pl.col("start").is_null(),
        "start",
        pl.format("start is '{}'", pl.col("start_word").fill_null("")),
        expected="a time such as 2026-10-31T00:30 (local) or 2026-10-31T00:30:00+07:00",
        action="correct the time",
    )


def write(path: Path, days: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write days (DELIVERED_DAYS) as a long table in Wh; CSV or Parquet by the file's name."""
    table = long_table(days)
    if path.suffix.lower() == ".parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path)


def long_table(days: pl.DataFrame) -> pl.DataFrame:
    """Return days (DELIVERED_DAYS) with a row per half-hour, values in Wh or varh."""
    days = days.sort("usage_point", "meter", "channel", "local_day")
    active = pl.col("channel").is_in([*ACTIVE])
    words = pl.Series([_each(runs) for runs in runs_of(days)], dtype=pl.List(pl.String))
    minutes = pl.int_range(0, HALF_HOURS * MINUTES, MINUTES, dtype=pl.Int64)
    rows = days.select(
        "usage_point",
        "meter",
        pl.col("channel").replace_strict(CHANNEL_NAMES, return_dtype=pl.String),
        "local_day",
        "multiplier",
        value="values",
        unit=pl.when(active).then(pl.lit("Wh")).otherwise(pl.lit("varh")),
        words=words,
        minute=minutes.implode(),
    ).explode("value", "words", "minute")
    parts = pl.col("words").str.split(",").list
    return rows.select(
        "usage_point",
        "meter",
        "channel",
        (pl.col("local_day").cast(pl.Datetime("us")) + pl.duration(minutes="minute"))
        .dt.strftime("%Y-%m-%dT%H:%M")
        .alias("start"),
        "value",
        "unit",
        "multiplier",
        *(
            parts.get(at).alias(name)
            for at, name in enumerate(("quality", "reason", "description"))
        ),
    ).with_columns(
        pl.when(pl.col("reason", "description") != "")
        .then(pl.col("reason", "description"))
        .name.keep()
    )


def _each(runs: list[Run]) -> list[str]:
    """Return the words of each half-hour."""
    return [words for first, last, words in runs for _ in range(first, last + 1)]
