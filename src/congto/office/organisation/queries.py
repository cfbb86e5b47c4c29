"""Reads of the tree of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk


def unit_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every unit: one row per unit."""
    return books.read("SELECT code, id FROM organisation_unit")
