"""The price book in force while the program runs: a bad new one leaves the old one in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.reference.loader import load_price_book

if TYPE_CHECKING:
    from pathlib import Path

    from congto.vocabulary.prices import PriceBook


class PriceBooks:
    """Holds the current price book and exchanges it whole or not at all."""

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    @property
    def current(self) -> PriceBook:
        """Return the book in force."""
        return self._book

    def reload(self, directory: Path | None = None, *, draft: Path | None = None) -> PriceBook:
        """Load another book and put it in force; raises InvalidInputError and keeps the old one."""
        self._book = load_price_book(directory, draft=draft)
        return self._book
