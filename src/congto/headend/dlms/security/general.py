"""What general-ciphering carries beside the text: who, to whom, and which key."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.cursor import octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.keys import KeyUse

if TYPE_CHECKING:
    from congto.headend.dlms.cursor import Cursor

IDENTIFIED, WRAPPED, AGREED = 0, 1, 2
MASTER_KEK = 0
ONE_PASS, STATIC = b"\x01", b"\x02"
"""Key parameters: C(1e,1s) with an ephemeral key of the sender, C(0e,2s) with static keys only."""
IDENTIFIED_USES = (KeyUse.UNICAST, KeyUse.BROADCAST)


class Scheme(StrEnum):
    """Which key protects a message in general-ciphering."""

    IDENTIFIED = "identified"  # a global key that both hold
    WRAPPED = "wrapped"  # one made for this message, wrapped with the master key
    EPHEMERAL = "1e1s"  # agreed, with an ephemeral key of the sender
    STATIC = "0e2s"  # agreed, of static keys and the transaction id


class IdentifiedKey(NamedTuple):
    """One of the global keys that both sides hold."""

    use: KeyUse = KeyUse.UNICAST


class WrappedKey(NamedTuple):
    """A key for this message, wrapped with the master key."""

    wrapped: bytes


class AgreedKey(NamedTuple):
    """A key that both sides compute; `data` is the sender's signed ephemeral public key."""

    parameters: bytes
    data: bytes


KeyInfo = IdentifiedKey | WrappedKey | AgreedKey


def scheme_of(info: KeyInfo | None) -> Scheme:
    """Return the scheme that key information names."""
    if isinstance(info, WrappedKey):
        return Scheme.WRAPPED
    if isinstance(info, AgreedKey):
        return Scheme.STATIC if info.parameters == STATIC else Scheme.EPHEMERAL
    return Scheme.IDENTIFIED


class GeneralHeader(NamedTuple):
    """The fields before the ciphered content (Green Book, clause 9.5, General-Ciphering)."""

    transaction_id: bytes = b""
    originator: bytes = b""
    recipient: bytes = b""
    date_time: bytes = b""
    other: bytes = b""
    key_info: KeyInfo | None = None

    @property
    def associated(self) -> bytes:
        """Return the authenticated fields: each with its length, an empty one as a zero."""
        return b"".join(map(octets_bytes, self[:5]))


def header_bytes(header: GeneralHeader) -> bytes:
    """Write the header."""
    return header.associated + key_info_bytes(header.key_info)


def key_info_bytes(info: KeyInfo | None) -> bytes:
    """Write the optional key information, with its presence flag."""
    if info is None:
        return b"\x00"
    if isinstance(info, IdentifiedKey):
        return bytes((1, IDENTIFIED, IDENTIFIED_USES.index(info.use)))
    if isinstance(info, WrappedKey):
        return bytes((1, WRAPPED, MASTER_KEK)) + octets_bytes(info.wrapped)
    return bytes((1, AGREED)) + octets_bytes(info.parameters) + octets_bytes(info.data)


def read_header(cursor: Cursor) -> GeneralHeader:
    """Read the header.

    Raises:
        DlmsError: TRUNCATED, BAD_VALUE.
    """
    octets = cursor.octets
    return GeneralHeader(octets(), octets(), octets(), octets(), octets(), _key_info(cursor))


def _key_info(cursor: Cursor) -> KeyInfo | None:
    if not _one_of(cursor, 2, "presence of the key information"):
        return None
    choice = _one_of(cursor, 3, "choice of the key information")
    if choice == IDENTIFIED:
        return IdentifiedKey(IDENTIFIED_USES[_one_of(cursor, 2, "identified key")])
    if choice == WRAPPED:
        _one_of(cursor, 1, "key encrypting key")
        return WrappedKey(cursor.octets())
    return AgreedKey(cursor.octets(), cursor.octets())


def _one_of(cursor: Cursor, count: int, what: str) -> int:
    value = cursor.u8()
    if value >= count:
        raise DlmsError(
            Fault.BAD_VALUE, f"{what} {value} at byte {cursor.place - 1}", expected=f"below {count}"
        )
    return value
