"""What holds for each kind of command where a unit has said nothing else.

The numbers are choices of the house (decision 25): small where a mistake leaves people without
electricity or a meter without its keys.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from congto.office.commands.choices import CommandKind

CUTTING = frozenset({CommandKind.DISCONNECT, CommandKind.LOAD_LIMIT})
"""They can leave a customer without electricity: never for a protected point."""
RELAY = frozenset({CommandKind.DISCONNECT, CommandKind.CONNECT, CommandKind.ARM})
RESUMED = frozenset({CommandKind.PASSWORD, CommandKind.KEYS, CommandKind.FIRMWARE})
"""Of several phases: what was interrupted goes on from the last phase that is known."""

WINDOW_MAX = timedelta(days=7)
AHEAD_MAX = timedelta(days=31)
READ_BACK = timedelta(hours=2)
"""So long after its window a command that was sent may still be read back."""
ATTEMPTS_MAX = 20
METERS_MAX = 5_000
CONFIRMED_WITHIN = timedelta(minutes=5)
"""The aim for relays: 95 of 100 confirmed within five minutes of their release."""


class Cap(NamedTuple):
    """Commands a day, and from how many meters in one order a second person decides."""

    per_day: int
    two_persons_from: int


DEFAULTS = {
    CommandKind.DISCONNECT: Cap(100, 1),
    CommandKind.CONNECT: Cap(500, 2),
    CommandKind.ARM: Cap(500, 2),
    CommandKind.LOAD_LIMIT: Cap(100, 1),
    CommandKind.CALENDAR: Cap(200, 1),
    CommandKind.CLOCK: Cap(1_000, 101),
    CommandKind.PASSWORD: Cap(200, 1),
    CommandKind.KEYS: Cap(200, 1),
    CommandKind.FIRMWARE: Cap(50, 1),
}
