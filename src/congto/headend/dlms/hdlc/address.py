"""Addresses of HDLC frames: one, two or four bytes, seven bits in each, the last byte is odd."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault

_EACH_MAX = {1: 0x7F, 2: 0x7F, 4: 0x3FFF}


class Address(NamedTuple):
    """An address of IEC 62056-46, 6.4.2.2.

    A client has one byte, its service access point in `upper`. A meter has its logical device in
    `upper` and, with two or four bytes, its physical device in `lower`. How many bytes a meter
    wants is a fact of its make.
    """

    upper: int
    lower: int = 0
    size: int = 1

    def encoded(self) -> bytes:
        """Return the bytes of this address.

        Raises:
            DlmsError: BAD_VALUE, a part does not fit into the address's size.
        """
        return _encoded(self)

    @property
    def is_broadcast(self) -> bool:
        """Say whether it names all stations: every bit of a part set (6.4.2.3)."""
        every = _EACH_MAX[self.size]
        return self.upper == every or (self.size > 1 and self.lower == every)


@lru_cache(maxsize=4096)
def _encoded(address: Address) -> bytes:
    upper, lower, size = address
    most = _EACH_MAX.get(size, -1)
    if not (0 <= upper <= most and 0 <= lower <= (most if size > 1 else 0)):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"HDLC address {upper}/{lower} in {size} bytes",
            expected="1, 2 or 4 bytes with 7 (7 + 7, 14 + 14) bits",
        )
    if size == 1:
        return bytes((upper << 1 | 1,))
    if size == 2:
        return bytes((upper << 1, lower << 1 | 1))
    parts = (upper >> 7, upper & 0x7F, lower >> 7, lower & 0x7F)
    first, second, third, last = (part << 1 for part in parts)
    return bytes((first, second, third, last | 1))


@lru_cache(maxsize=4096)
def address_of(encoded: bytes) -> Address:
    """Return the address of one, two or four bytes of which only the last is odd."""
    if len(encoded) == 1:
        return Address(encoded[0] >> 1)
    if len(encoded) == 2:
        return Address(encoded[0] >> 1, encoded[1] >> 1, size=2)
    first, second, third, last = (byte >> 1 for byte in encoded)
    return Address(first << 7 | second, third << 7 | last, size=4)


def address_size(data: bytes, place: int) -> int:
    """Return how many bytes the address at this place has, 0 when its end is not there or wrong."""
    end = len(data)
    if place < end and data[place] & 1:
        return 1
    if place + 1 < end and data[place + 1] & 1:
        return 2
    if place + 3 < end and data[place + 3] & 1 and not data[place + 2] & 1:
        return 4
    return 0
