"""The association object (class 15): which objects there are, and what the client may do."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.acse import Context
from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.association import ALL_SERVICES, ASSOCIATION_CLASS, CURRENT_ASSOCIATION
from congto.headend.dlms.data import (
    NULL,
    Bits,
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
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.tags import Tag
from congto.headend.simulator.security import SETUP
from congto.headend.simulator.things import Call, RefusalError, Thing, enum_bytes, octet_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

READ, READ_WRITE, ALLOWED = 1, 3, 1
ASSOCIATED = 2
CONTEXT = bytes((0x60, 0x85, 0x74, 5, 8, 1))
MECHANISM = bytes((0x60, 0x85, 0x74, 5, 8, 2))
"""The object identifiers 2.16.756.5.8.1 and .2; the number of the one in use follows."""
PASSWORD_BYTES_MAX = 64


def _row(thing: Thing) -> Data:
    """Return an object's class, version, name and rights."""
    attributes = [structure(i8(1), enum(READ), NULL)]
    for number in sorted(thing.read):
        mode = READ_WRITE if number in thing.set else READ
        selectors = array((i8(1), i8(2))) if number in thing.selective else NULL
        attributes.append(structure(i8(number), enum(mode), selectors))
    methods = [structure(i8(number), enum(ALLOWED)) for number in sorted(thing.methods)]
    rights = structure(array(attributes), array(methods))
    return structure(u16(thing.class_id), u8(thing.version), octets(thing.name), rights)


@cache
def _rows(things: tuple[Thing, ...]) -> bytes:
    return encode(array(map(_row, things)))


def association(things: Sequence[Thing]) -> Thing:
    """Return the association object over all others."""
    every: list[Thing] = []

    def view(call: Call) -> bytes:
        return _rows(tuple(thing for thing in every if thing.public or not call.public))

    made = Thing(
        ASSOCIATION_CLASS,
        1,
        CURRENT_ASSOCIATION,
        {
            2: view,
            3: lambda call: encode(structure(i8(call.client), u16(1))),
            4: _context,
            5: _services,
            6: _mechanism,
            7: octet_bytes(b""),  # a secret is never read
            8: enum_bytes(ASSOCIATED),
            9: octet_bytes(SETUP),
        },
        {7: _take_password},
        {1: _never, 2: _take_secret},
        public=True,
    )
    every.extend((made, *things))
    return made


def _context(call: Call) -> bytes:
    ciphered = call.meter.ciphered and not call.public
    context = Context.LOGICAL_NAMES_CIPHERED if ciphered else Context.LOGICAL_NAMES
    return octet_bytes(CONTEXT + bytes((context,)))


def _mechanism(call: Call) -> bytes:
    return octet_bytes(MECHANISM + bytes((_used(call),)))


def _used(call: Call) -> Mechanism:
    return Mechanism.NONE if call.public else call.meter.mechanism


def _services(call: Call) -> bytes:
    conformance = Data(Tag.BIT_STRING, Bits(24, int(ALL_SERVICES)))
    size = u16(call.meter.pdu_max)
    return encode(structure(conformance, size, size, u8(6), i8(0), octets(b"")))


def _take_password(call: Call, value: Data) -> None:
    if call.public or not 0 < len(value.octets) <= PASSWORD_BYTES_MAX:
        raise RefusalError(AccessResult.READ_WRITE_DENIED)
    call.meter.password = value.octets


def _take_secret(call: Call, parameter: Data | None) -> None:
    if parameter is None:
        raise RefusalError(AccessResult.TYPE_UNMATCHED)
    _take_password(call, parameter)


def _never(_call: Call, _parameter: Data | None) -> None:
    """Answer to a challenge: served by the association itself, never here."""
    raise RefusalError(AccessResult.READ_WRITE_DENIED)
