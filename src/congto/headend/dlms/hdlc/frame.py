"""One HDLC frame between its flags: format and length, addresses, control, information."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address, address_of, address_size
from congto.headend.dlms.hdlc.checksum import INTACT, check_sequence, is_intact

FLAG = 0x7E
FLAG_BYTE = b"\x7e"
FORMAT = 0xA0
"""Format type 3: the upper four bits of a frame's first byte."""
SEGMENTED = 0x08
LENGTH_MIN = 7
"""Format 2, addresses 1 and 1, control 1, check sequence 2."""
LENGTH_MAX = 0x7FF
HEADER_BYTES_MAX = 2 + 4 + 4 + 1 + 2
"""The longest header with its check sequence."""


class Frame(NamedTuple):
    """One frame; `segmented` says that more of the same message follows."""

    destination: Address
    source: Address
    control: int
    information: bytes = b""
    segmented: bool = False


def encode(frame: Frame) -> bytes:
    """Return the frame's bytes without flags (IEC 62056-46, 6.4.1).

    Raises:
        DlmsError: TOO_LARGE for more than a length of 11 bits, BAD_VALUE for an address.
    """
    ends = frame.destination.encoded() + frame.source.encoded()
    information = frame.information
    length = 2 + len(ends) + 1 + 2 + (len(information) + 2 if information else 0)
    if length > LENGTH_MAX:
        raise DlmsError(
            Fault.TOO_LARGE, f"a frame of {length} bytes", expected=f"at most {LENGTH_MAX}"
        )
    kind = FORMAT | (SEGMENTED if frame.segmented else 0) | length >> 8
    header = bytes((kind, length & 0xFF)) + ends + bytes((frame.control,))
    header += check_sequence(header)
    if not information:
        return header
    whole = header + information
    return whole + check_sequence(whole)


def length_of(data: bytes, place: int) -> int:
    """Return the length that the two format bytes at this place say."""
    return (data[place] & 0x07) << 8 | data[place + 1]


def header_size(data: bytes, place: int, length: int) -> int:
    """Return the bytes of the header with its check sequence, which proves the length too.

    Args:
        data: received bytes.
        place: where the format bytes are.
        length: what they say.

    Raises:
        DlmsError: BAD_FRAME for wrong addresses or length, BAD_CHECKSUM for a wrong HCS (in a frame
            without information the FCS stands there).
    """
    first = address_size(data, place + 2)
    second = address_size(data, place + 2 + first) if first else 0
    if not second:
        raise DlmsError(
            Fault.BAD_FRAME,
            f"addresses {data[place + 2 : place + 10].hex(' ')}",
            expected="two addresses of 1, 2 or 4 bytes",
        )
    size = 2 + first + second + 1 + 2
    if length < size or size < length < size + 3:
        raise DlmsError(
            Fault.BAD_FRAME,
            f"a frame length of {length} after a header of {size} bytes",
            expected="none or at least one byte of information",
        )
    if not is_intact(data[place : place + size]):
        raise DlmsError(
            Fault.BAD_CHECKSUM,
            f"header {data[place : place + size].hex(' ')}",
            expected="its check sequence at the end",
        )
    return size


def decode(data: bytes, place: int, length: int, header: int) -> Frame:
    """Return the frame of so many bytes at this place, its header proven by `header_size`.

    Raises:
        DlmsError: BAD_CHECKSUM, the FCS does not fit.
    """
    after = place + header
    end = place + length
    if length > header and not is_intact(data[after:end], INTACT):
        raise DlmsError(
            Fault.BAD_CHECKSUM,
            f"frame of {length} bytes from {data[place:after].hex(' ')}",
            expected="its check sequence at the end",
        )
    begin = place + 2
    first = address_size(data, begin)
    return Frame(
        address_of(data[begin : begin + first]),
        address_of(data[begin + first : after - 3]),
        data[after - 3],
        data[after : end - 2] if length > header else b"",
        bool(data[place] & SEGMENTED),
    )
