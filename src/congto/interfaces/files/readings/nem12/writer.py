"""Write days as NEM12: kWh with three decimals, a 200 row where point, meter or channel changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.readings.marks import runs_of
from congto.interfaces.files.readings.nem12.heads import SUFFIXES
from congto.interfaces.files.readings.words import ACTIVE, LOCAL

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.marks import Run

SENDER, RECEIVER = "CONGTO", ""
LETTERS = {channel.value: letter for letter, channel in SUFFIXES.items()}


def write(path: Path, days: pl.DataFrame, at: datetime) -> None:
    """Write days (DELIVERED_DAYS) to a file; `at` is when it is made."""
    stamp = at.astimezone(LOCAL)
    days = days.sort("usage_point", "meter", "channel", "local_day")
    behind = [_behind(runs) for runs in runs_of(days)]
    days = days.with_columns(
        first=pl.Series([words for words, _ in behind], dtype=pl.String),
        rest=pl.Series([records for _, records in behind], dtype=pl.String),
    )
    body = days.select(_records(f"{stamp:%Y%m%d%H%M%S}")).to_series()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"100,NEM12,{stamp:%Y%m%d%H%M},{SENDER},{RECEIVER}\n")
        file.writelines(f"{text}\n" for text in body)
        file.write("900\n")


def _records(updated: str) -> pl.Expr:
    """Return the text of each day: a 200 row before the first of its head, 300, 400 rows."""
    head = pl.struct("usage_point", "meter", "channel")
    new = (head != head.shift(1)).fill_null(value=True)
    day = pl.format(
        "300,{},{},{},{},{}",
        pl.col("local_day").dt.strftime("%Y%m%d"),
        _kilo(),
        pl.col("first"),
        pl.lit(updated),
        pl.col("rest"),
    )
    return pl.when(new).then(_head() + "\n" + day).otherwise(day)


def _head() -> pl.Expr:
    point = pl.col("usage_point").str.splitn(":", 2).struct
    suffix = pl.concat_str(
        pl.col("channel").replace_strict(LETTERS, return_dtype=pl.String),
        point.field("field_1").fill_null("1"),
    )
    unit = pl.when(pl.col("channel").is_in([*ACTIVE])).then(pl.lit("KWH"))
    return pl.format(
        "200,{},{},{},{},,{},{},30,",
        point.field("field_0"),
        suffix,
        suffix,
        suffix,
        pl.col("meter").fill_null(""),
        unit.otherwise(pl.lit("KVARH")),
    )


def _kilo() -> pl.Expr:
    """Write Wh as kWh: 250 -> "0.250", null -> ""."""
    value = pl.element()
    size = value.cast(pl.Int64).abs()
    text = (
        pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        + (size // 1000).cast(pl.String)
        + "."
        + (size % 1000).cast(pl.String).str.zfill(3)
    )
    return pl.col("values").list.eval(text.fill_null("")).list.join(",")


def _behind(runs: list[Run]) -> tuple[str, str]:
    """Return what stands behind a day's values, and a record 400 for each run of several."""
    if len(runs) == 1:
        return runs[0][2], ""
    records = (f"\n400,{first},{last},{words}" for first, last, words in runs)
    return "V,,", "".join(records)
