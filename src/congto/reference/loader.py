"""Loads published data; bad data are refused whole, with file, key and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.reference.fields import shipped
from congto.reference.price_decisions import read_decision, read_decisions
from congto.reference.rates import (
    read_reactive,
    read_rounding,
    read_time_bands,
    read_vat,
    read_voltage_classes,
)
from congto.reference.structures import read_structures
from congto.vocabulary.prices import PriceBook

if TYPE_CHECKING:
    from pathlib import Path

    from congto.vocabulary.prices import TimeBandSchedule


def load_price_book(directory: Path | None = None, *, draft: Path | None = None) -> PriceBook:
    """Load price decisions, structures, voltage classes, VAT and the reactive table.

    Args:
        directory: a folder laid out like the shipped `reference/vn`; the shipped one by default.
        draft: header file of one more decision, not in force, put after the last one; its table
            stands beside it. Load without it again to withdraw it.
    """
    folder = shipped(directory)
    classes = read_voltage_classes(folder)
    structures = read_structures(folder, [one.word for one in classes])
    book = PriceBook(
        decisions=read_decisions(folder, structures),
        vat_rates=read_vat(folder),
        reactive=read_reactive(folder),
        voltage_classes=classes,
    )
    if draft is None:
        return book
    return book.with_draft(read_decision(draft.parent, draft, structures))


def load_time_bands(directory: Path | None = None) -> tuple[TimeBandSchedule, ...]:
    """Load the schedules of time bands, in force and known; see `prices.schedule_on`."""
    return read_time_bands(shipped(directory))


def load_rounding(directory: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Load the rounding settings: choices by name, the default first."""
    return read_rounding(shipped(directory))
