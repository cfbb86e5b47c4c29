"""Records 300 and 400: the values of days and the quality of ranges of them."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import polars as pl

from congto.interfaces.files.cast import complain
from congto.interfaces.files.delivery import QUOTED, Delivery
from congto.interfaces.files.readings.days import MILLIONTHS, NO_VALUE, days_of, intervals_of
from congto.interfaces.files.readings.marks import marks_of
from congto.office.organisation.loading import Rows
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.quality import Quality

BEHIND = ("quality", "reason", "description", "updated", "loaded")
"""Fields of a 300 row behind its values; the last may be left out."""
QUALITY_FIELD = r",(?:[ASFEN](?:\d\d)?|V),"


def read_days(file: str, lines: pl.DataFrame, heads: pl.DataFrame) -> Delivery:
    """Return the days of a piece; lines and heads carry `head`, the line of the 200 row above."""
    days = Rows.of(
        lines.filter(pl.col("record") == "300")
        .drop("record", "day")
        .join(heads, on="head", how="left", maintain_order="left"),
        file,
    )
    days.reject(
        pl.col("good").is_null(),
        "",
        pl.lit("a day (300) stands before any point (200)"),
        expected="record 200 above the days of a point",
        action="deliver the file with the missing record",
    )
    days.good = days.good.filter("good")
    ranges = lines.filter(pl.col("record") == "400").select("line", "text", "day")
    parts = [
        _days_of_length(file, part, ranges, intervals_of(int(minutes)))
        for (minutes,), part in days.good.partition_by("minutes", as_dict=True).items()
    ]
    return Delivery(
        pl.concat([DELIVERED_DAYS.empty(), *(part.frame for part in parts)]).sort("line"),
        pl.concat([days.loaded().errors, *(part.errors for part in parts)]),
    )


def _days_of_length(file: str, days: pl.DataFrame, ranges: pl.DataFrame, count: int) -> Delivery:
    """Read the days that have so many intervals."""
    whole, wrong_width = _of_width(file, days, count)
    if whole.is_empty():
        return Delivery(DELIVERED_DAYS.empty(), wrong_width)
    fields, wrong_values = _fields(file, whole, count)
    rows = Rows.of(fields, file)
    rows.reject(
        pl.col("local_day").is_null(),
        "date",
        pl.format("the day is '{}'", pl.col("date").fill_null("")),
        expected="a day such as 20261031",
        action="correct the day",
    )
    marks, known, wrong_marks = marks_of(file, rows.good, ranges, count)
    millionths = rows.good.select(_names(count)).to_numpy(order="c")
    if marks is not None:
        millionths = np.where(marks.qualities == Quality.MISSING, NO_VALUE, millionths)
    keys = rows.good.select(
        "line", "usage_point", "meter", "channel", "local_day", "unit", multiplier=pl.lit(None)
    )
    read = days_of(file, keys, millionths, rows.good["unit_wh"].to_numpy(), marks)
    errors = [wrong_width, wrong_values, rows.loaded().errors, wrong_marks, read.errors]
    return Delivery(read.frame.filter(pl.col("line").is_in(known.implode())), pl.concat(errors))


def _names(count: int) -> list[str]:
    return [f"v{number}" for number in range(1, count + 1)]


def _of_width(file: str, days: pl.DataFrame, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep rows with as many fields as the length asks for, the last field added if left out."""
    bare = pl.col("text")
    if days["text"].str.contains('"', literal=True).any():
        bare = bare.str.replace_all(QUOTED, "")
    commas = bare.str.count_matches(",", literal=True)
    full = count + 1 + len(BEHIND)
    fits = commas.is_between(full - 1, full)
    short_of_one = commas == full - 1
    # With one field too few either the last is left out or a value is: then the quality shows it.
    values = bare.str.head(bare.str.find(QUALITY_FIELD)).str.count_matches(",", literal=True) - 1
    marked = days.with_columns(
        values=pl.when(commas != full).then(values.cast(pl.Int64)), fields=commas + 1
    ).with_columns(good=fits & (pl.col("values").is_null() | (pl.col("values") == count)))
    text = pl.when(short_of_one).then(pl.col("text") + ",").otherwise("text")
    bad = marked.filter(~pl.col("good"))
    errors = complain(
        file,
        bad,
        "",
        pl.when(pl.col("values").is_null())
        .then(pl.format("the day has {} fields", "fields"))
        .otherwise(pl.format("the day has {} values", "values")),
        pl.lit(f"{count} values and {count + 2 + len(BEHIND)} fields"),
        "deliver the whole day again",
    )
    return marked.filter("good").with_columns(text=text).drop("values", "fields", "good"), errors


def _fields(file: str, days: pl.DataFrame, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the rows: values as whole millionths of the unit, texts behind them."""
    names = _names(count)
    schema: dict[str, pl.DataType] = {
        "record": pl.String(),
        "date": pl.String(),
        **dict.fromkeys(names, MILLIONTHS),
        **dict.fromkeys(BEHIND, pl.String()),
    }
    content = BytesIO(days["text"].str.join("\n").item().encode())
    split = pl.read_csv(content, has_header=False, schema=schema, ignore_errors=True)
    values = split.select(names)
    blank = pl.any_horizontal(pl.col(names).is_null()).alias("blank")
    doubtful = pl.concat([days.select("line", "text"), values], how="horizontal").filter(blank)
    errors = _no_numbers(file, doubtful, names)
    split = split.with_columns(
        pl.col(names).to_physical().cast(pl.Int64).fill_null(NO_VALUE),
        local_day=pl.col("date").str.strip_chars().str.to_date("%Y%m%d", strict=False),
    )
    fields = pl.concat([days.drop("text"), split.drop("record")], how="horizontal")
    return fields.join(errors.select("line"), on="line", how="anti", maintain_order="left"), errors


def _no_numbers(file: str, doubtful: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """List the values that are neither a number nor empty; rows come here that have a null."""
    if doubtful.is_empty():
        return ROW_ERRORS.empty()
    texts = doubtful["text"].str.split(",").list.slice(2, len(names)).list.to_struct(fields=names)
    long = pl.DataFrame(
        {
            "line": doubtful["line"].repeat_by(len(names)).explode(),
            "number": pl.Series([[*range(1, len(names) + 1)]] * doubtful.height).explode(),
            "found": texts.struct.unnest().to_numpy().ravel(),
            "null": doubtful.select(pl.col(names).is_null()).to_numpy().ravel(),
        }
    ).filter(pl.col("null"), pl.col("found").str.strip_chars() != "")
    return complain(
        file,
        long,
        "value",
        pl.format("value {} is '{}'", "number", pl.col("found").str.head(40)),
        "a number such as 0.250, or nothing where it is missing",
        "correct the value",
    )
