"""Initiate: what client and meter agree on inside the association request (clause 9.3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag

from congto.headend.dlms.cursor import Cursor, octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault

REQUEST, RESPONSE, CONFIRMED_SERVICE_ERROR = 0x01, 0x08, 0x0E
VERSION = 6
LOGICAL_NAMES = 0x0007
"""VAA name of an association by logical names; short names have 0xFA00."""


class Conformance(IntFlag):
    """Services a side can; bit 0 of the standard is the most significant of 24."""

    GENERAL_PROTECTION = 1 << 22
    GENERAL_BLOCK_TRANSFER = 1 << 21
    READ = 1 << 20
    WRITE = 1 << 19
    UNCONFIRMED_WRITE = 1 << 18
    DELTA_VALUE_ENCODING = 1 << 17
    ATTRIBUTE_0_WITH_SET = 1 << 15
    PRIORITY = 1 << 14
    ATTRIBUTE_0_WITH_GET = 1 << 13
    BLOCKS_WITH_GET = 1 << 12
    BLOCKS_WITH_SET = 1 << 11
    BLOCKS_WITH_ACTION = 1 << 10
    MULTIPLE_REFERENCES = 1 << 9
    INFORMATION_REPORT = 1 << 8
    DATA_NOTIFICATION = 1 << 7
    ACCESS = 1 << 6
    PARAMETRIZED_ACCESS = 1 << 5
    GET = 1 << 4
    SET = 1 << 3
    SELECTIVE_ACCESS = 1 << 2
    EVENT_NOTIFICATION = 1 << 1
    ACTION = 1


@dataclass(frozen=True, slots=True)
class InitiateRequest:
    """What the client proposes; the dedicated key never shows in a representation."""

    conformance: Conformance
    pdu_max: int
    dedicated_key: bytes = field(default=b"", repr=False)
    response_allowed: bool = True
    quality: int | None = None
    version: int = VERSION

    def encode(self) -> bytes:
        """Write the message."""
        key = b"\x01" + octets_bytes(self.dedicated_key) if self.dedicated_key else b"\x00"
        response = b"\x00" if self.response_allowed else b"\x01\x00"
        quality = b"\x00" if self.quality is None else bytes((1, self.quality))
        head = bytes((REQUEST,)) + key + response + quality + bytes((self.version,))
        return head + _conformance_bytes(self.conformance) + self.pdu_max.to_bytes(2)


@dataclass(frozen=True, slots=True)
class InitiateResponse:
    """What the meter agrees to."""

    conformance: Conformance
    pdu_max: int
    vaa_name: int = LOGICAL_NAMES
    quality: int | None = None
    version: int = VERSION

    def encode(self) -> bytes:
        """Write the message."""
        quality = b"\x00" if self.quality is None else bytes((1, self.quality))
        head = bytes((RESPONSE,)) + quality + bytes((self.version,))
        sizes = self.pdu_max.to_bytes(2) + self.vaa_name.to_bytes(2)
        return head + _conformance_bytes(self.conformance) + sizes


@dataclass(frozen=True, slots=True)
class ConfirmedServiceError:
    """A service failed: `service` 1 is initiate, 5 read, 6 write; then kind and value of error."""

    service: int
    kind: int
    value: int

    def encode(self) -> bytes:
        """Write the message."""
        return bytes((CONFIRMED_SERVICE_ERROR, self.service, self.kind, self.value))


def read_initiate_request(cursor: Cursor) -> InitiateRequest:
    """Read what follows the tag of a request."""
    key = cursor.octets() if cursor.u8() else b""
    response = cursor.u8() != 0 if cursor.u8() else True
    quality = cursor.optional_u8()
    version = cursor.u8()
    return InitiateRequest(_read_conformance(cursor), cursor.u16(), key, response, quality, version)


def read_initiate_response(cursor: Cursor) -> InitiateResponse:
    """Read what follows the tag of a response."""
    quality = cursor.optional_u8()
    version = cursor.u8()
    return InitiateResponse(_read_conformance(cursor), cursor.u16(), cursor.u16(), quality, version)


def read_service_error(cursor: Cursor) -> ConfirmedServiceError:
    """Read what follows the tag of a confirmed service error."""
    return ConfirmedServiceError(cursor.u8(), cursor.u8(), cursor.u8())


def _conformance_bytes(conformance: Conformance) -> bytes:
    """Write application tag 31, the length, no unused bits, and 24 bits."""
    return b"\x5f\x1f\x04\x00" + int(conformance).to_bytes(3)


def _read_conformance(cursor: Cursor) -> Conformance:
    if cursor.u8() != 0x5F:
        raise _no_conformance(cursor)
    if cursor.peek() == 0x1F:
        cursor.u8()
    if cursor.take(2) != b"\x04\x00":
        raise _no_conformance(cursor)
    return Conformance(int.from_bytes(cursor.take(3)) & 0x7FFFFF)


def _no_conformance(cursor: Cursor) -> DlmsError:
    return DlmsError(
        Fault.UNKNOWN_TAG, f"byte {cursor.place} of initiate", expected="the conformance block"
    )
