"""Codes of the event log, as the companion specifications of Europe number them (recalled)."""

from __future__ import annotations

from enum import IntEnum


class EventCode(IntEnum):
    """What happened."""

    POWER_DOWN = 1
    POWER_UP = 2
    CLOCK_BEFORE = 4  # the clock was adjusted: the old time
    CLOCK_AFTER = 5  # the new time
    METER_COVER_REMOVED = 44
    STRONG_FIELD = 42  # a strong magnetic field
    CALENDAR_ACTIVATED = 9
    IMAGE_ACTIVATED = 18
    KEYS_CHANGED = 48
    READY_TO_RECONNECT = 59
    DISCONNECTED = 62  # by a command
    RECONNECTED = 63
