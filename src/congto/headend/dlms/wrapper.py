"""The wrapper that carries a message over TCP or UDP (IEC 62056-47): ports, length, message."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from congto.headend.dlms.faults import DlmsError, Fault

VERSION = 1
APDU_BYTES_MAX = 0xFFFF
"""The length field has two bytes."""

_HEADER = Struct(">HHHH")


class WrapperFrame(NamedTuple):
    """One message: the wrapper ports of the application processes and the APDU between them."""

    source: int
    destination: int
    apdu: bytes


def wrap(source: int, destination: int, apdu: bytes) -> bytes:
    """Return the APDU behind its header of eight bytes (IEC 62056-47, 5.3.2).

    Raises:
        DlmsError: TOO_LARGE, the APDU is longer than the length field can say.
    """
    if len(apdu) > APDU_BYTES_MAX:
        raise DlmsError(
            Fault.TOO_LARGE,
            f"a message of {len(apdu)} bytes",
            expected=f"at most {APDU_BYTES_MAX}",
            action="Use block transfer",
        )
    return _HEADER.pack(VERSION, source, destination, len(apdu)) + apdu


def unwrap(datagram: bytes) -> WrapperFrame:
    """Return the message of one UDP datagram.

    Raises:
        DlmsError: BAD_FRAME for another version, TRUNCATED or TRAILING for another length.
    """
    if len(datagram) < _HEADER.size:
        raise DlmsError(
            Fault.TRUNCATED,
            f"a datagram of {len(datagram)} bytes",
            expected=f"a wrapper header of {_HEADER.size}",
        )
    version, source, destination, length = _HEADER.unpack_from(datagram)
    if version != VERSION:
        raise _wrong_version(version)
    after = len(datagram) - _HEADER.size
    if after != length:
        raise DlmsError(
            Fault.TRUNCATED if after < length else Fault.TRAILING,
            f"{after} bytes after the wrapper header",
            expected=f"{length} as its length field says",
        )
    return WrapperFrame(source, destination, datagram[_HEADER.size :])


class WrapperReader:
    """Finds messages in the bytes of a TCP connection.

    The wrapper has no mark to find the next message by: after a wrong header the connection can
    only be closed, and every further call raises again.

    Args:
        apdu_bytes_max: the longest message taken; a longer one is refused by its header, before
            its bytes are awaited.
    """

    __slots__ = ("_apdu_bytes_max", "_buffer")

    def __init__(self, apdu_bytes_max: int = APDU_BYTES_MAX) -> None:
        self._apdu_bytes_max = apdu_bytes_max
        self._buffer = b""

    def feed(self, received: bytes) -> list[WrapperFrame]:
        """Return the messages that these bytes complete.

        Raises:
            DlmsError: BAD_FRAME (wrong version) or TOO_LARGE; messages before the wrong header
                come out first, then the next call raises, with or without further bytes.
        """
        data = self._buffer + received if self._buffer else received
        frames: list[WrapperFrame] = []
        place, end = 0, len(data)
        while end - place >= _HEADER.size:
            version, source, destination, length = _HEADER.unpack_from(data, place)
            if version != VERSION or length > self._apdu_bytes_max:
                if frames:
                    break
                self._buffer = data[: _HEADER.size]
                raise self._refusal(version, length)
            begin = place + _HEADER.size
            if end - begin < length:
                break
            place = begin + length
            frames.append(WrapperFrame(source, destination, data[begin:place]))
        self._buffer = data[place:]
        return frames

    @property
    def waiting(self) -> int:
        """Return how many bytes of an unfinished message are held."""
        return len(self._buffer)

    def _refusal(self, version: int, length: int) -> DlmsError:
        if version != VERSION:
            return _wrong_version(version)
        return DlmsError(
            Fault.TOO_LARGE,
            f"a message of {length} bytes",
            expected=f"at most {self._apdu_bytes_max}",
            action="Close the connection",
        )


def _wrong_version(version: int) -> DlmsError:
    return DlmsError(
        Fault.BAD_FRAME,
        f"wrapper version {version}",
        expected=f"version {VERSION}",
        action="Close the connection: the place of the next message is unknown",
    )
