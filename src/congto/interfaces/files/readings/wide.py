"""Wide tables: a row per point, channel and day, a column per interval (CSV, Parquet, XLSX).

Columns 00:00, 00:30 to 23:30 hold the values, each named by the start of its interval; their number
tells the length. A Parquet file may have one column `values` instead, a list of a day's values.
Column `quality` says what is known of the values: "A" (measured), "S17" (substituted by method
17), or ranges: "1-40 A;41-44 S17 76;45-48 A" with reason codes, as NEM12's records 400 do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.readings.days import NO_VALUE, days_of
from congto.interfaces.files.readings.marks import marks_of, runs_of
from congto.interfaces.files.readings.repeats import SeenDays
from congto.interfaces.files.readings.tables import (
    array,
    check_columns,
    known_stream,
    local_day,
    millionths,
    no_numbers,
    tables,
    with_optional,
)
from congto.interfaces.files.readings.words import (
    ACTIVE,
    CHANNEL_NAMES,
    HOUR,
    HOURS_REFUSED,
    How,
)
from congto.office.organisation.loading import Rows
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import HALF_HOURS, MINUTES
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from congto.interfaces.files.readings.marks import Marks, Run

REQUIRED = ("usage_point", "channel", "local_day")
OPTIONAL = ("meter", "unit", "multiplier", "quality")
DAY_MINUTES = HALF_HOURS * MINUTES
CLOCK = r"^\d\d:\d\d$"
MARK = r"([ASFEN](?:\d\d)?)(?: (\d+))?(?: (flat))?$"
ONE = f"^{MARK}"
RANGE = rf"^(\d+)-(\d+) {MARK}"
RANGE_OF = range(1, 6)
"""Groups of RANGE: first, last, quality, reason, description."""
LISTED = "values"
EXPECTED = f"the columns {', '.join(REQUIRED)}, 00:00, 00:30 to 23:30"


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a wide table: its days (DELIVERED_DAYS) and errors.

    Raises:
        InvalidInputError: the file cannot be read, or its columns are not those of a wide table.
    """
    seen = SeenDays(path.name)
    for raw, errors in tables(path, EXPECTED):
        yield _piece(path.name, raw, errors, how, seen)


def read_table(file: str, raw: pl.DataFrame, how: How) -> Delivery:
    """Read a wide table that is in memory: columns as in a file, and `line`."""
    return _piece(file, raw, [], how, SeenDays(file))


def _piece(
    file: str, raw: pl.DataFrame, errors: list[pl.DataFrame], how: How, seen: SeenDays
) -> Delivery:
    names = _interval_columns(file, raw, how)
    rows = Rows.of(with_optional(raw, OPTIONAL), file)
    known_stream(rows)
    _known_day(rows)
    if names == [LISTED]:
        names = _unlist(rows, how)
    values = rows.good.select(names)
    numbers = values.select(pl.all().map_batches(millionths, return_dtype=pl.Int64))
    wrong = no_numbers(file, rows.good["line"], values, numbers)
    right = ~rows.good["line"].is_in(wrong["line"].implode())
    good, found = rows.good.filter(right), array(numbers.filter(right))
    marks, known, wrong_marks = _marks(file, good, len(names))
    if marks is not None:
        found = np.where(marks.qualities == Quality.MISSING, NO_VALUE, found)
    days = days_of(file, good, found, good["unit_wh"].to_numpy(), marks)
    frame, repeated = seen.first_of(days.frame.filter(pl.col("line").is_in(known.implode())))
    errors = [*errors, rows.loaded().errors, wrong, wrong_marks, days.errors, repeated]
    return Delivery(frame, pl.concat(errors).sort("line", "column"))


def _interval_columns(file: str, raw: pl.DataFrame, how: How) -> list[str]:
    """Return the names of the columns of values; refuse a table that has others."""
    if LISTED in raw.columns:
        check_columns(file, raw.columns, (*REQUIRED, LISTED), OPTIONAL)
        return [LISTED]
    clocks = [name for name in raw.columns if re.match(CLOCK, name)]
    length = DAY_MINUTES // len(clocks) if clocks else MINUTES
    if length == HOUR and length not in how.lengths:
        raise InvalidInputError(
            f"{file} line 1 has {len(clocks)} columns of values, which are hours",
            expected=how.expected_length,
            action=HOURS_REFUSED,
        )
    fits = length in how.lengths and len(clocks) * length == DAY_MINUTES
    wanted = clock_columns(length if fits else MINUTES)
    if fits:
        check_columns(file, raw.columns, (*REQUIRED, *wanted), OPTIONAL)
        return wanted
    raise InvalidInputError(
        f"{file} line 1 has {len(clocks)} columns of values",
        expected=f"{HALF_HOURS} columns named 00:00, 00:30 to 23:30, or of shorter intervals",
        action="deliver whole days, each interval under its start",
    )


def clock_columns(minutes: int) -> list[str]:
    """Return the names of a day's intervals: 00:00, 00:30, ..."""
    starts = range(0, DAY_MINUTES, minutes)
    return [f"{start // 60:02}:{start % 60:02}" for start in starts]


def _known_day(rows: Rows) -> None:
    """Read local_day; list the rows where it is no date."""
    rows.good = rows.good.with_columns(
        day_word=pl.col("local_day").cast(pl.String),
        local_day=local_day(pl.col("local_day"), rows.good.schema["local_day"]),
    )
    rows.reject(
        pl.col("local_day").is_null(),
        "local_day",
        pl.format("local_day is '{}'", pl.col("day_word").fill_null("")),
        expected="a date such as 2026-10-31",
        action="correct the date",
    )


def _unlist(rows: Rows, how: How) -> list[str]:
    """Spread the list of a day over columns; list the rows that have too few or too many values."""
    dtype = rows.good.schema[LISTED]
    if not isinstance(dtype, pl.List | pl.Array):
        raise InvalidInputError(
            f"{rows.file}: the column {LISTED} is of type {dtype}",
            expected="a list of the day's values",
            action="write the column with that type",
        )
    lists = rows.good[LISTED].arr.to_list() if isinstance(dtype, pl.Array) else rows.good[LISTED]
    rows.good = rows.good.with_columns(lists, count=lists.list.len().fill_null(0).cast(pl.Int64))
    lengths = [DAY_MINUTES // minutes for minutes in how.lengths]
    common = rows.good["count"].filter(rows.good["count"].is_in(lengths)).mode()
    count = int(common.max()) if len(common) else HALF_HOURS  # type: ignore[arg-type]  # an Int64
    rows.reject(
        pl.col("count") != count,
        LISTED,
        pl.format("{} has {} values", pl.lit(LISTED), "count"),
        expected=f"a list of {count} values, null where one is missing",
        action="deliver the whole day again",
    )
    names = [f"{LISTED}[{number}]" for number in range(1, count + 1)]
    spread = rows.good[LISTED].list.to_struct(fields=names).struct.unnest()
    rows.good = pl.concat([rows.good.drop(LISTED), spread], how="horizontal")
    return names


def _marks(
    file: str, rows: pl.DataFrame, count: int
) -> tuple[Marks | None, pl.Series, pl.DataFrame]:
    """Read the column `quality` as what NEM12 says in records 300 and 400."""
    word = pl.col("quality").cast(pl.String).fill_null("A")
    ranged = word.str.contains("-", literal=True)
    one = word.str.extract_groups(ONE).struct
    days = rows.select(
        "line",
        quality=pl.when(ranged).then(pl.lit("V")).otherwise(one.field("1").fill_null(word)),
        reason=pl.when(~ranged).then(one.field("2")),
        description=pl.when(~ranged).then(one.field("3")),
    )
    parts = rows.filter(ranged).select("line", part=word.str.split(";")).explode("part")
    found = pl.col("part").str.strip_chars().str.extract_groups(RANGE).struct
    ranges = parts.select(
        "line",
        text=pl.format(
            "400,{},{},{},{},{}", *(found.field(str(n)).fill_null("") for n in RANGE_OF)
        ),
        day="line",
    )
    return marks_of(file, days, ranges, count)


def write(path: Path, days: pl.DataFrame, _at: datetime | None = None) -> None:
    """Write days (DELIVERED_DAYS) as a wide table in Wh; CSV or Parquet by the file's name."""
    table = wide_table(days)
    if path.suffix.lower() == ".parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path)


def wide_table(days: pl.DataFrame) -> pl.DataFrame:
    """Return days (DELIVERED_DAYS) with a column per half-hour, values in Wh or varh."""
    days = days.sort("usage_point", "meter", "channel", "local_day")
    active = pl.col("channel").is_in([*ACTIVE])
    values = days["values"].list.to_struct(fields=clock_columns(MINUTES)).struct.unnest()
    quality = pl.Series([_quality(runs) for runs in runs_of(days)], dtype=pl.String)
    head = days.select(
        "usage_point",
        "meter",
        pl.col("channel").replace_strict(CHANNEL_NAMES, return_dtype=pl.String),
        "local_day",
        "multiplier",
        unit=pl.when(active).then(pl.lit("Wh")).otherwise(pl.lit("varh")),
        quality=quality,
    )
    return pl.concat([head, values], how="horizontal")


def _quality(runs: list[Run]) -> str:
    """Write the marks of a day: "A", or "1-40 A;41-44 S17 76;45-48 A"."""
    shown = [
        (first, last, " ".join(words.replace(",", " ").split())) for first, last, words in runs
    ]
    if len(runs) == 1:
        return shown[0][2]
    return ";".join(f"{first}-{last} {words}" for first, last, words in shown)
