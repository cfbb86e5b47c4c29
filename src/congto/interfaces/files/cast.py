"""Cast one column of a delivered file; what does not fit becomes rows of the error list."""

from __future__ import annotations

import polars as pl

from congto.interfaces.files.layout import Column, Kind
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

WHOLE = r"^[+-]?\d+$"
HALF_HOURS_A_DAY = 48

EXPECTED: dict[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.INTEGER: "a whole number such as 1200, without separators",
    Kind.NUMBER: "a number such as 22.5, with a point",
    Kind.DATE: "a date such as 2026-10-31",
    Kind.BOOLEAN: "true or false",
    Kind.HALF_HOURS: "a list of 48 whole Wh, null where one is missing",
}

TYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.CHOICE: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.DATE: pl.Date(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.HALF_HOURS: pl.List(pl.Int64()),
}


def complain(  # noqa: PLR0913, PLR0917  (the five parts of the sentence and where it stands)
    file: str,
    bad: pl.DataFrame,
    column: str,
    found: pl.Expr,
    expected: str | pl.Expr,
    action: str | pl.Expr,
) -> pl.DataFrame:
    """Turn bad rows (they carry `line`) into rows of ROW_ERRORS."""
    return bad.select(
        pl.lit(file).alias("file"),
        pl.col("line").cast(pl.Int64),
        pl.lit(column).alias("column"),
        found.cast(pl.String).alias("found"),
        (pl.lit(expected) if isinstance(expected, str) else expected).alias("expected"),
        (pl.lit(action) if isinstance(action, str) else action).alias("action"),
    ).select(list(ROW_ERRORS.columns))


def sentences(errors: pl.DataFrame) -> list[str]:
    """Write rows of ROW_ERRORS as sentences: where, what was found, expected, what to do."""
    text = pl.format(
        "{} line {}: {}; expected {}; {}.", "file", "line", "found", "expected", "action"
    )
    return errors.select(text).to_series().to_list()


def expected_of(column: Column) -> str:
    """Say what a column should hold."""
    words = "one of " + ", ".join(column.choices) if column.choices else EXPECTED[column.kind]
    if column.least is not None and column.most is not None:
        return f"{words}, from {column.least} to {column.most}"
    if column.least is not None:
        return f"{words}, at least {column.least}"
    if column.longest is not None:
        return f"{words} of at most {column.longest} characters"
    return words


def cast_column(
    file: str, line: pl.Series, raw: pl.Series, column: Column
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Return the column typed (null where it does not fit) and the complaints about it."""
    text = raw.dtype == pl.String()
    if text:
        trimmed = raw.str.strip_chars()
        raw = trimmed.set(trimmed == "", None)
    value = _from_text(raw, column) if text else _from_typed(file, raw, column)
    bad = _outside(value, column) | (value.is_null() & raw.is_not_null())
    complaints = []
    if column.required and raw.null_count():
        complaints.append(_complaint(file, line, raw, column, raw.is_null()))
    if bad.any():
        complaints.append(_complaint(file, line, raw, column, bad))
    return value.alias(column.name), complaints


def _complaint(
    file: str, line: pl.Series, raw: pl.Series, column: Column, bad: pl.Series
) -> pl.DataFrame:
    """Name the values that do not fit."""
    shown = raw.list.len() if isinstance(raw.dtype, pl.List) else raw
    words = "{} has {} values" if isinstance(raw.dtype, pl.List) else "{} is '{}'"
    rows = pl.DataFrame({"line": line, "value": shown.cast(pl.String)}).filter(bad)
    name = pl.lit(column.name)
    return complain(
        file,
        rows,
        column.name,
        pl.when(pl.col("value").is_null())
        .then(pl.format("{} is empty", name))
        .otherwise(pl.format(words, name, pl.col("value").str.slice(0, 60))),
        expected_of(column),
        "correct the value",
    )


def _from_text(  # noqa: PLR0911  (one way out for each kind)
    raw: pl.Series, column: Column
) -> pl.Series:
    """Read text; null where it is not what the column holds."""
    match column.kind:
        case Kind.INTEGER:
            whole = raw.set(~raw.str.contains(WHOLE), None)
            return whole.cast(pl.Int64, strict=False)
        case Kind.NUMBER:
            number = raw.cast(pl.Float64, strict=False)
            return number.set(~number.is_finite(), None)
        case Kind.DATE:
            return raw.str.to_date("%Y-%m-%d", strict=False)
        case Kind.BOOLEAN:
            known = {"true": True, "false": False}
            return raw.replace_strict(known, default=None, return_dtype=pl.Boolean)
        case Kind.CHOICE:
            return raw.set(~raw.is_in(list(column.choices)), None)
        case Kind.HALF_HOURS:
            return pl.Series(raw.name, [None] * len(raw), dtype=TYPES[column.kind])
        case Kind.TEXT:
            # Vietnamese letters come composed or decomposed; the books hold them composed.
            return raw.str.normalize("NFC")


def _from_typed(file: str, raw: pl.Series, column: Column) -> pl.Series:
    """Accept a Parquet column of the right family; refuse the file otherwise."""
    fits = {
        Kind.TEXT: isinstance(raw.dtype, pl.Categorical | pl.Enum),
        Kind.CHOICE: isinstance(raw.dtype, pl.Categorical | pl.Enum),
        Kind.INTEGER: raw.dtype.is_integer(),
        Kind.NUMBER: raw.dtype.is_numeric(),
        Kind.DATE: raw.dtype == pl.Date(),
        Kind.BOOLEAN: raw.dtype == pl.Boolean(),
        Kind.HALF_HOURS: isinstance(raw.dtype, pl.List | pl.Array) and raw.dtype.inner.is_integer(),
    }
    if not fits[column.kind]:
        raise InvalidInputError(
            f"{file}: the column {column.name} is of type {raw.dtype}",
            expected=expected_of(column),
            action="write the column with that type",
        )
    typed = raw.cast(TYPES[column.kind])
    if column.kind is Kind.CHOICE:
        return typed.set(~typed.is_in(list(column.choices)), None)
    return typed


def _outside(value: pl.Series, column: Column) -> pl.Series:
    """Tell which values break the column's limits."""
    bad = pl.Series("bad", [False]).new_from_index(0, len(value))
    if column.longest is not None:
        bad = bad | (value.str.len_chars() > column.longest)
    if column.least is not None:
        bad = bad | (value < column.least)
    if column.most is not None:
        bad = bad | (value > column.most)
    if column.kind is Kind.HALF_HOURS:
        bad = bad | (value.list.len() != HALF_HOURS_A_DAY)
    return bad.fill_null(value=False)
