"""The clock (class 8): true time and an offset; setting it moves the offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError
from congto.headend.simulator.calendars import ZONE_MINUTES, age_of_clock, clock_bytes
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.selection import CLOCK, CLOCK_CLASS
from congto.headend.simulator.things import (
    Call,
    RefusalError,
    Thing,
    boolean_bytes,
    enum_bytes,
    octet_bytes,
    u8_bytes,
)

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

INTERNAL_CRYSTAL = 1
NO_CHANGE_OF_HOUR = bytes.fromhex("FFFFFFFFFFFFFFFFFF800000")
SHIFT_SECONDS_MAX = 900
YEARS = range(2000, 2100)
"""Years that the clock knows."""


def _time(call: Call) -> bytes:
    return octet_bytes(clock_bytes(call.clock))


def _move(call: Call, offset: int) -> None:
    call.meter.clock_offset = offset
    call.meter.happened(call.age, EventCode.CLOCK_BEFORE, EventCode.CLOCK_AFTER)


def _set_time(call: Call, value: Data) -> None:
    try:
        fields = clock(value.octets)
        told = age_of_clock(fields)
    except DlmsError as error:
        raise RefusalError(AccessResult.TYPE_UNMATCHED) from error
    if fields.year not in YEARS:
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    _move(call, told - call.age)


def _shift(call: Call, parameter: Data | None) -> None:
    """Shift by so many seconds, as method 6 does (Blue Book: at most 900 either way)."""
    try:
        seconds = parameter.number if parameter else 0
    except DlmsError as error:
        raise RefusalError(AccessResult.TYPE_UNMATCHED) from error
    if abs(seconds) > SHIFT_SECONDS_MAX:
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    _move(call, call.meter.clock_offset + seconds)


THINGS = (
    Thing(
        CLOCK_CLASS,
        0,
        CLOCK,
        {
            2: _time,
            3: b"\x10" + (-ZONE_MINUTES).to_bytes(2, signed=True),
            4: u8_bytes(0),
            5: octet_bytes(NO_CHANGE_OF_HOUR),
            6: octet_bytes(NO_CHANGE_OF_HOUR),
            7: b"\x0f\x00",
            8: boolean_bytes(value=False),
            9: enum_bytes(INTERNAL_CRYSTAL),
        },
        {2: _set_time},
        {6: _shift},
        public=True,
    ),
)
