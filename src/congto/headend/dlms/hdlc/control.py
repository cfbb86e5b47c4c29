"""The control byte of a frame: its kind, the poll or final bit, the sequence numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

POLL = 0x10
"""The bit by which the client passes the word to the meter (poll) and the meter gives it back."""


class Kind(StrEnum):
    """The frames that IEC 62056-46, 6.4.3 allows."""

    INFORMATION = "I"
    RECEIVE_READY = "RR"
    RECEIVE_NOT_READY = "RNR"
    CONNECT = "SNRM"
    DISCONNECT = "DISC"
    ACKNOWLEDGE = "UA"
    DISCONNECTED = "DM"
    REJECT = "FRMR"
    UNNUMBERED = "UI"
    UNKNOWN = "unknown"


class Control(NamedTuple):
    """What a control byte says; numbers that its kind does not have are zero."""

    kind: Kind
    poll: bool
    sent: int
    awaited: int


CONTROL_BYTES: dict[Kind, int] = {
    Kind.INFORMATION: 0x00,
    Kind.RECEIVE_READY: 0x01,
    Kind.RECEIVE_NOT_READY: 0x05,
    Kind.CONNECT: 0x83,
    Kind.DISCONNECT: 0x43,
    Kind.ACKNOWLEDGE: 0x63,
    Kind.DISCONNECTED: 0x0F,
    Kind.REJECT: 0x87,
    Kind.UNNUMBERED: 0x03,
}
"""Each kind's byte without poll bit and numbers (IEC 62056-46, table 3)."""

_BY_BYTE = {byte: kind for kind, byte in CONTROL_BYTES.items()}


def _read(byte: int) -> Control:
    poll = bool(byte & POLL)
    if not byte & 1:
        return Control(Kind.INFORMATION, poll, byte >> 1 & 7, byte >> 5)
    if byte & 3 == 1:
        kind = _BY_BYTE.get(byte & 0x0F, Kind.UNKNOWN)
        return Control(kind, poll, 0, byte >> 5)
    return Control(_BY_BYTE.get(byte & ~POLL, Kind.UNKNOWN), poll, 0, 0)


CONTROLS = tuple(_read(byte) for byte in range(256))
"""What each control byte means."""


def control_byte(kind: Kind, *, poll: bool, sent: int = 0, awaited: int = 0) -> int:
    """Return the control byte; the numbers belong to I, RR and RNR frames only."""
    return CONTROL_BYTES[kind] | (POLL if poll else 0) | sent << 1 | awaited << 5
