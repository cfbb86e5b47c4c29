"""Viet Nam's published data, read once per process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from congto.reference.loader import load_price_book

if TYPE_CHECKING:
    from congto.vocabulary.prices import PriceBook


@cache
def price_book() -> PriceBook:
    """Return the price book that is shipped; the same object on every call."""
    return load_price_book()
