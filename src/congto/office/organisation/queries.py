"""Reads of the tree of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.office.organisation.models import Unit

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk


def unit_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every unit: one row per unit."""
    return books.read("SELECT code, id FROM organisation_unit")


def unit_with(**key: str) -> Unit:
    """Return the unit with this code or path; raises Unit.DoesNotExist."""
    return Unit.objects.get(**key)
