"""General block transfer: any message in numbered pieces (clause 9.3.13 of the Green Book)."""

from __future__ import annotations

from dataclasses import dataclass

from congto.headend.dlms.cursor import Cursor, octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault

TAG = 0xE0
LAST, STREAMING, WINDOW = 0x80, 0x40, 0x3F


@dataclass(frozen=True, slots=True)
class GeneralBlock:
    """A piece of a message.

    Attributes:
        last: no piece follows. streaming: more come without an answer in between.
        window: pieces the sender can take at once.
        number: of this piece, from 1; 0 where it only answers.
        answered: the last piece received in order.
        raw: bytes of the message.
    """

    last: bool
    streaming: bool
    window: int
    number: int
    answered: int
    raw: bytes

    def encode(self) -> bytes:
        """Write the message."""
        control = LAST * self.last | STREAMING * self.streaming | self.window
        numbers = self.number.to_bytes(2) + self.answered.to_bytes(2)
        return bytes((TAG, control)) + numbers + octets_bytes(self.raw)


def read_general_block(cursor: Cursor) -> GeneralBlock:
    """Read what follows the tag."""
    control = cursor.u8()
    return GeneralBlock(
        last=bool(control & LAST),
        streaming=bool(control & STREAMING),
        window=control & WINDOW,
        number=cursor.u16(),
        answered=cursor.u16(),
        raw=cursor.octets(),
    )


class Assembly:
    """Puts pieces together; refuses one out of order or a message beyond `bytes_max`."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def received(self) -> int:
        """Return the number of the last piece taken."""
        return len(self._parts)

    def take(self, piece: GeneralBlock) -> bytes | None:
        """Take a piece; return the whole message after the last one."""
        expected = self.received + 1
        if piece.number != expected:
            raise DlmsError(
                Fault.BAD_SEQUENCE, f"piece {piece.number}", expected=f"piece {expected}"
            )
        self._size += len(piece.raw)
        if self._size > self._bytes_max:
            raise DlmsError(
                Fault.TOO_LARGE, f"{self._size} bytes in pieces", expected=f"{self._bytes_max}"
            )
        self._parts.append(piece.raw)
        return b"".join(self._parts) if piece.last else None
