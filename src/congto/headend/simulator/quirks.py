"""Habits in which makes differ, for a fleet that is to be difficult: each by its name."""

from __future__ import annotations

from enum import StrEnum

from congto.vocabulary.errors import InvalidInputError


class Quirk(StrEnum):
    """A habit by its name on the command line; they were met in the field (recalled)."""

    NO_DEVIATION = "no-deviation"  # a range whose bounds name a deviation is refused
    NO_LISTS = "no-lists"  # GET with a list is refused, although the meter says that it takes it
    SMALL_MESSAGES = "small-messages"  # no message is longer than 128 bytes
    NEWEST_FIRST = "newest-first"  # profiles begin with their last row
    CLOCK_LAST = "clock-last"  # the load profile's first column is not the clock


SMALL_BYTES = 128


def parse_quirks(text: str) -> frozenset[Quirk]:
    """Read quirks as `no-lists,newest-first`.

    Raises:
        InvalidInputError: an unknown quirk.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in set(Quirk):
            raise InvalidInputError(f"quirk {name!r}", expected=f"one of {', '.join(Quirk)}")
    return frozenset(map(Quirk, names))
