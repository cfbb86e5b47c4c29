"""Finds frames in a stream of bytes; what is broken is told and the search goes on."""

from __future__ import annotations

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.frame import (
    FLAG,
    FLAG_BYTE,
    FORMAT,
    HEADER_BYTES_MAX,
    LENGTH_MAX,
    LENGTH_MIN,
    Frame,
    decode,
    length_of,
)


class FrameReader:
    """Finds frames in the bytes of one line.

    Noise before a frame is passed over and counted. A flag may end one frame and begin the next. A
    cut frame waits for its rest; its header has a check sequence of its own, so that a length that
    lies cannot make the reader wait. After a broken frame the search goes on from the next flag
    within it: a frame that was swallowed by a cut one is still found. No more than one frame is
    held.

    Args:
        length_max: the longest frame taken, in bytes between the flags.
    """

    __slots__ = ("_buffer", "_length_max", "noise")

    def __init__(self, length_max: int = LENGTH_MAX) -> None:
        self._buffer = b""
        self._length_max = length_max
        self.noise = 0
        """Bytes passed over because no frame begins there."""

    def feed(self, received: bytes) -> list[Frame | DlmsError]:
        """Return the frames that these bytes complete, and the faults, in the order of the line.

        Faults: BAD_FRAME, BAD_CHECKSUM, TOO_LARGE.
        """
        data = self._buffer + received if self._buffer else bytes(received)
        found: list[Frame | DlmsError] = []
        place = self._skip(data, 0)
        while (item := self._next(data, place)) is not None:
            after = place + 1
            if isinstance(item, Frame):
                after += length_of(data, after)
            if not isinstance(item, str):
                found.append(item)
            place = self._skip(data, after)
        self._buffer = data[place:]
        return found

    def give_up(self) -> None:
        """Wait no longer for the rest of a cut frame: what came of it counts as noise."""
        self.noise += len(self._buffer)
        self._buffer = b""

    @property
    def waiting(self) -> int:
        """Return how many bytes of an unfinished frame are held."""
        return len(self._buffer)

    def _skip(self, data: bytes, place: int) -> int:
        """Return the place of the last of the next flags, or the end."""
        flag = data.find(FLAG_BYTE, place)
        if flag < 0:
            self.noise += len(data) - place
            return len(data)
        self.noise += flag - place
        while data.startswith(FLAG_BYTE, flag + 1):
            flag += 1
        return flag

    def _next(self, data: bytes, place: int) -> Frame | DlmsError | str | None:
        """Return what is behind this flag: frame, fault, "noise"; None while bytes are awaited."""
        begin = place + 1
        left = len(data) - begin
        if left > 0 and data[begin] & 0xF0 != FORMAT:
            return "noise"
        if left < LENGTH_MIN:
            return None
        length = length_of(data, begin)
        if left < HEADER_BYTES_MAX and left < length:
            return None
        try:
            return self._frame(data, begin, length)
        except DlmsError as fault:
            return fault

    def _frame(self, data: bytes, begin: int, length: int) -> Frame | None:
        if not LENGTH_MIN <= length <= self._length_max:
            raise DlmsError(
                Fault.BAD_FRAME if length < LENGTH_MIN else Fault.TOO_LARGE,
                f"a frame length of {length} bytes",
                expected=f"{LENGTH_MIN} to {self._length_max}",
            )
        frame = decode(data, begin, length)
        if frame is None or begin + length == len(data):
            return None
        if data[begin + length] != FLAG:
            raise DlmsError(
                Fault.BAD_FRAME,
                f"byte {data[begin + length]:#04x} behind a frame of {length} bytes",
                expected="the closing flag 0x7e",
            )
        return frame
