"""Objects that hold a value or two: names, scripts, schedules, where to push."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.data import (
    Data,
    array,
    enum,
    i8,
    octets,
    structure,
    u8,
    u16,
)
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.obis import obis
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.image import IMAGE, firmware
from congto.headend.simulator.registers import RATE_NAMES, TOTAL
from congto.headend.simulator.selection import CLOCK
from congto.headend.simulator.tariff import RATE_SCRIPTS
from congto.headend.simulator.things import (
    Call,
    Thing,
    enum_bytes,
    keep,
    octet_bytes,
    u8_bytes,
    u16_bytes,
    u32_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STATUS, EVENT_CODE, ALARM = (
    obis("0.0.96.10.1.255"),
    obis("0.0.96.11.0.255"),
    obis("0.0.97.98.0.255"),
)
DEVICE_NAME = obis("0.0.42.0.0.255")
REGISTER_ACTIVATION, PUSH = obis("0.0.14.0.0.255"), obis("0.0.25.9.0.255")
IMAGE_SCRIPTS = obis("0.0.10.0.107.255")
TAMPER_ALARM = 1 << 13
"""Bit of the alarm register for a cover or a field (recalled)."""
WRITE, EXECUTE = 1, 2
MASKS = tuple(octets(bytes((rate,))) for rate in (1, 2, 3))
ACTIVE = 4
"""Attribute active_mask of class 6, method image_activate of class 18: both have number 4."""


def _alarms(call: Call) -> bytes:
    tampered = call.meter.troubles.has(Trouble.TAMPER, call.meter.number)
    return u32_bytes(TAMPER_ALARM if tampered else 0)


def _last_event(call: Call) -> bytes:
    happened = [event.code for event in call.meter.events if event.age <= call.age]
    return u16_bytes(happened[-1] if happened else 0)


def _power_failures(call: Call) -> bytes:
    codes = [event.code for event in call.meter.events if event.age <= call.age]
    return u16_bytes(codes.count(EventCode.POWER_DOWN))


def _services(call: Call) -> bytes:
    """Return the service access points: one logical device a meter, number 1."""
    name = octets(device_name(call))
    return encode(array((structure(u16(1), name),)))


def device_name(call: Call) -> bytes:
    """Return the logical device name: three letters of the maker and the serial number."""
    return call.meter.serial.encode()


def _scripts(service: int, class_id: int, target: bytes, parameters: Sequence[Data]) -> bytes:
    """Return a script table: a script for each parameter, all of one service on one object."""

    def script(selector: int, parameter: Data) -> Data:
        action = structure(enum(service), u16(class_id), octets(target), i8(ACTIVE), parameter)
        return structure(u16(selector), array((action,)))

    return encode(array(script(*one) for one in enumerate(parameters, 1)))


def _activation() -> dict[int, bytes]:
    """Return the register activation: which rate register counts under which mask."""
    assigned = array(structure(u16(3), octets(name)) for name in (TOTAL, *RATE_NAMES))
    masks = array(structure(mask, array((u8(1), u8(place)))) for place, mask in enumerate(MASKS, 2))
    return {2: encode(assigned), 3: encode(masks)}


def _active_mask(call: Call) -> bytes:
    day, second = divmod(call.age, 86_400)
    rates = call.meter.calendar(call.age).rates(day)
    return octet_bytes(bytes((int(rates[second // 1_800]) + 1,)))


def _push_list() -> bytes:
    """Return what is pushed: the list itself first, so that a push says what it holds."""
    registers = ((3, name, 2) for name in (TOTAL, *RATE_NAMES))
    wanted = ((40, PUSH, 2), (1, DEVICE_NAME, 2), (8, CLOCK, 2), (1, ALARM, 2), *registers)
    rows = (structure(u16(kind), octets(name), i8(number), u16(0)) for kind, name, number in wanted)
    return encode(array(rows))


def _destination() -> bytes:
    return encode(structure(enum(1), octets(b""), enum(0)))


def _data() -> Iterator[Thing]:
    yield Thing(1, 0, DEVICE_NAME, {2: lambda call: octet_bytes(device_name(call))}, public=True)
    yield Thing(
        1,
        0,
        obis("0.0.96.1.0.255"),
        {2: lambda call: octet_bytes(call.meter.serial.encode())},
        public=True,
    )
    yield Thing(1, 0, obis("1.0.0.2.0.255"), {2: lambda call: octet_bytes(firmware(call.meter))})
    yield Thing(1, 0, STATUS, {2: u8_bytes(0)})
    yield Thing(1, 0, EVENT_CODE, {2: _last_event})
    yield Thing(1, 0, ALARM, {2: _alarms})
    yield Thing(1, 0, obis("0.0.96.7.21.255"), {2: _power_failures})


THINGS = (
    *_data(),
    Thing(17, 0, obis("0.0.41.0.0.255"), {2: _services}, public=True),
    Thing(6, 0, REGISTER_ACTIVATION, {**_activation(), 4: _active_mask}),
    Thing(9, 0, RATE_SCRIPTS, {2: _scripts(WRITE, 6, REGISTER_ACTIVATION, MASKS)}),
    Thing(9, 0, IMAGE_SCRIPTS, {2: _scripts(EXECUTE, 18, IMAGE, (i8(0),))}),
    Thing(
        22,
        0,
        obis("0.0.15.0.2.255"),
        {
            2: encode(structure(octets(IMAGE_SCRIPTS), u16(1))),
            3: enum_bytes(1),
            4: encode(array(())),
        },
        {4: keep},
    ),
    Thing(
        40,
        0,
        PUSH,
        {
            2: _push_list(),
            3: _destination(),
            4: encode(array(())),
            5: u16_bytes(0),
            6: u8_bytes(3),
            7: u16_bytes(60),
        },
        dict.fromkeys((2, 3, 4, 5, 6, 7), keep),
    ),
)
