"""The clock of a meter (class 8)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import BOOLEAN, I8, I16, U8, ZERO, enumerated, record
from congto.headend.cosem.classes.moments import DATE_TIME
from congto.headend.cosem.classes.shape import CosemObject, attribute, method

if TYPE_CHECKING:
    from congto.headend.dlms.datetimes import CosemClock


class ClockBase(IntEnum):
    """What the clock counts by."""

    NOT_DEFINED = 0
    INTERNAL_CRYSTAL = 1
    MAINS_50_HZ = 2
    MAINS_60_HZ = 3
    GPS = 4
    RADIO = 5


class Preset(NamedTuple):
    """A time to be set later, and the span in which it may be."""

    preset_time: CosemClock
    validity_interval_start: CosemClock
    validity_interval_end: CosemClock


class Clock(CosemObject, number=8, version=0, title="Clock", clause="4.5.1"):
    """Time, zone and summer time; `time_zone` is in minutes to be added to reach UTC."""

    time = attribute(2, DATE_TIME)
    time_zone = attribute(3, I16)
    status = attribute(4, U8)
    daylight_savings_begin = attribute(5, DATE_TIME)
    daylight_savings_end = attribute(6, DATE_TIME)
    daylight_savings_deviation = attribute(7, I8)
    daylight_savings_enabled = attribute(8, BOOLEAN)
    clock_base = attribute(9, enumerated(ClockBase))

    adjust_to_quarter = method(1, ZERO)
    adjust_to_measuring_period = method(2, ZERO)
    adjust_to_minute = method(3, ZERO)
    adjust_to_preset_time = method(4, ZERO)
    preset_adjusting_time = method(5, record(Preset, DATE_TIME, DATE_TIME, DATE_TIME))
    shift_time = method(6, I16)
    """By so many seconds, at most 900 either way."""
