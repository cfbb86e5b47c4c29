"""Reads of usage points, meters and reading books."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk


def book_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every reading book: one row per book."""
    return books.read("SELECT code, id FROM meters_readingbook")


def point_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every usage point: one row per point."""
    return books.read("SELECT code, id FROM meters_usagepoint")


def meter_ids(books: Bulk) -> pl.DataFrame:
    """Return code (the serial) and id of every meter: one row per meter."""
    return books.read("SELECT serial AS code, id FROM meters_meter")


def installations(books: Bulk) -> pl.DataFrame:
    """Return which meter hangs where: one row per installation.

    Columns: usage_point_id, meter_id, valid_from, valid_to (null: still there), dial_digits.
    """
    return books.read(
        "SELECT i.usage_point_id, i.meter_id, i.valid_from, i.valid_to, m.dial_digits"
        " FROM meters_meterinstallation i JOIN meters_meter m ON m.id = i.meter_id"
    )
