"""What a delivery may be: a format of half-hours or of meter events."""

from __future__ import annotations

from congto.interfaces.files.events.formats import EVENT_FORMATS
from congto.interfaces.files.readings.formats import FORMATS, Format
from congto.vocabulary.errors import InvalidInputError

DELIVERED: dict[str, Format] = FORMATS | EVENT_FORMATS


def format_of(name: str) -> Format:
    """Return a format by its name.

    Raises:
        InvalidInputError: no format has this name.
    """
    if name not in DELIVERED:
        raise InvalidInputError(f"format {name!r}", expected=f"one of {', '.join(DELIVERED)}")
    return DELIVERED[name]


def is_of_events(name: str) -> bool:
    """Tell whether a format is of meter events."""
    return name in EVENT_FORMATS
