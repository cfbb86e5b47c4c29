"""A message cut into information fields and put together again, with its LLC header."""

from __future__ import annotations

from congto.headend.dlms.faults import DlmsError, Fault

TO_METER = b"\xe6\xe6\x00"
"""LLC header of a command: destination LSAP, source LSAP, quality (IEC 62056-46, 5.3.2)."""
FROM_METER = b"\xe6\xe7\x00"
"""LLC header of a response."""

APDU_BYTES_MAX = 0xFFFF
"""The largest APDU that two sides can agree on (max-receive-pdu-size has two bytes)."""


def cut(message: bytes, size: int) -> list[tuple[bytes, bool]]:
    """Return the message in fields of at most so many bytes, each with whether more follows."""
    last = max(0, len(message) - 1) // size * size
    return [(message[place : place + size], place < last) for place in range(0, len(message), size)]


def without_llc(message: bytes) -> bytes:
    """Return the APDU behind the LLC header.

    Raises:
        DlmsError: BAD_FRAME, neither header is there.
    """
    if not message.startswith((FROM_METER, TO_METER)):
        raise DlmsError(
            Fault.BAD_FRAME,
            f"a message that begins {message[:3].hex(' ') or 'with nothing'}",
            expected="the LLC header e6 e6 00 or e6 e7 00",
        )
    return message[3:]


class Assembler:
    """Puts the fields of one message together.

    Args:
        bytes_max: the longest message taken, LLC header included.
    """

    __slots__ = ("_bytes_max", "_parts", "_size")

    def __init__(self, bytes_max: int = APDU_BYTES_MAX + len(FROM_METER)) -> None:
        self._bytes_max = bytes_max
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Say whether the last part of a message is still awaited."""
        return bool(self._parts)

    def add(self, information: bytes, *, more: bool) -> bytes | None:
        """Return the whole message with its last part, None before.

        Raises:
            DlmsError: TOO_LARGE; what was gathered is dropped.
        """
        if not more and not self._parts and len(information) <= self._bytes_max:
            return information
        self._parts.append(information)
        self._size += len(information)
        if self._size > self._bytes_max:
            size = self._size
            self.clear()
            raise DlmsError(
                Fault.TOO_LARGE,
                f"a message of {size} bytes or more in segments",
                expected=f"at most {self._bytes_max}",
            )
        if more:
            return None
        message = b"".join(self._parts)
        self.clear()
        return message

    def clear(self) -> None:
        """Drop what was gathered."""
        self._parts.clear()
        self._size = 0
