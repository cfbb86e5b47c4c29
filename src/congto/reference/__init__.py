"""PUBLISHED: dated prices, rates, bands and rules with unit, source and confidence."""

from congto.reference.loader import load_price_book, load_time_bands

__all__ = ["load_price_book", "load_time_bands"]
