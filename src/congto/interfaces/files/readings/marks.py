"""What is said beside values: quality, method and reason, of a day or of ranges of its intervals.

The language is that of NEM12's records 300 and 400; tables write the same words into one column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.readings.words import (
    FAILED_VALIDATION,
    FLAG_OF,
    FLAGS,
    FLAT,
    REASON_OF_STATUS,
    STATUS_OF_REASON,
)
from congto.office.organisation.loading import Rows
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.intervals import HALF_HOURS, Method
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

ONE = r"^[ASFEN](\d\d)?$"
VARIED = "V"
REASON = r"^\d{1,2}$"
FLATTENED = 100
"""Method.FLAT_NEIGHBOUR and FLAT_REGISTER are methods 17 and 24 with the description "flat"."""

STATUS = np.zeros(256, np.uint8)
for _reason, _bit in STATUS_OF_REASON.items():
    STATUS[_reason] = _bit


@dataclass(frozen=True, slots=True)
class Marks:
    """What a file says beside each value; arrays of shape (rows, intervals of a day)."""

    qualities: Bytes
    methods: Bytes
    reasons: Bytes
    status: Bytes

    @classmethod
    def measured(cls, rows: int, intervals: int) -> Marks:
        """Return the marks of values that are all measured."""
        shape = (rows, intervals)
        none = np.zeros(shape, np.uint8)
        return cls(np.full(shape, Quality.MEASURED, np.uint8), none, none.copy(), none.copy())

    def half_hours(self) -> Marks:
        """Return the marks of half-hours: of several intervals the weakest quality wins."""
        many = self.qualities.shape[1] // HALF_HOURS
        if many == 0:
            return Marks(
                *(np.repeat(one, 2, axis=1) for one in (self.qualities, self.methods)),
                *(np.repeat(one, 2, axis=1) for one in (self.reasons, self.status)),
            )
        if many == 1:
            return self
        shape = (-1, HALF_HOURS, many)
        return Marks(
            self.qualities.reshape(shape).min(axis=2),
            self.methods.reshape(shape).max(axis=2),
            self.reasons.reshape(shape).max(axis=2),
            np.bitwise_or.reduce(self.status.reshape(shape), axis=2),
        )


def marks_of(
    file: str, days: pl.DataFrame, ranges: pl.DataFrame, count: int
) -> tuple[Marks | None, pl.Series, pl.DataFrame]:
    """Return the marks of days, the lines of the days whose quality is known, and the errors.

    Args:
        file: the name that errors give.
        days: line, quality, reason, description of records 300.
        ranges: line, text, day (line of the record 300 above) of records 400.
        count: intervals of a day.

    Returns:
        Marks of all days in order, None where every value is measured and nothing is said of it.
    """
    plain = (pl.col("quality") == "A") & (pl.col("reason").fill_null("").is_in(["", "0"]))
    beneath = ranges.filter(pl.col("day").is_in(days["line"].implode()))
    if beneath.is_empty() and days.select(plain.all()).item():
        return None, days["line"], ROW_ERRORS.empty()
    rows = Rows.of(days.with_row_index("row").with_columns(**parsed()), file)
    refuse_codes(rows, or_varied=True)
    spoken, errors = _ranges(file, beneath, rows.good, count)
    rows.good = rows.good.join(
        _covered(spoken, count), on="line", how="left", maintain_order="left"
    )
    rows.reject(
        (pl.col("quality") == VARIED) & ~pl.col("covered").fill_null(value=False),
        "quality",
        pl.lit("the day has quality V, and its records 400 do not cover it"),
        expected=f"records 400 for the intervals 1 to {count}, one after the other",
        action="deliver the day with all its records 400",
    )
    marks = _spread(rows.good, spoken, days.height, count)
    return marks, rows.good["line"], pl.concat([rows.loaded().errors, errors])


def parsed() -> dict[str, pl.Expr]:
    """Return quality and what follows it as columns `grade`, `method` and `code`."""
    flag = pl.col("quality").str.strip_chars().str.head(1)
    method = pl.col("quality").str.strip_chars().str.slice(1).cast(pl.UInt8, strict=False)
    flat = pl.col("description").fill_null("") == FLAT
    code = pl.col("reason").str.strip_chars().cast(pl.UInt8, strict=False).fill_null(0)
    grade = flag.replace_strict(
        {name: quality.value for name, quality in FLAGS.items()},
        default=Quality.MEASURED.value,
        return_dtype=pl.UInt8,
    )
    edited = method == Method.EDITED.value
    suspect = (flag == "A") & (code == FAILED_VALIDATION)
    return {
        "grade": pl.when(edited)
        .then(pl.lit(Quality.EDITED.value, pl.UInt8))
        .when(suspect)
        .then(pl.lit(Quality.MEASURED_SUSPECT.value, pl.UInt8))
        .otherwise(grade),
        "method": (method.fill_null(0) + pl.when(flat).then(FLATTENED).otherwise(0)).cast(pl.UInt8),
        "code": code,
    }


def refuse_codes(rows: Rows, *, or_varied: bool = False) -> None:
    """List rows whose quality or reason is no code."""
    quality = pl.col("quality").fill_null("").str.strip_chars()
    known = quality.str.contains(ONE) | ((quality == VARIED) & or_varied)
    rows.reject(
        ~known,
        "quality",
        pl.format("quality '{}'", pl.col("quality").fill_null("")),
        expected="A, S, F, E or N with the method, as S17" + (", or V" if or_varied else ""),
        action="correct the quality",
    )
    reason = pl.col("reason").fill_null("").str.strip_chars()
    rows.reject(
        (reason != "") & ~reason.str.contains(REASON),
        "reason",
        pl.format("reason '{}'", reason),
        expected="a reason code from 0 to 99, or nothing",
        action="correct the reason code",
    )


def _ranges(
    file: str, beneath: pl.DataFrame, days: pl.DataFrame, count: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split records 400 of these days: line, row (of the day), first, last and the marks."""
    field = pl.col("text").str.split(",").list
    names = ("first", "last", "quality", "reason", "description")
    split = beneath.select(
        "line",
        "day",
        **{name: field.get(at, null_on_oob=True) for at, name in enumerate(names, start=1)},
    ).with_columns(
        pl.col("first", "last").str.strip_chars().cast(pl.Int64, strict=False).fill_null(0)
    )
    above = days.select("row", day="line", above="quality")
    rows = Rows.of(split.join(above, on="day", how="inner", maintain_order="left"), file)
    rows.good = rows.good.with_columns(**parsed())
    rows.reject(
        pl.col("above") != VARIED,
        "",
        pl.format("record 400 stands beneath a day of quality {}", "above"),
        expected="quality V in the day above",
        action="correct the day's quality; it is taken as it stands there",
    )
    rows.reject(
        ~pl.col("first").is_between(1, pl.col("last")) | (pl.col("last") > count),
        "",
        pl.format("record 400 speaks of the intervals {} to {}", "first", "last"),
        expected=f"numbers from 1 to {count}, rising",
        action="correct the numbers",
    )
    refuse_codes(rows)
    return rows.good, rows.loaded().errors


def _covered(spoken: pl.DataFrame, count: int) -> pl.DataFrame:
    """Tell of each day whether its ranges follow each other from the first to the last interval."""
    follows = pl.col("first") == pl.col("last").shift(1, fill_value=0) + 1
    return (
        spoken.sort("day", "first")
        .group_by("day", maintain_order=True)
        .agg(covered=follows.all() & (pl.col("last").last() == count))
        .rename({"day": "line"})
    )


def _spread(days: pl.DataFrame, spoken: pl.DataFrame, height: int, count: int) -> Marks:
    """Write the marks of whole days, then those of ranges, into arrays of (height, count)."""
    marks = Marks.measured(height, count)
    targets = (marks.qualities, marks.methods, marks.reasons)
    rows = days["row"].to_numpy()
    for target, name in zip(targets, ("grade", "method", "code"), strict=True):
        target[rows] = days[name].to_numpy()[:, None]
        places, lengths = _places(spoken, count)
        target.reshape(-1)[places] = np.repeat(spoken[name].to_numpy(), lengths)
    marks.status[:] = STATUS[marks.reasons]
    return marks


def _places(spoken: pl.DataFrame, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the flat index of every interval the ranges speak of, and each range's length."""
    lengths = (spoken["last"] - spoken["first"] + 1).to_numpy()
    begin = (spoken["row"].cast(pl.Int64) * count + spoken["first"] - 1).to_numpy()
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(begin, lengths) + within, lengths


BESIDE_VALUE = (int(Quality.MEASURED), 0, 0, 0)
"""Quality, method, reason code and status of a value of which nothing is said."""
WORDS = re.compile(r"^([ASFEN])(\d\d)?(?: (\d{1,2}))?(?: (flat))?$")


def marks_in(words: str) -> tuple[int, int, int, int] | None:
    """Return quality, method, reason code and status said by "S17 76"; None for other words."""
    found = WORDS.match(words)
    if found is None:
        return None
    flag, method, code = found[1], int(found[2] or 0), int(found[3] or 0)
    grade = FLAGS[flag]
    if method == Method.EDITED.value:
        grade = Quality.EDITED
    elif flag == "A" and code == FAILED_VALIDATION:
        grade = Quality.MEASURED_SUSPECT
    flattened = FLATTENED if found[4] else 0
    return int(grade), method + flattened, code, int(STATUS[code])


Run = tuple[int, int, str]
"""First and last interval from 1, and the words beside them: "S17,76,"."""

PLAIN = "A,,"
MEASURED_DAY: list[Run] = [(1, HALF_HOURS, PLAIN)]


def runs_of(days: pl.DataFrame) -> list[list[Run]]:
    """Return the runs of equal marks of each day (DELIVERED_DAYS), in its order.

    Most days have nothing to say; only the others are looked at one by one.
    """
    columns = ("qualities", "methods", "reasons", "status")
    silent = pl.all_horizontal(pl.col(columns).is_null())
    runs = [MEASURED_DAY] * days.height
    telling = days.select(columns).with_row_index("at").filter(~silent)
    for at, *lists in telling.iter_rows():
        runs[at] = _runs(*lists)
    return runs


def _runs(
    qualities: list[int] | None,
    methods: list[int] | None,
    reasons: list[int] | None,
    status: list[int] | None,
) -> list[Run]:
    nothing = [0] * HALF_HOURS
    marks = zip(
        qualities or [Quality.MEASURED] * HALF_HOURS,
        methods or nothing,
        reasons or nothing,
        status or nothing,
        strict=True,
    )
    words = [_word(*one) for one in marks]
    runs, first = [], 0
    for number in range(1, HALF_HOURS + 1):
        if number == HALF_HOURS or words[number] != words[first]:
            runs.append((first + 1, number, words[first]))
            first = number
    return runs


def _word(quality: int, method: int, reason: int, status: int) -> str:
    """Return quality with method, reason code and description of one value."""
    grade = Quality(quality)
    flag, flat = FLAG_OF[grade], method > FLATTENED
    number = Method.EDITED.value if grade is Quality.EDITED else method % FLATTENED
    if grade is Quality.MEASURED_SUSPECT:
        reason = FAILED_VALIDATION
    told = [code for bit, code in REASON_OF_STATUS.items() if status & bit]
    reason = reason or (told[0] if told else 0)
    shown = f"{number:02}" if number and flag in "SFE" else ""
    return f"{flag}{shown},{reason or ''},{FLAT if flat else ''}"
