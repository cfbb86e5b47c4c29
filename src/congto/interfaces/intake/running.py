"""Read a delivery's file piece by piece and preview or load it; a load may be repeated anywhere."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from congto.interfaces.files.concentrators.adapter import Holds
from congto.interfaces.files.readings.words import LOCAL, How
from congto.interfaces.intake.contents import content_of, counts_of, errors_of
from congto.interfaces.intake.counted import Counted
from congto.interfaces.intake.formats import format_of, holds_of
from congto.office.intake.choices import DeliveryState
from congto.office.intake.operations import (
    begin_load,
    load_days,
    load_delivered_events,
    load_delivered_registers,
    preview_days,
    preview_delivered_events,
    preview_delivered_registers,
    settle,
)
from congto.office.intake.receiving import NOTHING, Counts
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.readings import ROW_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from congto.office.intake.models import Delivery

    Take = Callable[[pl.DataFrame, str], tuple[Counts, pl.DataFrame]]

ERRORS_KEPT = 100_000
"""Rows of the list of errors: more of them are counted, not listed."""


def how_of(delivery: Delivery) -> How:
    """Return what the reader is told."""
    given = delivery.options
    return How(
        zone=ZoneInfo(given["zone"]) if given.get("zone") else LOCAL,
        minutes=int(given.get("minutes", 30)),
        halve_hours=bool(given.get("halve_hours", False)),
    )


def preview(delivery: Delivery, *, at: datetime) -> Iterator[Counts]:
    """Tell what loading would change; nothing enters the store."""
    steps: dict[Holds, Take] = {
        Holds.HALF_HOURS: partial(preview_days, of_meters=format_of(delivery.format).of_meters),
        Holds.REGISTERS: partial(preview_delivered_registers, at=at),
        Holds.EVENTS: partial(preview_delivered_events, at=at),
    }
    return _run(delivery, steps[holds_of(delivery.format)], DeliveryState.PREVIEWED, at)


def load(delivery: Delivery, *, at: datetime) -> Iterator[Counts]:
    """Load a delivery, yielding what was taken so far.

    A killed load is simply run again: what is there already is not added twice, and its counts are
    those of the first try (see counted).
    """
    form = format_of(delivery.format)
    steps: dict[Holds, Callable[..., tuple[Counts, pl.DataFrame]]] = {
        Holds.HALF_HOURS: partial(load_days, of_meters=form.of_meters),
        Holds.REGISTERS: load_delivered_registers,
        Holds.EVENTS: load_delivered_events,
    }
    step = steps[holds_of(delivery.format)]
    at = begin_load(delivery.pk, at=at)
    counted, number = Counted.of(counts_of(delivery)), itertools.count()

    def take(rows: pl.DataFrame, file: str) -> tuple[Counts, pl.DataFrame]:
        note = partial(counted.note, next(number))
        return step(rows, file, delivery.source, note=note, at=at)

    yield from _run(delivery, take, DeliveryState.LOADED, at)
    counted.forget()


def _run(delivery: Delivery, take: Take, done: DeliveryState, at: datetime) -> Iterator[Counts]:
    counts, errors = NOTHING, ROW_ERRORS.empty()
    refused = 0
    try:
        path = content_of(delivery)
        for piece in format_of(delivery.format).read(path, how_of(delivery)):
            found, wrong = take(piece.frame, delivery.name)
            counts += found
            refused += piece.errors["line"].n_unique() + wrong["line"].n_unique()
            errors = pl.concat([errors, piece.errors, wrong]).head(ERRORS_KEPT)
            yield counts
    except InvalidInputError as error:
        if counts == NOTHING:
            settle(delivery.pk, DeliveryState.REFUSED, message=error.sentence(), at=at)
            return
        raise
    _list_errors(delivery, errors)
    settle(delivery.pk, done, counts=counts, refused_rows=refused, at=at)


def _list_errors(delivery: Delivery, errors: pl.DataFrame) -> None:
    """Write the rows that were not taken beside the file, or take an earlier list away."""
    target = errors_of(delivery)
    if errors.is_empty():
        target.unlink(missing_ok=True)
        return
    draft = target.with_suffix(".part")
    errors.sort("line", "column").write_csv(draft, include_bom=True)
    draft.replace(target)
