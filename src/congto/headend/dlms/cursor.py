"""A place in received bytes: every read checks that the bytes are there."""

from __future__ import annotations

from congto.headend.dlms.faults import DlmsError, Fault

LENGTH_BYTES_MAX = 4
"""A length of more than four bytes (4 GiB) is no length of a meter."""


class Cursor:
    """Reads forward through bytes; a length that lies raises `DlmsError(TRUNCATED)`."""

    __slots__ = ("data", "end", "place")

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data = data
        self.place = place
        self.end = len(data)

    @property
    def left(self) -> int:
        """Return how many bytes are left."""
        return self.end - self.place

    def u8(self) -> int:
        """Read one byte."""
        place = self.place
        if place >= self.end:
            raise self.short(1)
        self.place = place + 1
        return self.data[place]

    def optional_u8(self) -> int | None:
        """Read a byte that may be left out, behind the flag that says whether it is there."""
        if not self.u8():
            return None
        return self.u8()

    def u16(self) -> int:
        """Read an unsigned number of two bytes, the most significant first."""
        return int.from_bytes(self.take(2))

    def u32(self) -> int:
        """Read an unsigned number of four bytes, the most significant first."""
        return int.from_bytes(self.take(4))

    def take(self, count: int) -> bytes:
        """Read so many bytes."""
        place = self.place
        after = place + count
        if after > self.end:
            raise self.short(count)
        self.place = after
        return self.data[place:after]

    def rest(self) -> bytes:
        """Read all that is left."""
        return self.take(self.end - self.place)

    def peek(self) -> int:
        """Return the next byte without reading it."""
        if self.place >= self.end:
            raise self.short(1)
        return self.data[self.place]

    def length(self) -> int:
        """Read a length as A-XDR and BER write it: one byte below 128, else count and bytes."""
        first = self.u8()
        if first < 0x80:
            return first
        count = first & 0x7F
        if not 1 <= count <= LENGTH_BYTES_MAX:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"length byte {first:#04x} at byte {self.place - 1}",
                expected=f"a length of 1 to {LENGTH_BYTES_MAX} bytes",
            )
        return int.from_bytes(self.take(count))

    def octets(self) -> bytes:
        """Read a length and so many bytes."""
        return self.take(self.length())

    def finish(self) -> None:
        """Refuse bytes that are left."""
        if self.place != self.end:
            raise DlmsError(
                Fault.TRAILING,
                f"{self.left} bytes after the message, from byte {self.place}",
                expected="the end of the message",
            )

    def short(self, wanted: int) -> DlmsError:
        """Return the error of bytes that are not there."""
        return DlmsError(
            Fault.TRUNCATED,
            f"{self.left} bytes left at byte {self.place} of {self.end}",
            expected=f"{wanted} more",
        )


def length_bytes(count: int) -> bytes:
    """Write a length as A-XDR and BER do."""
    if count < 0x80:
        return bytes((count,))
    size = (count.bit_length() + 7) // 8
    return bytes((0x80 | size,)) + count.to_bytes(size)


def octets_bytes(octets: bytes) -> bytes:
    """Write a length and the bytes."""
    return length_bytes(len(octets)) + octets
