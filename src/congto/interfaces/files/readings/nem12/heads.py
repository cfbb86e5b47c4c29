"""Records 200: which point, channel, meter, unit and interval length the days beneath have."""

from __future__ import annotations

import polars as pl

from congto.interfaces.files.readings.words import (
    ACTIVE,
    ACTIVE_UNITS,
    HOUR,
    HOURS_REFUSED,
    REACTIVE_UNITS,
    UNITS,
    How,
)
from congto.office.organisation.loading import Rows
from congto.vocabulary.intervals import Channel

SUFFIXES = {
    "E": Channel.ACTIVE_IMPORT,
    "B": Channel.ACTIVE_EXPORT,
    "Q": Channel.REACTIVE_IMPORT,
    "K": Channel.REACTIVE_EXPORT,
}
FIELDS = {"nmi": 1, "suffix": 4, "meter": 6, "unit": 7, "length": 8}
ACTION = "correct the record; the days beneath it are left out"

HEADS = {
    "head": pl.Int64(),  # line of the record
    "good": pl.Boolean(),
    "usage_point": pl.String(),
    "meter": pl.String(),
    "channel": pl.Int8(),
    "unit": pl.String(),
    "unit_wh": pl.Int64(),
    "minutes": pl.Int64(),
}


def heads_of(file: str, rows: pl.DataFrame, how: How) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split records 200 (line, text): one row each of HEADS, and the errors (ROW_ERRORS)."""
    every = _split(rows)
    heads = Rows.of(every, file)
    _refuse_names(heads)
    _refuse_lengths(heads, how)
    good = pl.col("line").is_in(heads.good["line"].implode())
    marked = every.with_columns(good=good).rename({"line": "head"})
    return marked.select(list(HEADS)), heads.loaded().errors


def _split(rows: pl.DataFrame) -> pl.DataFrame:
    fields = pl.col("text").str.split(",").list
    found = rows.select(
        "line",
        **{
            name: fields.get(number, null_on_oob=True).str.strip_chars()
            for name, number in FIELDS.items()
        },
    )
    letter, number = pl.col("suffix").str.head(1), pl.col("suffix").str.slice(1)
    unit = pl.col("unit").str.to_lowercase()
    channel = letter.replace_strict(SUFFIXES, default=None, return_dtype=pl.Int8)
    fitting = (
        pl.when(channel.is_in([*ACTIVE]))
        .then(unit.is_in([*ACTIVE_UNITS]))
        .otherwise(unit.is_in([*REACTIVE_UNITS]))
    )
    code = pl.when(number.is_in(["1", ""])).then("nmi").otherwise(pl.format("{}:{}", "nmi", number))
    return found.with_columns(
        channel=channel,
        unit_wh=unit.replace_strict(UNITS, default=1, return_dtype=pl.Int64),
        minutes=pl.col("length").cast(pl.Int64, strict=False),
        usage_point=code,
        meter=pl.when(pl.col("meter") != "").then("meter"),
        fitting=fitting,
    )


def _refuse_names(heads: Rows) -> None:
    """List heads that name no point, no channel or a unit that does not fit it."""
    heads.reject(
        pl.col("nmi").fill_null("") == "",
        "NMI",
        pl.lit("record 200 names no point"),
        expected="the code of the usage point as its second field",
        action=ACTION,
    )
    heads.reject(
        pl.col("channel").is_null(),
        "suffix",
        pl.format("suffix '{}' is no channel", pl.col("suffix").fill_null("")),
        expected="E (A+), B (A-), Q (Q+) or K (Q-), with the number of the stream",
        action=ACTION,
    )
    heads.reject(
        ~pl.col("fitting").fill_null(value=False),
        "unit",
        pl.format("unit '{}' does not fit suffix {}", pl.col("unit").fill_null(""), "suffix"),
        expected="KWH, WH or MWH for E and B; KVARH, VARH or MVARH for Q and K",
        action=ACTION,
    )


def _refuse_lengths(heads: Rows, how: How) -> None:
    """List heads whose intervals cannot be made half-hours."""
    taken = pl.col("minutes").is_in([*how.lengths]).fill_null(value=False)
    for bad, action in (((pl.col("minutes") == HOUR) & ~taken, HOURS_REFUSED), (~taken, ACTION)):
        heads.reject(
            bad,
            "length",
            pl.format("intervals of '{}' minutes", pl.col("length").fill_null("")),
            expected=how.expected_length,
            action=action,
        )
