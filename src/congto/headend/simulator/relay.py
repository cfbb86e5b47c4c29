"""The relay (class 70) and the limiter (class 71)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.data import (
    Data,
    array,
    boolean,
    i8,
    octets,
    structure,
    u16,
    u32,
)
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.obis import obis
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.things import (
    Call,
    RefusalError,
    Thing,
    boolean_bytes,
    enum_bytes,
    keep,
    u32_bytes,
)

if TYPE_CHECKING:
    from congto.headend.simulator.meter import Meter

RELAY, LIMITER = obis("0.0.96.3.10.255"), obis("0.0.17.0.0.255")
RELAY_SCRIPTS = obis("0.0.10.0.106.255")


class ControlState(IntEnum):
    """Attribute 3 of the relay."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_TO_RECONNECT = 2


DIRECT_MODES = frozenset({2, 4})
"""Modes in which a command reconnects at once; in the others the customer presses a button."""
NO_CONTROL = 0
UNLIMITED = u32_bytes(0xFFFF_FFFF)
"""A threshold that is never reached, as delivered."""
MODE_DELIVERED, MODE_MAX = 4, 6


@dataclass(slots=True)
class Relay:
    """What commands have made of the relay."""

    closed: bool = True
    state: ControlState = ControlState.CONNECTED
    mode: int = MODE_DELIVERED


def _relay(meter: Meter) -> Relay:
    return meter.relay or Relay()


def _changeable(call: Call) -> Relay:
    if call.meter.relay is None:
        call.meter.relay = Relay()
    return call.meter.relay


def _disconnect(call: Call, _parameter: Data | None) -> None:
    relay = _changeable(call)
    if relay.mode == NO_CONTROL:
        raise RefusalError(AccessResult.READ_WRITE_DENIED)
    if relay.state is ControlState.DISCONNECTED:
        return
    relay.state = ControlState.DISCONNECTED
    if call.meter.troubles.has(Trouble.RELAY_STUCK, call.meter.number):
        return
    call.meter.happened(call.age, EventCode.DISCONNECTED)
    if relay.closed:
        relay.closed = False
        call.meter.dark.append((call.age, None))
        call.meter.changed()


def _reconnect(call: Call, _parameter: Data | None) -> None:
    relay = _changeable(call)
    if relay.mode == NO_CONTROL:
        raise RefusalError(AccessResult.READ_WRITE_DENIED)
    if relay.mode not in DIRECT_MODES:
        if relay.state is ControlState.DISCONNECTED:
            relay.state = ControlState.READY_TO_RECONNECT
            call.meter.happened(call.age, EventCode.READY_TO_RECONNECT)
        return
    relay.state = ControlState.CONNECTED
    if relay.closed:
        return
    relay.closed = True
    begin, _ = call.meter.dark.pop()
    call.meter.dark.append((begin, call.age))
    call.meter.changed()
    call.meter.happened(call.age, EventCode.RECONNECTED)


def _take_mode(call: Call, value: Data) -> None:
    if not 0 <= value.number <= MODE_MAX:
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    _changeable(call).mode = value.number


def _script(selector: int) -> Data:
    return structure(octets(RELAY_SCRIPTS), u16(selector))


def _threshold(call: Call) -> bytes:
    return call.meter.written.get((71, LIMITER, 4), UNLIMITED)


THINGS = (
    Thing(
        70,
        0,
        RELAY,
        {
            2: lambda call: boolean_bytes(value=_relay(call.meter).closed),
            3: lambda call: enum_bytes(_relay(call.meter).state),
            4: lambda call: enum_bytes(_relay(call.meter).mode),
        },
        {4: _take_mode},
        {1: _disconnect, 2: _reconnect},
    ),
    Thing(
        71,
        0,
        LIMITER,
        {
            2: encode(structure(u16(3), octets(obis("1.0.1.7.0.255")), i8(2))),
            3: _threshold,  # active: the normal one, as no emergency profile is known
            4: UNLIMITED,
            5: UNLIMITED,
            6: u32_bytes(60),
            7: u32_bytes(60),
            8: encode(structure(u16(0), octets(bytes(12)), u32(0))),
            9: encode(array(())),
            10: encode(boolean(value=False)),
            11: encode(structure(_script(1), _script(2))),
        },
        dict.fromkeys((4, 5, 6, 7, 8, 9, 11), keep),
    ),
)
