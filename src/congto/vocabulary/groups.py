"""Price groups, voltage classes, time bands and registers: the words of the price decisions."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class CustomerGroup(StrEnum):
    """Purpose of use as the price decisions divide it."""

    RESIDENTIAL = "residential"
    PRODUCTION = "production"
    BUSINESS = "business"
    ADMINISTRATIVE = "administrative"
    WHOLESALE = "wholesale"


class TimeBand(StrEnum):
    """Time-of-use band; ALL_DAY where the group has one price."""

    NORMAL = "normal"
    PEAK = "peak"
    OFF_PEAK = "off_peak"
    ALL_DAY = "all_day"


class Register(IntEnum):
    """Register of a meter: total, by band, reactive (bộ chỉ số KT, BT, CD, TD, VC)."""

    TOTAL = 0
    NORMAL = 1
    PEAK = 2
    OFF_PEAK = 3
    REACTIVE = 4


class Charge(IntEnum):
    """Kind of bill line."""

    ENERGY = 1
    REACTIVE = 2


BAND_CODES = {
    TimeBand.NORMAL: Register.NORMAL,
    TimeBand.PEAK: Register.PEAK,
    TimeBand.OFF_PEAK: Register.OFF_PEAK,
}
"""How bill lines store a band: the register it is read from; a price for all day has none."""
