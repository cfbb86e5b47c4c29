"""Reads of customers and agreements."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from congto.office.storage.bulk import Bulk


def customer_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every customer: one row per customer."""
    return books.read("SELECT code, id FROM customers_customer")


def agreement_ids(books: Bulk) -> pl.DataFrame:
    """Return code and id of every agreement: one row per agreement."""
    return books.read("SELECT code, id FROM customers_agreement")
