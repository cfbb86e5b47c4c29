"""The readout of older meters (IEC 62056-21, mode C): a sign-on, then lines of text.

The client signs on at 300 baud, the meter tells its make and the speed it can do, the client
acknowledges and the meter sends its data block. Over TCP the gateway does the speeds.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault

SOH, STX, ETX, ACK, NAK = 0x01, 0x02, 0x03, 0x06, 0x15
BAUD = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
"""The speeds of mode C by the character of the identification message (6.3.14, 13c)."""

ECHO = b"/?"
"""The sign-on, come back from an optical head."""
IDENTIFICATION_BYTES_MAX = 64
BLOCK_BYTES_MAX = 0xFFFF

_WITHOUT_PARITY = bytes(byte & 0x7F for byte in range(256))
_WITH_PARITY = bytes(byte & 0x7F | (byte & 0x7F).bit_count() % 2 << 7 for byte in range(256))
_IDENTIFICATION = re.compile(r"/([A-Za-z]{3})([0-9A-Za-z:;])([^\r\n]*)\r\n")
_SET = re.compile(r"([^()/!\r\n]*)\(([^()*]*)(?:\*([^()*]*))?\)")
_BEGIN = re.compile(b"[\x01\x02\x15/]")
_BEGIN_OR_ACK = re.compile(b"[\x01\x02\x06\x15/]")


class Identification(NamedTuple):
    """Who answered the sign-on: FLAG letters of the maker, speed character, the make's own text."""

    maker: str
    speed: str
    text: str

    @property
    def baud(self) -> int | None:
        """Return the speed that the meter offers, None when it is none of mode C."""
        return BAUD.get(self.speed)


class DataSet(NamedTuple):
    """One value as the meter wrote it; digits and leading zeros are kept."""

    address: str
    value: str
    unit: str


class Block(NamedTuple):
    """One checked data block; `command` is P0 and the like where the block answers a command."""

    command: str
    data: tuple[DataSet, ...]


def sign_on(device: str = "") -> bytes:
    """Return the request message: to the meter with this device address, or to any."""
    return f"/?{device}!\r\n".encode("ascii")


def acknowledge(speed: str, mode: str = "0") -> bytes:
    """Return the acknowledgement: this speed, mode 0 to read out, 1 to give commands."""
    return bytes((ACK,)) + f"0{speed}{mode}\r\n".encode("ascii")


def command(name: str, data: str | None = None) -> bytes:
    """Return a command of programming mode: P1 password, R1 read, B0 end (6.3.7)."""
    body = name.encode("ascii")
    if data is not None:
        body += bytes((STX,)) + data.encode("ascii")
    body += bytes((ETX,))
    return bytes((SOH,)) + body + bytes((block_check(body),))


def with_parity(message: bytes) -> bytes:
    """Return a message with even parity in the highest bits (7E1 written as 8N1)."""
    return message.translate(_WITH_PARITY)


def block_check(data: bytes) -> int:
    """Return the exclusive or of all bytes, by folding halves: no loop over bytes."""
    folded, size = int.from_bytes(data), len(data)
    while size > 1:
        half = (size + 1) // 2
        folded = folded >> 8 * half ^ folded & (1 << 8 * half) - 1
        size = half
    return folded


def data_sets(text: str) -> tuple[DataSet, ...]:
    """Return the values of a data block's lines; a set without an address has that before it.

    Raises:
        DlmsError: BAD_VALUE, something stands between the sets.
    """
    found: list[DataSet] = []
    place, address = 0, ""
    text = text.replace("\r", "").replace("\n", "").removesuffix("!")
    for match in _SET.finditer(text):
        if match.start() != place:
            break
        address = match[1] or address
        found.append(DataSet(address, match[2], match[3] or ""))
        place = match.end()
    if place != len(text):
        raise DlmsError(
            Fault.BAD_VALUE,
            f"{text[place : place + 20]!r} in a data block",
            expected="address(value*unit)",
        )
    return tuple(found)


class Accepted(NamedTuple):
    """The meter took a command (ACK)."""


Item = Identification | Block | Accepted
"""What a meter says."""


class ReadoutReader:
    """Finds identifications and data blocks in what a meter sends; own echoes are passed over.

    Args:
        parity_bits: the highest of the eight bits handed over is parity (7E1 read as 8N1).
        block_bytes_max: the longest block taken.

    Attributes:
        commanded: a command was sent, so that an ACK is its answer; else it is the echo of ours.
    """

    __slots__ = ("_block_bytes_max", "_buffer", "_parity_bits", "commanded")

    def __init__(
        self, *, parity_bits: bool = False, block_bytes_max: int = BLOCK_BYTES_MAX
    ) -> None:
        self._buffer = b""
        self._parity_bits = parity_bits
        self._block_bytes_max = block_bytes_max
        self.commanded = False

    @property
    def waiting(self) -> int:
        """Return how many bytes of an unfinished message are there."""
        return len(self._buffer)

    def feed(self, received: bytes) -> list[Item | DlmsError]:
        """Return what these bytes complete, in order.

        Faults: BAD_CHECKSUM, BAD_VALUE, TOO_LARGE, REFUSED for a NAK, BAD_FRAME for an
        identification that is none.
        """
        found: list[Item | DlmsError] = []
        for message in self.cut(received):
            try:
                found.append(item_of(message))
            except DlmsError as fault:
                found.append(fault)
        return found

    def cut(self, received: bytes) -> list[bytes]:
        """Return the messages that these bytes complete, for `item_of`."""
        if self._parity_bits:
            received = received.translate(_WITHOUT_PARITY)
        data = self._buffer + received
        found: list[bytes] = []
        place = 0
        pattern = _BEGIN_OR_ACK if self.commanded else _BEGIN
        while begin := pattern.search(data, place):
            place = begin.start()
            end = self._end(data, place)
            if not end:
                break
            if not data.startswith(ECHO, place):
                found.append(data[place:end])
            place = end
        else:
            place = len(data)
        self._buffer = data[place:]
        return found

    def _end(self, data: bytes, place: int) -> int:
        """Return where the message that begins here ends, 0 while it is not all there."""
        begin = data[place]
        if begin in {NAK, ACK}:
            return place + 1
        closing, tail, most = (
            (b"\n", 1, IDENTIFICATION_BYTES_MAX)
            if begin == ord("/")
            else (bytes((ETX,)), 2, self._block_bytes_max)
        )
        last = data.find(closing, place, place + most)
        if last >= 0:
            return last + tail if len(data) >= last + tail else 0
        return place + most if len(data) >= place + most else 0


def item_of(message: bytes) -> Item:
    """Return what one message says.

    Raises:
        DlmsError: as of `ReadoutReader.feed`.
    """
    first = message[0]
    if first == NAK:
        raise DlmsError(Fault.REFUSED, "the meter answers NAK", action="Send it again")
    if first == ACK:
        return Accepted()
    return _identification(message) if first == ord("/") else _block(message)


def _identification(message: bytes) -> Identification:
    match = _IDENTIFICATION.fullmatch(message.decode("latin-1"))
    if match is None:
        raise DlmsError(
            Fault.BAD_FRAME,
            f"an identification {message[:24]!r}",
            expected="/ and three letters, speed, text, CR LF",
        )
    return Identification(match[1], match[2], match[3])


def _block(message: bytes) -> Block:
    if message[-2:-1] != bytes((ETX,)):
        raise DlmsError(Fault.TOO_LARGE, f"a block of over {len(message)} bytes", expected="an ETX")
    if block_check(message[1:-1]) != message[-1]:
        raise DlmsError(
            Fault.BAD_CHECKSUM,
            f"a block of {len(message)} bytes with check {message[-1]:#04x}",
            expected=f"{block_check(message[1:-1]):#04x}",
        )
    text = message[1:-2].decode("latin-1")
    name, _, data = text.rpartition(chr(STX))
    return Block(name, data_sets(data) if message[0] == STX or name else ())
