"""Keys wrapped with the master key (RFC 3394), as meters take new ones."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import keywrap

from congto.headend.dlms.cursor import length_bytes, octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.keys import SecretKey

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARRAY, _STRUCTURE, _OCTETS, _ENUM = 0x01, 0x02, 0x09, 0x16


class KeyId(IntEnum):
    """Which key a transfer replaces (Blue Book, class 64 Security setup, key_transfer)."""

    UNICAST = 0
    BROADCAST = 1
    AUTHENTICATION = 2
    MASTER = 3


def wrap(master: SecretKey, key: SecretKey) -> bytes:
    """Wrap a key: 24 bytes for one of 16, 40 for one of 32."""
    return keywrap.aes_key_wrap(master.raw, key.raw)


def unwrap(master: SecretKey, wrapped: bytes) -> SecretKey:
    """Unwrap a key.

    Raises:
        DlmsError: BAD_TAG if it was not wrapped with this master key or was changed,
            UNKNOWN_KEY if what is inside has no key's length.
    """
    try:
        raw = keywrap.aes_key_unwrap(master.raw, wrapped)
    except keywrap.InvalidUnwrap as error:
        raise DlmsError(
            Fault.BAD_TAG,
            f"a wrapped key of {len(wrapped)} bytes that this master key does not open",
            expected="a key wrapped with the meter's master key (24 or 40 bytes)",
        ) from error
    return SecretKey(raw)


def transfer_bytes(master: SecretKey, keys: Mapping[KeyId, SecretKey]) -> bytes:
    """Return the parameter of key_transfer: an A-XDR array of {key id, wrapped key}.

    All keys of one transfer take effect together, so an old and a new key never mix.
    """
    elements = (
        bytes((_STRUCTURE, 2, _ENUM, which, _OCTETS)) + octets_bytes(wrap(master, key))
        for which, key in keys.items()
    )
    return bytes((_ARRAY,)) + length_bytes(len(keys)) + b"".join(elements)
