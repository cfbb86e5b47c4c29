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


def decode(data: bytes, place: int, length: int) -> Frame | None:
    """Return the frame of so many bytes at this place; None while only its right header is there.

    The header has a check sequence of its own (in a frame without information it is the frame's),
    so a length that lies is found before its bytes are awaited.

    Args:
        data: received bytes.
        place: where the format bytes are; a whole header or the whole frame follows.
        length: what they say.

    Raises:
        DlmsError: BAD_FRAME for wrong addresses or length, BAD_CHECKSUM for header or frame.
    """
    source = place + 2 + address_size(data, place + 2)
    control = source + address_size(data, source)
    if source == place + 2 or control == source:
        raise _wrong_addresses(data[place + 2 : place + 10])
    after = control + 3
    end = place + length
    if end < after or after < end < after + 3:
        raise _wrong_length(length, after - place)
    if not is_intact(data[place:after]):
        raise _wrong_check("header", data[place:after])
    if end > len(data):
        return None
    if end > after and not is_intact(data[after:end], INTACT):
        raise _wrong_check(f"frame of {length} bytes from", data[place:after])
    return Frame(
        address_of(data[place + 2 : source]),
        address_of(data[source:control]),
        data[control],
        data[after : end - 2] if end > after else b"",
        bool(data[place] & SEGMENTED),
    )


def _wrong_addresses(octets: bytes) -> DlmsError:
    return DlmsError(
        Fault.BAD_FRAME,
        f"addresses {octets.hex(' ')}",
        expected="two addresses of 1, 2 or 4 bytes",
    )


def _wrong_length(length: int, header: int) -> DlmsError:
    return DlmsError(
        Fault.BAD_FRAME,
        f"a frame length of {length} after a header of {header} bytes",
        expected="none or at least one byte of information",
    )


def _wrong_check(what: str, octets: bytes) -> DlmsError:
    return DlmsError(
        Fault.BAD_CHECKSUM,
        f"{what} {octets.hex(' ')}",
        expected="its check sequence at the end",
    )
