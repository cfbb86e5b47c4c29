"""Words of findings on half-hours, in Vietnamese, from the columns of DAY_FINDINGS + `subject`."""

from __future__ import annotations

import polars as pl

from congto.vocabulary.intervals import HALF_HOURS, Channel
from congto.vocabulary.wording import day, grouped, kwh

__all__ = ["amount", "energy", "hours", "number", "sentence", "span"]

CHANNEL_NAMES = {
    Channel.ACTIVE_IMPORT.value: "",
    Channel.ACTIVE_EXPORT.value: " (chiều phát)",
    Channel.REACTIVE_IMPORT.value: " (vô công nhận)",
    Channel.REACTIVE_EXPORT.value: " (vô công phát)",
}
REACTIVE = [Channel.REACTIVE_IMPORT.value, Channel.REACTIVE_EXPORT.value]


def sentence(words: str, *figures: pl.Expr) -> pl.Expr:
    """Write a finding: where it is, then `words` with a figure in each pair of braces."""
    where = pl.format("Điểm đo {}{}, ngày {}", "subject", _channel(), day("local_day"))
    return pl.format("{}{}: {}", where, span(), pl.format(words, *figures))


def span() -> pl.Expr:
    """Write the hours of the finding: ", 06:00-14:30"; nothing for a whole day."""
    whole = (pl.col("first") == 0) & (pl.col("last") == HALF_HOURS - 1)
    hours = pl.format(", {}-{}", _clock(pl.col("first")), _clock(pl.col("last") + 1))
    return pl.when(whole).then(pl.lit("")).otherwise(hours)


def energy(column: str) -> pl.Expr:
    """Write Wh or varh as kWh or kvarh, by the channel: 1500 -> "1,5 kWh"."""
    reactive = pl.col("channel").is_in(REACTIVE)
    return kwh(pl.col(column), pl.when(reactive).then(pl.lit("kvarh")).otherwise(pl.lit("kWh")))


def amount(column: str, unit: str) -> pl.Expr:
    """Write thousandths of a unit, whatever the channel: 1500 -> "1,5 kvarh"."""
    return kwh(pl.col(column), pl.lit(unit))


def number(column: str) -> pl.Expr:
    """Write a whole number with dots: 86400 -> "86.400"."""
    return grouped(pl.col(column))


def hours(column: str) -> pl.Expr:
    """Write half-hours as hours: 17 -> "8,5 giờ"."""
    half = pl.when(pl.col(column) % 2 == 1).then(pl.lit(",5")).otherwise(pl.lit(""))
    return pl.format("{}{} giờ", pl.col(column) // 2, half)


def _clock(half_hour: pl.Expr) -> pl.Expr:
    """Write where a half-hour begins: 13 -> "06:30", 48 -> "24:00"."""
    minutes = pl.when(half_hour % 2 == 1).then(pl.lit("30")).otherwise(pl.lit("00"))
    return pl.format("{}:{}", (half_hour // 2).cast(pl.String).str.zfill(2), minutes)


def _channel() -> pl.Expr:
    return pl.col("channel").replace_strict(CHANNEL_NAMES, return_dtype=pl.String)
