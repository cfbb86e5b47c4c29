"""ACSE: opening and releasing an association, BER encoded (clause 9.4.2 of the Green Book)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from congto.headend.dlms.cursor import Cursor, length_bytes, octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault

AARQ, AARE, RLRQ, RLRE = 0x60, 0x61, 0x62, 0x63
COUNTRY_DLMS = bytes.fromhex("6085740508")
"""2.16.756.5.8, the arc of the DLMS UA: .1 application contexts, .2 mechanisms."""

AUTHENTICATION_REQUIRED = b"\x07\x80"
"""Requirements of ACSE as a bit string: authentication, the first of its bits."""


class Context(IntEnum):
    """Last number of the application context."""

    LOGICAL_NAMES = 1
    SHORT_NAMES = 2
    LOGICAL_NAMES_CIPHERED = 3
    SHORT_NAMES_CIPHERED = 4


class Diagnostic(IntEnum):
    """Why the meter accepts or refuses (acse-service-user)."""

    NULL = 0
    NO_REASON = 1
    CONTEXT_NOT_SUPPORTED = 2
    CALLING_TITLE_UNKNOWN = 3
    MECHANISM_NOT_RECOGNISED = 11
    MECHANISM_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14


ACCEPTED, REJECTED_PERMANENT, REJECTED_TRANSIENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class AssociationRequest:
    """AARQ. `information` is the initiate request, plain or ciphered.

    Attributes:
        secret: of LLS the password, of HLS the challenge; never shown.
        title: the client's system title. qualifier: a certificate of it (suites 1 and 2).
    """

    context: int
    information: bytes = field(repr=False)
    mechanism: int = 0
    secret: bytes = field(default=b"", repr=False)
    title: bytes = b""
    qualifier: bytes = field(default=b"", repr=False)
    user: int | None = None

    def encode(self) -> bytes:
        """Write the message."""
        parts = _part(0xA1, _oid(1, self.context))
        if self.title:
            parts += _part(0xA6, _part(0x04, self.title))
        if self.qualifier:
            parts += _part(0xA7, _part(0x04, self.qualifier))
        if self.user is not None:
            parts += _part(0xA9, _part(0x02, bytes((self.user,))))
        if self.mechanism:
            parts += _part(0x8A, AUTHENTICATION_REQUIRED)
            parts += _part(0x8B, _name(2, self.mechanism))
            parts += _part(0xAC, _part(0x80, self.secret))
        return _part(AARQ, parts + _part(0xBE, _part(0x04, self.information)))


@dataclass(frozen=True, slots=True)
class AssociationResponse:
    """AARE.

    Attributes:
        result: ACCEPTED, REJECTED_PERMANENT or REJECTED_TRANSIENT.
        diagnostic: Diagnostic; from the provider (`by_provider`) its numbers are others.
        secret: the meter's challenge of HLS; never shown.
    """

    context: int
    result: int
    diagnostic: int
    information: bytes = field(default=b"", repr=False)
    by_provider: bool = False
    title: bytes = b""
    qualifier: bytes = field(default=b"", repr=False)
    mechanism: int = 0
    secret: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Write the message."""
        parts = _part(0xA1, _oid(1, self.context))
        parts += _part(0xA2, _part(0x02, bytes((self.result,))))
        source = 0xA2 if self.by_provider else 0xA1
        parts += _part(0xA3, _part(source, _part(0x02, bytes((self.diagnostic,)))))
        if self.title:
            parts += _part(0xA4, _part(0x04, self.title))
        if self.qualifier:
            parts += _part(0xA5, _part(0x04, self.qualifier))
        if self.mechanism:
            parts += _part(0x88, AUTHENTICATION_REQUIRED)
            parts += _part(0x89, _name(2, self.mechanism))
            parts += _part(0xAA, _part(0x80, self.secret))
        if self.information:
            parts += _part(0xBE, _part(0x04, self.information))
        return _part(AARE, parts)


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """RLRQ; `information` a ciphered initiate request where the association is ciphered."""

    reason: int | None = 0
    information: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Write the message."""
        return _release(RLRQ, self.reason, self.information)


@dataclass(frozen=True, slots=True)
class ReleaseResponse:
    """RLRE."""

    reason: int | None = 0
    information: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Write the message."""
        return _release(RLRE, self.reason, self.information)


def read_association_request(cursor: Cursor) -> AssociationRequest:
    """Read what follows the tag of an AARQ."""
    parts = _read_parts(cursor)
    return AssociationRequest(
        context=_last_of_oid(parts, 0xA1),
        information=_inner(parts, 0xBE),
        mechanism=_last_of_name(parts, 0x8B),
        secret=_inner(parts, 0xAC),
        title=_inner(parts, 0xA6),
        qualifier=_inner(parts, 0xA7),
        user=_number(parts, 0xA9),
    )


def read_association_response(cursor: Cursor) -> AssociationResponse:
    """Read what follows the tag of an AARE."""
    parts = _read_parts(cursor)
    source = Cursor(parts.get(0xA3, b""))
    by_provider = source.u8() == 0xA2
    diagnostic = Cursor(source.octets())
    diagnostic.u8()
    result = _number(parts, 0xA2)
    if result is None:
        raise DlmsError(Fault.BAD_VALUE, "AARE without a result", expected="its part A2")
    return AssociationResponse(
        context=_last_of_oid(parts, 0xA1),
        result=result,
        diagnostic=_byte(diagnostic.octets()),
        information=_inner(parts, 0xBE),
        by_provider=by_provider,
        title=_inner(parts, 0xA4),
        qualifier=_inner(parts, 0xA5),
        mechanism=_last_of_name(parts, 0x89),
        secret=_inner(parts, 0xAA),
    )


def read_release_request(cursor: Cursor) -> ReleaseRequest:
    """Read what follows the tag of an RLRQ."""
    parts = _read_parts(cursor)
    return ReleaseRequest(_reason(parts), _inner(parts, 0xBE))


def read_release_response(cursor: Cursor) -> ReleaseResponse:
    """Read what follows the tag of an RLRE."""
    parts = _read_parts(cursor)
    return ReleaseResponse(_reason(parts), _inner(parts, 0xBE))


def _release(tag: int, reason: int | None, information: bytes) -> bytes:
    parts = b"" if reason is None else _part(0x80, bytes((reason,)))
    if information:
        parts += _part(0xBE, _part(0x04, information))
    return _part(tag, parts)


def _part(tag: int, octets: bytes) -> bytes:
    return bytes((tag,)) + octets_bytes(octets)


def _name(arc: int, last: int) -> bytes:
    return COUNTRY_DLMS + bytes((arc, last))


def _oid(arc: int, last: int) -> bytes:
    name = _name(arc, last)
    return b"\x06" + length_bytes(len(name)) + name


def _read_parts(cursor: Cursor) -> dict[int, bytes]:
    """Return the parts by tag; a part that comes twice keeps its first value."""
    inner = Cursor(cursor.octets())
    parts: dict[int, bytes] = {}
    while inner.left:
        tag = inner.u8()
        parts.setdefault(tag, inner.octets())
    return parts


def _inner(parts: dict[int, bytes], tag: int) -> bytes:
    """Return the octets inside a part, without the tag in front of them; empty without the part."""
    octets = parts.get(tag, b"")
    if not octets:
        return b""
    cursor = Cursor(octets)
    cursor.u8()
    return cursor.octets()


def _number(parts: dict[int, bytes], tag: int) -> int | None:
    octets = _inner(parts, tag)
    return _byte(octets) if octets else None


def _byte(octets: bytes) -> int:
    """Return a number of BER that fits a byte: all of ACSE do."""
    number = int.from_bytes(octets)
    if number > 0xFF:
        raise DlmsError(Fault.BAD_VALUE, f"number {octets.hex()}", expected="at most 255")
    return number


def _reason(parts: dict[int, bytes]) -> int | None:
    octets = parts.get(0x80, b"")
    return octets[0] if octets else None


def _last_of_oid(parts: dict[int, bytes], tag: int) -> int:
    octets = _inner(parts, tag)
    return _checked(octets, 1)


def _last_of_name(parts: dict[int, bytes], tag: int) -> int:
    octets = parts.get(tag, b"")
    return _checked(octets, 2) if octets else 0


def _checked(octets: bytes, arc: int) -> int:
    """Return the last number of a name below the DLMS arc."""
    if len(octets) != len(COUNTRY_DLMS) + 2 or octets[:-1] != COUNTRY_DLMS + bytes((arc,)):
        raise DlmsError(Fault.BAD_VALUE, f"name {octets.hex()}", expected="a name of the DLMS UA")
    return octets[-1]
