"""Files of events: the maker's codes into words, then as every file of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.interfaces.files.concentrators.fields import known_rows
from congto.interfaces.files.concentrators.pieces import told
from congto.interfaces.files.delivery import Delivery
from congto.interfaces.files.events.rows import FIELDS, events_of
from congto.interfaces.files.readings.words import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.interfaces.files.concentrators.adapter import Adapter, EventForm
    from congto.interfaces.files.concentrators.pieces import Piece
    from congto.office.organisation.loading import Rows


def events_in(pieces: Iterator[Piece], adapter: Adapter, file: str) -> Iterator[Delivery]:
    """Read a file as events (DELIVERED_EVENTS)."""
    assert adapter.event is not None
    for piece in pieces:
        rows = known_rows(piece, adapter, file)
        _named(rows, adapter.event)
        texts = {name: pl.lit(None, pl.String) for name in FIELDS}
        texts |= {"meter": pl.col("meter"), "event": pl.col("word"), "began_at": pl.col("at")}
        if adapter.event.detail:
            texts["detail"] = pl.col("detail").cast(pl.String)
        made = events_of(file, rows.good.select("line", **texts), LOCAL)
        errors = told([*rows.errors, made.errors])
        yield Delivery(made.frame, errors.sort("line", "column"))


def _named(rows: Rows, form: EventForm) -> None:
    """Add the word of each code; list the rows of codes that the adapter does not know."""
    code = pl.col("event").cast(pl.String).str.strip_chars()
    known = code.replace_strict(dict(form.codes), default=None, return_dtype=pl.String)
    rest = pl.concat_str([pl.lit(form.prefix), code]) if form.prefix else pl.lit(None, pl.String)
    rows.good = rows.good.with_columns(word=pl.coalesce(known, rest))
    rows.reject(
        pl.col("word").is_null(),
        "event",
        pl.format("the event has the code '{}'", code.fill_null("").str.head(40)),
        expected=f"one of {', '.join(dict(form.codes))}",
        action="name the code in the adapter",
    )
