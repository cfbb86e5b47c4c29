"""Reads of the network's elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk


def element_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every element: one row per element."""
    return books.read("SELECT code, id FROM network_networkelement")


def element_tree(books: Bulk) -> pl.DataFrame:
    """Return the elements as engines.losses reads them, with the unit they belong to.

    One row per element: element and parent (ids), subject (code), kind, unit_id.
    """
    return books.read(
        "SELECT id AS element, parent_id AS parent, code AS subject, kind, unit_id"
        " FROM network_networkelement ORDER BY id"
    )
