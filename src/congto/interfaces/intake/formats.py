"""What a delivery may be: a format of half-hours, registers or meter events, or an adapter."""

from __future__ import annotations

import fnmatch

from congto.interfaces.files.concentrators.adapter import Holds
from congto.interfaces.files.concentrators.formats import formats_that_hold
from congto.interfaces.files.events.formats import EVENT_FORMATS
from congto.interfaces.files.readings import exact, exact_registers
from congto.interfaces.files.readings.formats import FORMATS, Format
from congto.office.campaigns.operations import HALF_HOURS_FORMAT, REGISTERS_FORMAT
from congto.vocabulary.errors import InvalidInputError

OWN = {
    HALF_HOURS_FORMAT: Format(
        "days of Congto's own head end", (".parquet",), exact.read, exact.write
    ),
    REGISTERS_FORMAT: Format(
        "registers of Congto's own head end",
        (".parquet",),
        exact_registers.read,
        exact_registers.write,
    ),
}
OWN_HOLDS = {HALF_HOURS_FORMAT: Holds.HALF_HOURS, REGISTERS_FORMAT: Holds.REGISTERS}
"""Written and read by us alone; no page offers it."""
BY_HOLDING: dict[Holds, dict[str, Format]] = {
    Holds.HALF_HOURS: FORMATS | formats_that_hold(Holds.HALF_HOURS),
    Holds.REGISTERS: formats_that_hold(Holds.REGISTERS),
    Holds.EVENTS: EVENT_FORMATS | formats_that_hold(Holds.EVENTS),
}
DELIVERED: dict[str, Format] = {
    name: one for formats in BY_HOLDING.values() for name, one in formats.items()
}
WRITTEN: dict[str, Format] = FORMATS | EVENT_FORMATS
"""Formats that exports are written in."""
BY_NAME = "concentrator"
"""In place of a format where the names of files tell it."""


def format_of(name: str) -> Format:
    """Return a format by its name.

    Raises:
        InvalidInputError: no format has this name.
    """
    known = DELIVERED | OWN
    if name not in known:
        raise InvalidInputError(f"format {name!r}", expected=f"one of {', '.join(DELIVERED)}")
    return known[name]


def written_format(name: str) -> Format:
    """Return a format that exports are written in, by its name.

    Raises:
        InvalidInputError: no such format has this name.
    """
    if name not in WRITTEN:
        raise InvalidInputError(f"format {name!r}", expected=f"one of {', '.join(WRITTEN)}")
    return WRITTEN[name]


def format_by_name(file: str) -> str:
    """Return the format whose pattern a file's name fits.

    Raises:
        InvalidInputError: it fits none, or those of several formats.
    """
    patterns = {name: one.names for name, one in DELIVERED.items() if one.names}
    fitting = [
        name for name, own in patterns.items() if any(fnmatch.fnmatch(file, one) for one in own)
    ]
    if len(fitting) == 1:
        return fitting[0]
    several = f"fits {' and '.join(fitting)}" if fitting else "fits no adapter"
    raise InvalidInputError(
        f"the name {file} {several}",
        expected=f"one of {', '.join(one for own in patterns.values() for one in own)}",
        action="rename the file, or correct file.names of the adapter",
    )


def holds_of(name: str) -> Holds:
    """Return what a delivery in a format brings.

    Raises:
        InvalidInputError: no format has this name.
    """
    format_of(name)
    if name in OWN:
        return OWN_HOLDS[name]
    return next(holds for holds, formats in BY_HOLDING.items() if name in formats)


def is_of_events(name: str) -> bool:
    """Tell whether a format is of meter events."""
    return name in BY_HOLDING[Holds.EVENTS]
