"""Bits beside values: the maker's numbers into ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from congto.interfaces.files.concentrators.adapter import StatusForm


def bits_of(column: pl.Series, form: StatusForm) -> pl.Series:
    """Return bits of vocabulary.intervals.Status; null where a text is no number of the base.

    A row without a status has none set.
    """
    number = column
    if not column.dtype.is_integer():
        text = column.cast(pl.String).str.strip_chars().str.strip_prefix("0x")
        absent = text.is_null() | (text == "")
        read = text.str.to_integer(base=form.base, strict=False)
        number = pl.select(pl.when(absent).then(0).otherwise(read)).to_series()
    number = number.fill_null(0) if column.dtype.is_integer() else number
    every = pl.lit(0, pl.UInt8)
    told = pl.lit(number)
    for bit, meaning in form.bits:
        has = (told // (1 << bit)) % 2 == 1
        every = every | pl.when(has).then(pl.lit(meaning, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
    known = pl.when(told.is_not_null()).then(every)
    return pl.select(known.alias(column.name)).to_series().cast(pl.UInt8)
