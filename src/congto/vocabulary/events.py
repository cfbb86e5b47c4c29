"""Words of what meters report beside readings, and which of them end what others began."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class MeterEvent(StrEnum):
    """What a meter reports (IEC 61968-9 end device events, event logs of DLMS)."""

    POWER_DOWN = "power_down"
    POWER_UP = "power_up"
    COVER_OPEN = "cover_open"
    COVER_CLOSED = "cover_closed"
    TERMINAL_OPEN = "terminal_open"
    TERMINAL_CLOSED = "terminal_closed"
    MAGNETIC_FIELD = "magnetic_field"
    MAGNETIC_GONE = "magnetic_gone"
    REVERSE_ENERGY = "reverse_energy"
    REVERSE_GONE = "reverse_gone"
    RELAY_OPEN = "relay_open"
    RELAY_CLOSED = "relay_closed"
    CLOCK_SET = "clock_set"
    CLOCK_OFF = "clock_off"
    CLOCK_INVALID = "clock_invalid"
    TAMPER = "tamper"
    OTHER = "other"


END_OF = {
    MeterEvent.POWER_DOWN: MeterEvent.POWER_UP,
    MeterEvent.COVER_OPEN: MeterEvent.COVER_CLOSED,
    MeterEvent.TERMINAL_OPEN: MeterEvent.TERMINAL_CLOSED,
    MeterEvent.MAGNETIC_FIELD: MeterEvent.MAGNETIC_GONE,
    MeterEvent.REVERSE_ENERGY: MeterEvent.REVERSE_GONE,
    MeterEvent.RELAY_OPEN: MeterEvent.RELAY_CLOSED,
}
"""What begins something, and what ends it."""

BEGIN_OF = {end: begin for begin, end in END_OF.items()}

WITH_SECONDS = (MeterEvent.CLOCK_SET, MeterEvent.CLOCK_OFF)
"""Events that say how far a clock was moved or stands off."""

OUTAGE_MAX = timedelta(days=31)
"""An outage that seems to last longer is not believed: a report of power is missing in between."""
