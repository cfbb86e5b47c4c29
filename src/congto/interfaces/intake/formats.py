"""What a delivery may be: a format of half-hours or of meter events."""

from __future__ import annotations

from congto.interfaces.files.events.formats import EVENT_FORMATS
from congto.interfaces.files.readings import exact
from congto.interfaces.files.readings.formats import FORMATS, Format
from congto.office.campaigns.operations import HALF_HOURS_FORMAT
from congto.vocabulary.errors import InvalidInputError

OWN = {
    HALF_HOURS_FORMAT: Format(
        "days of Congto's own head end", (".parquet",), exact.read, exact.write
    )
}
"""Written and read by us alone; no page offers it."""
DELIVERED: dict[str, Format] = FORMATS | EVENT_FORMATS


def format_of(name: str) -> Format:
    """Return a format by its name.

    Raises:
        InvalidInputError: no format has this name.
    """
    known = DELIVERED | OWN
    if name not in known:
        raise InvalidInputError(f"format {name!r}", expected=f"one of {', '.join(DELIVERED)}")
    return known[name]


def is_of_events(name: str) -> bool:
    """Tell whether a format is of meter events."""
    return name in EVENT_FORMATS
