"""Who pushes: meters of the books by system title or name, with the profiles of their models."""

from __future__ import annotations

from functools import lru_cache

from congto.interfaces.meters.access import profile_named
from congto.interfaces.meters.pushes.taking import Sender
from congto.office.devices.queries import sender_of_name, sender_of_title

MAKER_LETTERS = 3
"""A logical device name begins with so many letters of the maker."""


class BookSenders:
    """Senders from the books, each asked for once."""

    def __init__(self) -> None:
        self.of_title = lru_cache(maxsize=100_000)(self._of_title)
        self.of_name = lru_cache(maxsize=100_000)(self._of_name)

    def _of_title(self, title: bytes) -> Sender | None:
        """Return the meter of a system title."""
        return _sender(sender_of_title(title))

    def _of_name(self, name: str) -> Sender | None:
        """Return the meter that is called so, or whose number follows the maker's letters."""
        return _sender(sender_of_name(name) or sender_of_name(name[MAKER_LETTERS:]))


def _sender(found: tuple[str, str] | None) -> Sender | None:
    return None if found is None else Sender(found[0], profile_named(found[1]))
