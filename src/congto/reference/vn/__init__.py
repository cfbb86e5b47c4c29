"""Viet Nam's published data, read once per process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from congto.reference.einvoice import load_einvoice_rules
from congto.reference.loader import load_price_book
from congto.reference.side_rules import load_side_rules

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.invoices import EInvoiceRules
    from congto.vocabulary.prices import PriceBook
    from congto.vocabulary.side_rules import SideRules


@cache
def price_book() -> PriceBook:
    """Return the price book that is shipped; the same object on every call."""
    return load_price_book()


@cache
def einvoice_rules(on: date) -> EInvoiceRules:
    """Return the tax authority's layout of invoices issued on a day."""
    return load_einvoice_rules(on)


@cache
def side_rules() -> SideRules:
    """Return the rules beside the price table that are shipped, and the rounding settings."""
    return load_side_rules()
